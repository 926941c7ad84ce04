"""The attack texts of tests/attacks against the deployed product: its ends, records, mails, pages and logs."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import pytest

from tests.attacks.attack import Attack, DocumentAttack, IntentAttack, ReplyAttack, documents, intents, replies
from tests.attacks.reaching import Structure, assert_plain, links_of
from tests.attacks.test_documents import written
from tests.support.asking import LEAD
from tests.support.seen import Seen

pytestmark = pytest.mark.slow

INDEXED_WITHIN_S = 60.0
_Attack = TypeVar("_Attack", bound=Attack)


def one_of_each_class(attacks: Iterable[_Attack]) -> list[_Attack]:
    """The first attack of each class."""
    return list({attack.kind: attack for attack in reversed(list(attacks))}.values())[::-1]


# An input of numbers that JSON cannot hold is refused by the engine itself, before any of ours sees it.
STARTED = [attack for attack in intents() if "a value that JSON cannot" not in attack.says]
REFUSED = one_of_each_class(
    one for one in replies() if one.effect == "refused" and "{GOOD}" not in one.text and one.finish_reason == "stop"
)
ASKED = [one for one in replies() if one.effect == "neutralised"]
QUOTED = one_of_each_class(one for one in documents() if one.effect != "refused")
LEFT_OUT = one_of_each_class(one for one in documents() if one.effect == "refused")


def named(attack: Attack) -> str:
    return re.sub(r"[^a-z0-9]+", "-", f"{attack.kind} {attack.name}".lower()).strip("-")[:34]


@pytest.fixture(scope="module")
def ended(workflow) -> dict[str, Seen]:
    """What came of every hostile intent, and of those that they are held to."""
    meant = {one.meant for one in STARTED if one.effect != "refused"}
    return workflow.run_all({repr(one): one.input for one in STARTED} | {text: text for text in meant})


@pytest.mark.parametrize("attack", STARTED, ids=str)
def test_a_hostile_intent_has_its_one_effect(ended: dict[str, Seen], attack: IntentAttack):
    seen = ended[repr(attack)]
    if attack.effect == "refused":
        assert attack.says in seen.ended(attack.end).line
        return
    usual = ended[attack.meant].ended("dry-run")
    assert plan_in(seen.ended("dry-run")) == plan_in(usual)
    assert outcomes(seen) == outcomes(usual)
    for field, read in attack.reads.items():
        recorded = {"intent": "text"}.get(field, field)
        found = seen.documents["intent"][recorded]
        assert (found["name"] if field == "requester" else found) == read


@pytest.fixture(scope="module")
def answered(workflow, planner) -> dict[str, Seen]:
    """What came of hostile replies, each given twice."""
    for attack in (*REFUSED, *ASKED):
        act = attack.filled(attack.text) if attack.text else json.loads(attack.filled(json.dumps(attack.fields)))
        planner.script(named(attack), act, act)
    runs = {repr(one): intent_for(named(one)) for one in (*REFUSED, *ASKED)}
    return workflow.run_all(runs)


@pytest.mark.parametrize("attack", REFUSED, ids=str)
def test_a_hostile_reply_fails_the_run_after_one_repair_and_pages_in_our_words(answered, planner, attack: ReplyAttack):
    seen = answered[repr(attack)].ended("planner-failed")
    assert len(planner.asked(named(attack))) == 2
    cut_off = attack.kind in {"oversized", "deep", "base64"} and "cut off at the token limit" in seen.line
    assert attack.says in seen.line or cut_off
    assert "plan" not in seen.documents
    [mail] = seen.mails
    assert_plain(mail["body"])
    assert "\n" not in mail["subject"]
    assert not [link for link in links_of(mail["body"]) if "evil" in link or "example/" in link]


@pytest.mark.parametrize("attack", ASKED, ids=str)
def test_a_hostile_question_ends_the_run_as_a_question_of_the_models(answered, attack: ReplyAttack):
    asked, _, ways = answered[repr(attack)].ended("unclear").line.partition(" (for example: ")
    assert asked == f"Unclear: The planning model asks: {attack.shows}"
    assert ways.startswith("deploy llama-3.1-8b-instruct for ")


@pytest.fixture(scope="module")
def library(workflow) -> Iterator[dict[str, Any]]:
    """The manifest of the index once the hostile documents are in it, or left out."""
    s3, bucket = workflow.client("s3"), workflow.knowledge
    keys = {f"added/{key_of(attack)}": attack for attack in (*QUOTED, *LEFT_OUT)}
    for key, attack in keys.items():
        text = written(attack, about(attack))
        s3.put_object(Bucket=bucket, Key=key, Body=text.encode())
    yield until(workflow, lambda known: set(keys) <= known)
    for key in keys:
        s3.delete_object(Bucket=bucket, Key=key)
    until(workflow, lambda known: not set(keys) & known)


def key_of(attack: DocumentAttack) -> str:
    if attack.name in {"in the file's name", "another document's name"}:
        return attack.file.removeprefix("added/")
    return f"{named(attack)}.md"


def about(attack: Attack) -> str:
    return f"Deploying llama-3.1 8B for {named(attack)} in staging"


def until(workflow, holds) -> dict[str, Any]:
    names = {key: value for stack in workflow.outputs["stack_outputs"].values() for key, value in stack.items()}
    bucket, s3 = names["KnowledgeIndexBucketName"], workflow.client("s3")

    def read(key: str) -> dict[str, Any]:
        return json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())

    deadline = time.monotonic() + INDEXED_WITHIN_S
    while True:
        manifest = read(f"builds/{read('current.json')['build']}/manifest.json")
        if holds({one["source"] for one in (*manifest["documents"], *manifest["left_out"])}):
            return manifest
        assert time.monotonic() < deadline, f"the index is still {manifest['build']}"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def cited(workflow, library) -> dict[str, Seen]:
    """What came of intents for which retrieval finds a hostile document, and of one without any."""
    runs = {repr(one): intent_for(named(one)) for one in QUOTED}
    return workflow.run_all(runs | {"usual": intent_for("usual-bot")})


@pytest.mark.parametrize("attack", QUOTED, ids=str)
def test_a_hostile_document_is_quoted_and_changes_nothing(cited, planner, attack: DocumentAttack):
    seen = cited[repr(attack)].ended("dry-run")
    quotes = {one["quote"] for one in seen.documents["evidence"]["passages"] if one["source"].endswith(key_of(attack))}
    assert quotes
    assert attack.kind == "oversized" or quotes == {attack.quote or attack.said}
    usual = json.dumps(plan_in(cited["usual"].ended("dry-run"))).replace("usual-bot", named(attack))
    assert plan_in(seen) == json.loads(usual)
    assert outcomes(seen) == outcomes(cited["usual"])


@pytest.mark.parametrize("attack", LEFT_OUT, ids=str)
def test_a_hostile_document_is_left_out_by_name(library, attack: DocumentAttack):
    [told] = [one for one in library["left_out"] if one["source"] == f"added/{key_of(attack)}"]
    assert attack.says in told["reason"]
    assert told["reason"].isprintable()


def test_what_approvers_get_of_all_this_is_text(workflow, asking, library):
    """The words of a hostile document and of who asks, in the mails and on the page."""
    hostile = next(one for one in QUOTED if one.kind == "markup")
    names = "\x1b[2J<script>alert(1)</script>\r\nSubject: x https://agentops-approvals.evil.example/approvals/A"
    text = f"deploy qwen2.5 7b for {named(hostile)} on 3 instances in staging <b>evil.example/x.png</b>"
    waiting = asking.begin_with({"intent": text, "env": "staging", "execute": True, "requester": names})
    links = asking.links(waiting)
    mail = asking.people[LEAD].mails()[0]
    assert_plain(mail["body"])
    assert "[<]script>alert(1)[<]/script>" in mail["body"]
    assert "NOT UNDERSTOOD, AND WITHOUT EFFECT\n- [<]b>evil[.]example/x[.]png[<]/b>\n" in mail["body"]
    theirs = [link for link in links_of(mail["body"]) if "evil" in link]
    assert theirs == []
    assert set(re.findall(r"\S+/approvals/\S+", mail["body"])) >= set(links)
    status, page = asking.people[LEAD].open(links[0])
    shown = Structure(page)
    assert status == 200
    assert not [tag for tag in shown.tags if tag[0] in {"script", "img", "iframe", "link", "object"}]
    assert sum(count for tag, count in shown.tags.items() if tag[0] in {"style", "form"}) == 2
    assert [tag for tag in shown.tags if tag[0] == "a" and not tag[1].startswith("href=#")] == []
    assert "<script>alert(1)</script> Subject: x https://agentops-approvals.evil.example/approvals/A" in shown.words
    assert "<b>evil.example/x.png</b>" in shown.words


def test_every_line_of_every_log_is_json_without_a_control(workflow, ended, answered, cited):
    logs = workflow.client("logs")
    lines = [
        event["message"]
        for group in logs.describe_log_groups()["logGroups"]
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
        for event in page["events"]
    ]
    assert len(lines) > len(STARTED)
    for line in lines:
        assert line.isprintable(), ascii(line)
        assert isinstance(json.loads(line), dict), line


def plan_in(seen: Seen) -> dict[str, Any]:
    plan = seen.documents["plan"]["plan"]
    return {key: value for key, value in plan.items() if key != "citations"}


def outcomes(seen: Seen) -> list[tuple[str, str]]:
    return [(one["rule"], one["outcome"]) for one in seen.documents["verdict"]["findings"]]


def intent_for(application: str) -> dict[str, str]:
    return {"intent": f"deploy llama-3.1 8B for {application}", "env": "staging"}
