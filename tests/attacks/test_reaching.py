"""No attack text reaches a log, a mail or a page as anything but text, whoever said it and whatever was done before.

Each is put, as raw as it was said, wherever mails and pages show words of others.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator

import pytest

from lambdas.adapters.entry import logger
from lambdas.core.approving.mails import Mail, asking_mail, handled_mail
from lambdas.core.approving.notices import decided, notice_page
from lambdas.core.approving.page import View, approval_page
from lambdas.core.contracts.approval import ApprovalRequest, Asked, Choice, Decision, Link, Proposal
from lambdas.core.contracts.intent import Requester
from lambdas.core.contracts.plan import Citation
from lambdas.core.contracts.verdict import ApprovalNeed, Finding
from lambdas.core.ends import ENDS
from lambdas.core.receiving import one_line
from lambdas.core.summaries import MAX_SUMMARY, page_text
from tests.attacks.attack import Attack, documents, intents, replies
from tests.attacks.reaching import Structure, assert_log_lines, assert_plain, links_of

pytestmark = pytest.mark.slow

PLAN_ID, DIGEST, AT = "p-0123456789abcdef", "0" * 64, "2026-11-18T10:00:00.000000Z"
ALL: tuple[Attack, ...] = (*intents(), *documents(), *replies())
LINKS: dict[Choice, str] = {
    "approve": "https://approvals.ours/approvals/A",
    "decline": "https://approvals.ours/approvals/B",
}
HARMLESS = "harmless"


def request_about(words: str) -> ApprovalRequest:
    """A question to approvers in which these words stand wherever somebody else's can."""
    said = words[:5_000]
    finding = Finding(rule="rollback-age", outcome="needs_approval", message=said, policy="approvals.yaml#/rules")
    cited = Citation(passage_id="chatbot#staging", source=said, version=said, quote=said, grounds=())
    proposal = Proposal(
        plan_id=PLAN_ID,
        kind="rollback",
        digest=DIGEST,
        headline="Create chatbot-x-prod in prod: llama-3.1-8b-instruct on 2 x ml.g5.xlarge",
        env="prod",
        endpoint="chatbot-x-prod",
        rows=(),
        usd_per_hour_before=None,
        usd_per_hour_during=1.0,
        usd_per_hour_after=1.0,
        rules=(finding,),
        evidence=(cited,),
        unread=(said,),
        requester=Requester(name=said, assurance="attested"),
        claimed=said,
        live_digest=DIGEST,
    )
    return ApprovalRequest(
        plan_id=PLAN_ID,
        round=1,
        proposal=proposal,
        need=ApprovalNeed(approvers=("lead", "owner"), needed=1, assurance="totp", timeout_s=3_600),
        asked=(Asked(approver="lead", topic_arn="arn:x"),),
        requested_at=AT,
        expires_at=AT,
    )


def decision_for(words: str) -> Decision:
    return Decision(
        plan_id=PLAN_ID, digest=DIGEST, outcome="declined", by=("lead",), reason=words[:1_000], assurance="totp", at=AT
    )


def mails_with(words: str) -> list[Mail]:
    request = request_about(words)
    subject, text = page_text(ENDS["planner-failed"], one_line(words, MAX_SUMMARY), PLAN_ID, "chatbot-x-prod", "arn:x")
    return [
        asking_mail(request, "lead", LINKS, "first"),
        handled_mail(request, decision_for(words)),
        Mail(subject=subject, text=text),
    ]


def pages_with(words: str) -> list[Structure]:
    link = Link(plan_id=PLAN_ID, digest=DIGEST, approver="lead", choice="approve", round=1, expires_at=AT)
    view = View(link=link, csrf="c", at=AT, tries=0, reason=words)
    return [
        Structure(approval_page(request_about(words), view)),
        Structure(notice_page(decided(decision_for(words)))),
    ]


@pytest.mark.parametrize("attack", ALL, ids=repr)
def test_in_a_mail_it_is_a_line_of_text_without_a_link(attack: Attack) -> None:
    for mail, usual in zip(mails_with(attack.said), mails_with(HARMLESS), strict=True):
        assert mail.subject == usual.subject
        assert mail.subject.isprintable()
        assert_plain(mail.text)
        assert re.sub(r"(?m)^(- |\").*", r"\1", mail.text).count("\n") == usual.text.count("\n")
        assert links_of(mail.text) == links_of(usual.text)


@pytest.mark.parametrize("attack", ALL, ids=repr)
def test_in_a_page_it_is_text_and_no_markup(attack: Attack) -> None:
    for page, usual in zip(pages_with(attack.said), pages_with(HARMLESS), strict=True):
        assert (page.tags, page.marks) == (usual.tags, usual.marks)
        assert " ".join(attack.said[:1_000].split()) in page.words


def test_in_a_log_it_is_a_value_in_a_line_of_printable_ascii(log: io.StringIO) -> None:
    for attack in ALL:
        logger.warning("document left out: %s", attack.said)
        logger.warning("retrieval is degraded", extra={"why": attack.said})
    lines = assert_log_lines(log.getvalue())
    assert [line.get("why") or str(line["message"]).removeprefix("document left out: ") for line in lines] == [
        attack.said for attack in ALL for _ in range(2)
    ]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the product's logger writes."""
    written, handler = io.StringIO(), logger.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    usual = handler.setStream(written)
    yield written
    handler.setStream(usual)
