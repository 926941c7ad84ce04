"""A mail scanner that does all that software can with what it reads: it opens, submits and tries every word."""

from __future__ import annotations

import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

import pytest

from tests.support.asking import Asking, Waiting, change_of
from tests.support.workflow import Workflow

pytestmark = pytest.mark.slow

_WORD = re.compile(r"[\w.:/@*-]+")
_STYLE = re.compile(r"<style.*?</style>", re.DOTALL)
# The page takes ten calls a second.
_PATIENCE_S = 0.1
_MOST = 6


class Form(HTMLParser):
    """The fields of a page's form with the values that they begin with; empty where there is no form."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in {"input", "textarea", "button", "select"} and given.get("name"):
            self.fields[str(given["name"])] = given.get("value") or ""

    @property
    def proof(self) -> str:
        """The name of the field that holds the proof."""
        return next(name for name in self.fields if name not in {"csrf", "reason"})


def fetch(link: str, method: str = "GET", body: bytes | None = None) -> tuple[int, str]:
    """Call as often as the throttled page wants it."""
    while True:
        try:
            with urllib.request.urlopen(urllib.request.Request(link, body, method=method), timeout=20) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                if refused.code != 429:
                    return refused.code, refused.read().decode()
        time.sleep(_PATIENCE_S)


def submissions(page: str, text: str) -> Iterator[dict[str, str]]:
    """The form with words from mail and page in the field for the proof, the likely ones first; then in every field."""
    form = Form(page)
    words = list(dict.fromkeys(_WORD.findall(unescape(_STYLE.sub("", page)) + text)))
    likely = [word for word in words if len(word) == 6 or word.isdecimal() or "-" in word]
    for word in (likely + words)[:_MOST]:
        yield {**form.fields, "reason": "scanned", form.proof: word}
    for word in ("yes", words[0]):
        yield dict.fromkeys(form.fields, word)


THREE = {
    "plan": {"model": "qwen2.5-7b-instruct", "application": "scanned", "instance_count": 3},
    "env": "staging",
    "execute": True,
}
"""A change that policy lets people allow with the lowest assurance."""


@pytest.mark.parametrize(
    ("assurance", "request_"),
    [
        ("totp", change_of("scanned")),
        ("typed-name", THREE),
    ],
)
def test_a_scanner_changes_nothing(workflow: Workflow, asking: Asking, assurance: str, request_: dict[str, object]):
    waiting = asking.begin_with(request_)
    records = workflow.records(waiting.plan_id)
    assert records["approval"]["need"]["assurance"] == assurance
    endpoint = records["plan"]["plan"]["endpoint"]
    before = workflow.chain(waiting.plan_id)
    mails = asking.mails(waiting)
    for mail in mails:
        _scan(mail["subject"] + "\n" + mail["body"], unguessable=endpoint if assurance == "typed-name" else "")
    assert _still_waits(workflow, waiting)
    assert [_is_subscribed(workflow, one["topic_arn"]) for one in records["approval"]["asked"]] == [True] * len(mails)
    added = {entry.fact.event for entry in workflow.chain(waiting.plan_id)[len(before) :]}
    assert added <= {"code.tried"}


def _scan(text: str, unguessable: str) -> None:
    links = [link for link in re.findall(r"http\S+", text) if urlsplit(link).hostname == "127.0.0.1"]
    assert sum("/approvals/" in link for link in links) == 2
    assert sum("unsubscribe" in link for link in links) == 1
    for link in links:
        page = [fetch(link, method)[1] for method in ("HEAD", "OPTIONS", "GET")][-1]
        assert not unguessable or unguessable not in (text + page).lower()
        if "<form" not in page:  # the words that were tried on the person's other link have locked this one
            continue
        for fields in submissions(page, text):
            assert fetch(link, "POST", urlencode(fields).encode())[0] in {400, 403}, fields


def _still_waits(workflow: Workflow, waiting: Waiting) -> bool:
    records = workflow.records(waiting.plan_id)
    status = workflow.client("stepfunctions").describe_execution(executionArn=waiting.arn)["status"]
    voted = [name for name in records if name.startswith("vote#")]
    return status == "RUNNING" and records["wait"]["open"] and not voted and "decision" not in records


def _is_subscribed(workflow: Workflow, topic: str) -> bool:
    [one] = workflow.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    return str(one["SubscriptionArn"]).startswith("arn:")
