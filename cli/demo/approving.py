"""What is not approved: a scanner that opens and submits everything, and an approver who says no."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import cycle
from typing import NamedTuple
from urllib.parse import urlsplit

from cli.demo.people import LEAD, ONCALL, Mail, Page, decided, fetch, inbox, patient
from cli.demo.story import Story
from cli.demo.telling import expect, expect_end, expect_words, tell, tell_end, tell_mail, tell_request
from cli.stage import Ended, SceneError

_REQUEST = {"intent": "deploy qwen 2.5 7B for support-bot on ml.g6.4xlarge", "env": "staging", "execute": True}
_ASKED = (LEAD, ONCALL)
_REASON = "this type of instance is kept for production this week"
_LINK = re.compile(r"https?://\S+")
_VALUE = re.compile(r"[\w.-]*\d[\w.-]*")
_MOST_VALUES = 24


class Scan(NamedTuple):
    """What a scanner did, and what was answered."""

    links: int
    forms: int
    submitted: int
    statuses: set[int]


class Unwanted:
    """A change to a type of instance that nobody has tried: people are asked, and one says no.

    It is begun once `before` has returned.
    """

    def __init__(self, story: Story, before: Callable[[], None]) -> None:
        self._story, self._stage, self._before = story, story.stage, before
        self._execution = story.later(self._start)
        self._plan = story.later(self._asked)
        self._scanned = story.later(self._scan)
        self._ended = story.later(self._declined)

    def scanned(self) -> None:
        """A mail scanner opens every link and sends every form, with the values that stand in mails and pages."""
        scan = self._scanned()
        tell(f"opened {scan.links} links, and sent {scan.forms} forms {scan.submitted} times with what stands there")
        tell(
            f"answers: {', '.join(map(str, sorted(scan.statuses)))}; no decision, no vote, no subscription ended",
            "green",
        )

    def declined(self) -> None:
        """One no is enough, and whoever asked reads why."""
        tell_request(_REQUEST)
        tell_mail(self._story.people[ONCALL].mail(self._plan()))
        ended = expect_end(self._ended(), "ApprovalDeclined")
        expect_words(ended.cause, () if self._story.reader else (ONCALL, _REASON))
        tell_end(ended)

    def _start(self) -> str:
        self._before()
        return self._stage.start(_REQUEST)

    def _asked(self) -> str:
        plan_id = self._story.plan_of(self._execution())
        for name in _ASKED:
            self._story.people[name].mail(plan_id)
        return plan_id

    def _declined(self) -> Ended:
        self._scanned()
        plan_id = self._plan()
        if self._story.reader:
            self._story.reader.waits_for_refusal(self._story.people, plan_id)
        else:
            self._story.people[ONCALL].answer(plan_id, "decline", _REASON)
        return self._stage.wait(self._execution())

    def _scan(self) -> Scan:
        plan_id, before = self._plan(), self._standing()
        mails = inbox(self._stage)
        own = {urlsplit(str(self._stage.outputs[key])).netloc for key in ("endpoint_url", "approvals_url")}
        links = {link for mail in mails for link in _LINK.findall(mail.body) if urlsplit(link).netloc in own}
        pages = {link: self._patiently(link) for link in sorted(links)}
        statuses = {page.status for page in pages.values()}
        forms = {link: page for link, page in pages.items() if page.csrf}
        tries = list(zip(cycle(forms), self._values(mails, forms, plan_id), strict=False))
        for link, value in [*((link, "") for link in forms), *tries]:
            form = {"csrf": forms[link].csrf, "reason": "scanned", "code": value}
            statuses.add(self._patiently(link, form).status)
        expect(self._standing(), before, "what stands after the scan")
        expect(decided(self._stage, plan_id), None, "the decision")
        if not forms:
            raise SceneError("the scanner found no form")
        return Scan(len(links), len(forms), len(forms) + len(tries), statuses)

    def _patiently(self, link: str, form: dict[str, str] | None = None) -> Page:
        return self._stage.until(lambda: patient(fetch(link, form)), f"{link} is too busy")

    def _values(self, mails: list[Mail], forms: dict[str, Page], plan_id: str) -> list[str]:
        texts = [mail.body for mail in mails if plan_id in mail.body] + [page.text for page in forms.values()]
        plain = [re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL) for text in texts]
        found = dict.fromkeys(value for text in plain for value in _VALUE.findall(text))
        return sorted(found)[:_MOST_VALUES]

    def _standing(self) -> object:
        """What a scanner could have changed: who voted, and who is subscribed."""
        plan_id, sns = self._plan(), self._stage.client("sns")
        votes = [self._stage.find(plan_id, f"vote#{name}") for name in _ASKED]
        return votes, sorted(one["SubscriptionArn"] for one in sns.list_subscriptions()["Subscriptions"])
