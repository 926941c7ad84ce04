"""Approvers as the product meets them: an address that is subscribed, an authenticator, a browser without scripts."""

from __future__ import annotations

import json
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from html import unescape
from typing import Any, Literal, NamedTuple

from pyotp import random_base32
from pyotp.totp import TOTP

from cli import subscriptions
from cli.stage import SceneError, Stage

LEAD, ONCALL, OWNER = PRODUCTION = ("ml-platform-lead", "ml-platform-oncall", "service-owner")
"""Whom policies/approvals.yaml asks about production."""
SECRET = "/agentops/approvers/{id}/totp"  # noqa: S105 - the name of a parameter
_STEP_S = 30
_CSRF = re.compile(r'<input[^>]*name="csrf"[^>]*value="([^"]+)"')
_LINK = re.compile(r"http\S+/approvals/\S+")
_HEADING = re.compile(r"<h1>(.*?)</h1>", re.DOTALL)
_TIMEOUT_S = 20
_REFUSED = 403
_TOO_MANY = 429


class Page(NamedTuple):
    """What an address answered."""

    status: int
    text: str

    @property
    def heading(self) -> str:
        """The page's first heading."""
        found = _HEADING.search(self.text)
        return unescape(found[1]) if found else ""

    @property
    def csrf(self) -> str:
        """What its form must send back; empty where there is no form."""
        found = _CSRF.search(self.text)
        return unescape(found[1]) if found else ""


def fetch(url: str, form: dict[str, str] | None = None, method: Literal["GET", "HEAD", "OPTIONS"] = "GET") -> Page:
    """Open an address, or send a form to it, whatever it answers."""
    data = None if form is None else urllib.parse.urlencode(form).encode()
    request = urllib.request.Request(url, data, method=method if data is None else "POST")  # noqa: S310 - the stage's
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as reply:  # noqa: S310 - as above
            return Page(reply.status, reply.read().decode(errors="replace"))
    except urllib.error.HTTPError as refused:
        with refused:
            return Page(refused.code, refused.read().decode(errors="replace"))


def patient(page: Page) -> Page | None:
    """Return a page, or None where too much was asked at once, and it is to be asked for again."""
    return None if page.status == _TOO_MANY else page


class Mail(NamedTuple):
    """A mail of the inbox."""

    to: str
    subject: str
    body: str

    def section(self, title: str) -> list[str]:
        """Return the lines under a title of the mail."""
        for part in self.body.split("\n\n"):
            first, *lines = part.split("\n")
            if first == title:
                return [line.removeprefix("- ") for line in lines]
        return []

    @property
    def links(self) -> list[str]:
        """The addresses to approve and to decline."""
        return _LINK.findall(self.body)


def inbox(stage: Stage) -> list[Mail]:
    """Return the mails that the inbox holds, newest first."""
    request = urllib.request.Request(stage.outputs["inbox_url"], headers={"Accept": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as reply:  # noqa: S310 - the stage's own
        return [Mail(mail["to"], mail["subject"], mail["body"]) for mail in json.loads(reply.read())]


class Person:
    """One approver of policies/approvals.yaml, by id; `subscribe` and `enrol` make one who can be asked."""

    def __init__(self, stage: Stage, name: str) -> None:
        self.name = name
        self._stage = stage
        self._secret = random_base32()
        self._used = 0
        self._lock = threading.Lock()

    def subscribe(self, address: str) -> None:
        """Subscribe an address to the approver's topic, as `./agentops approvers invite` and `confirm` do."""
        topics: dict[str, str] = json.loads(self._stage.tables["ApproverTopics"])
        topic, sns = topics[self.name], self._stage.client("sns")
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address)
        host = urllib.parse.urlsplit(str(self._stage.outputs["endpoint_url"])).netloc
        link = self._stage.until(lambda: self._confirmation(address), f"{address} was not asked to confirm")
        token = subscriptions.token_in(link, topic=topic, address=address, hosts=frozenset({host}))
        sns.confirm_subscription(TopicArn=topic, Token=token, AuthenticateOnUnsubscribe="true")
        if (state := subscriptions.state_of(sns, topic, address)) != "confirmed":
            raise SceneError(f"the subscription of {self.name} is {subscriptions.STATES[state]}")

    def enrol(self) -> None:
        """Store an authenticator's secret, as `./agentops approvers enrol` does once a code has proved it."""
        self._stage.client("ssm").put_parameter(
            Name=SECRET.format(id=self.name), Type="SecureString", Value=self._secret
        )

    def mail(self, plan_id: str) -> Mail:
        """Return the newest mail that asks about a plan."""
        return self._stage.until(lambda: self._asking(plan_id), f"{self.name} got no mail about {plan_id}")

    def code(self) -> str:
        """Return what the authenticator shows now."""
        return TOTP(self._secret).now()

    def forget_codes(self) -> None:
        """Use no code up to that of this moment: somebody else may have used it."""
        with self._lock:
            self._used = max(self._used, int(time.time()) // _STEP_S)

    def answer(self, plan_id: str, choice: Literal["approve", "decline"], reason: str = "") -> Page:
        """Open the link of the mail, type reason and code, and send the form. Raise SceneError if it is not taken."""
        link = self.mail(plan_id).links[0 if choice == "approve" else 1]
        sent = self._sent(link, reason)
        if sent.status == _REFUSED:  # on a busy machine a code can grow too old on its way
            sent = self._sent(link, reason)
        if sent.status != 200:
            raise SceneError(f"the answer of {self.name} was not taken: {sent.status} {sent.heading}")
        return sent

    def _sent(self, link: str, reason: str) -> Page:
        page = self._stage.until(lambda: self._opened(link), f"the page of {self.name} has no form")
        form = {"csrf": page.csrf, "reason": reason, "code": self._unused_code()}
        return self._stage.until(lambda: patient(fetch(link, form)), f"{link} is too busy")

    def _opened(self, link: str) -> Page | None:
        page = patient(fetch(link))
        return page if page and page.csrf else None

    def _unused_code(self) -> str:
        """Return a code that was not used yet: each counts once, half a minute early or late, and nobody here waits."""
        with self._lock:
            self._used = self._stage.until(self._unused_step, f"{self.name} has no unused code")
            return TOTP(self._secret).at(self._used * _STEP_S)

    def _unused_step(self) -> int | None:
        now = int(time.time()) // _STEP_S
        step = max(self._used + 1, now - 1)
        return step if step <= now + 1 else None

    def _asking(self, plan_id: str) -> Mail | None:
        mails = [mail for mail in inbox(self._stage) if mail.to.startswith(f"{self.name}@") and mail.links]
        return next((mail for mail in mails if plan_id in mail.body), None)

    def _confirmation(self, address: str) -> str | None:
        mails = [mail for mail in inbox(self._stage) if mail.to == address]
        links = [word for mail in mails for word in mail.body.split() if "Token=" in word]
        return links[0] if links else None


def people_of_production(stage: Stage) -> dict[str, Person]:
    """Subscribe and enrol everybody who is asked about production."""
    people = {name: Person(stage, name) for name in PRODUCTION}
    for name, person in people.items():
        person.subscribe(f"{name}@example.com")
        person.enrol()
    return people


def decided(stage: Stage, plan_id: str) -> dict[str, Any] | None:
    """Return the decision on a plan, or None while it waits."""
    return stage.find(plan_id, "decision")
