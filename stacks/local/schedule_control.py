"""The HTTP switch for scheduled rules, on the AWS endpoint beside the emulated AWS.

`GET /_local/schedules` lists them and when each is due; `POST /_local/schedules?name=RULE` fires one at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from stacks.local.emulation import schedules

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/_local/schedules"


def with_schedule_control(app: WSGIApplication, account: str, region: str) -> WSGIApplication:
    """Answer `PATH` and leave everything else to `app`."""

    def controlled(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO") != PATH:
            return app(environ, start_response)
        return _answer(Request(environ), account, region)(environ, start_response)

    return controlled


def _answer(request: Request, account: str, region: str) -> Response:
    if request.method == "POST":
        try:
            schedules.fire_now(account, region, request.args.get("name", ""))
        except schedules.NoScheduleError as error:
            return _json(404, {"error": str(error)})
    elif request.method != "GET":
        return _json(405, {"error": "use GET or POST"})
    return _json(200, schedules.listed(account, region))


def _json(status: int, body: Any) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")
