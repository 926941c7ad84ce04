"""An approver as the product meets one: subscribed, enrolled, with a mail, a browser without scripts, and a code."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from html import unescape

from pyotp import random_base32
from pyotp.totp import TOTP

from tests.support.workflow import Workflow

_MAIL_S = 30.0
_FIELD = re.compile(r'<input[^>]*name="csrf"[^>]*value="([^"]+)"')


class Approver:
    """One person of policies/approvals.yaml, by id."""

    def __init__(self, workflow: Workflow, name: str) -> None:
        self.name = name
        self._workflow = workflow
        self.secret = random_base32()
        sns = workflow.client("sns")
        arn = json.loads(workflow.outputs["stack_outputs"]["AgentOpsData"]["ApproverTopics"])[name]
        if not sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]:
            sns.subscribe(TopicArn=arn, Protocol="email", Endpoint=f"{name}@example.com")
            tokens = [re.search(r"Token=([^&\s]+)", mail["body"]) for mail in self.mails()]
            token = next(found[1] for found in tokens if found)
            sns.confirm_subscription(TopicArn=arn, Token=token, AuthenticateOnUnsubscribe="true")
        workflow.client("ssm").put_parameter(
            Name=f"/agentops/approvers/{name}/totp", Type="SecureString", Value=self.secret, Overwrite=True
        )

    def mails(self) -> list[Mapping[str, str]]:
        """Return this person's mails, newest first."""
        return [mail for mail in self._workflow.mails() if mail["to"].startswith(f"{self.name}@")]

    def links(self, plan_id: str) -> list[str]:
        """Return the newest mail's links for a plan: to approve, and to decline."""
        deadline = time.monotonic() + _MAIL_S
        while time.monotonic() < deadline:
            for mail in self.mails():
                if plan_id in mail["body"] and "/approvals/" in mail["body"]:
                    return re.findall(r"(?m)^https?://\S+/approvals/\S+", mail["body"])
            time.sleep(0.05)
        raise AssertionError(f"{self.name} got no mail about {plan_id} within {_MAIL_S:.0f} s")

    def open(self, link: str) -> tuple[int, str]:
        """Return the status and the page behind a link."""
        return fetched(urllib.request.Request(link))

    def answer(self, link: str, *, reason: str = "", code: str | None = None, endpoint: str = "") -> tuple[int, str]:
        """Send the page's form and return status and page: with the code of this moment unless another is given.

        Where the name of the endpoint is to be typed, give that.
        """
        csrf = _FIELD.search(self.open(link)[1])
        proof = {"endpoint": endpoint} if endpoint else {"code": TOTP(self.secret).now() if code is None else code}
        form = {"csrf": unescape(csrf[1]) if csrf else "", "reason": reason, **proof}
        return fetched(urllib.request.Request(link, urllib.parse.urlencode(form).encode()))


def fetched(request: urllib.request.Request) -> tuple[int, str]:
    """Return the status and the page that a request comes to, whatever they are."""
    try:
        with urllib.request.urlopen(request, timeout=20) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()
