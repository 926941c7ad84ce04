"""The pages behind the links of SNS's own mails: confirm a subscription, end it. Whoever opens one acts, as on AWS."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from moto.sns.exceptions import SNSException
from werkzeug.wrappers import Request, Response

from stacks.local.emulation import sns

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def with_mail_links(app: WSGIApplication) -> WSGIApplication:
    """`app` (the AWS endpoint) with the pages `/confirmation.html` and `/unsubscribe.html` before it."""
    pages = {"/confirmation.html": _confirm, "/unsubscribe.html": _unsubscribe}

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        page = pages.get(request.path)
        if page is None or request.method != "GET":
            return app(environ, start_response)
        try:
            response = Response(page(request))
        except SNSException as error:
            response = Response(f"{error.message}\n", 403 if error.code == "AuthorizationError" else 400)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response(environ, start_response)

    return application


def _confirm(request: Request) -> str:
    arn = sns.confirm(request.args.get("TopicArn", ""), request.args.get("Token", ""), authenticated=False)
    return f"Subscription confirmed!\n\nYou have successfully subscribed.\n\nYour subscription's id is:\n{arn}\n"


def _unsubscribe(request: Request) -> str:
    arn = request.args.get("SubscriptionArn", "")
    sns.unsubscribe(arn, signed=False)
    return f"Subscription removed!\n\nYour subscription's id was:\n{arn}\n"
