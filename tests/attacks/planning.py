"""From an input to a judged plan without AWS: the steps' own code, with the planner's stand-in for the model."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from lambdas.core.citing import citations
from lambdas.core.contracts.evidence import Evidence
from lambdas.core.contracts.intent import Intent, Request
from lambdas.core.contracts.plan import Plan
from lambdas.core.contracts.reading import IntentReading
from lambdas.core.contracts.verdict import Verdict
from lambdas.core.ends import ENDS
from lambdas.core.grounding import query_of
from lambdas.core.guardrails import check
from lambdas.core.knowledge import Document
from lambdas.core.planning.chat import ChatReply, Message
from lambdas.core.planning.compose import Site, compose_plan
from lambdas.core.planning.draft import choice_of, draft_choice
from lambdas.core.planning.options import Options, fleet_prices, options_for
from lambdas.core.planning.reply import Draft
from lambdas.core.reading import read_intent
from lambdas.core.receiving import RequestRefusedError, read_request
from lambdas.core.resolving import Asked, Ending, resolve
from lambdas.core.retrieval.scope import Scope
from lambdas.core.retrieval.search import Search
from lambdas.core.summaries import denial, end_summary
from stacks.local.planner_stand_in import plan_reply
from tests.support.library import lexical, shipped
from tests.unit.guardrails.factory import policies, some_facts

REGION = "us-east-1"
NOW = "2026-11-18T10:00:00.000000Z"
_ASKED = Asked(plan_id="p-0123456789abcdef", execution_arn="arn:aws:states:x", region=REGION, at=NOW)


class Answered(NamedTuple):
    """An input that was answered instead of planned: the end, and the line that people read."""

    end: str
    line: str


class Planned(NamedTuple):
    """What an input came to, and what the model was asked on the way."""

    request: Request
    reading: IntentReading
    evidence: Evidence
    messages: list[Message]
    plan: Plan
    verdict: Verdict

    @property
    def without_citations(self) -> tuple[Plan, list[tuple[str, str]]]:
        """The plan and every rule's outcome; which passages are cited is left out."""
        rulings = [(found.rule, found.outcome) for found in self.verdict.findings]
        return self.plan.model_copy(update={"citations": ()}), rulings


def plan_of(text: str, documents: Sequence[Document] = ()) -> Answered | Planned:
    """Return what an input (JSON text) comes to, these documents beside the shipped ones; a denial is an answer."""
    received = read(text)
    if isinstance(received, Answered):
        return received
    request, intent = received
    assert intent.reading
    evidence = _evidence(intent, search_in(documents))
    messages: list[Message] = []
    draft = _drafted(intent, intent.reading, evidence, messages)
    plan = _composed(intent, intent.reading, draft)
    limits = policies().guardrails.environments[intent.env]
    plan = plan.model_copy(update={"citations": citations(draft.citations, evidence, plan, limits)})
    verdict = check(plan, some_facts(execute=intent.execute), policies())
    if verdict.outcome == "deny":
        return _answered("denied", denial(verdict))
    return Planned(request, intent.reading, evidence, messages, plan, verdict)


def read(text: str) -> Answered | tuple[Request, Intent]:
    """Return the request and its intent, or how the input is answered."""
    try:
        received = read_request(f'{{"input": {text}}}', len(text), _ASKED.execution_arn)
    except RequestRefusedError as refused:
        return _answered("invalid", str(refused))
    request = received.request
    reading = read_intent(
        request.intent or "", policies().catalogue, env=request.env, constraints=request.constraints, region=REGION
    )
    found = resolve(received, reading, None, _ASKED, ("dev", "staging", "prod"))
    return _answered(found.end, found.reason) if isinstance(found, Ending) else (request, found)


def options_of(intent: Intent, evidence: Evidence) -> Options:
    """Return the closed lists that the model chooses from."""
    assert intent.reading
    return options_for(intent.reading, intent.env, evidence, policies())


def search_in(documents: Iterable[Document]) -> Search:
    """Return a search over the shipped documents and these."""
    added = tuple(documents)
    return lexical([*_shipped(), *added]) if added else _search()


def _answered(end: str, reason: str) -> Answered:
    return Answered(end, end_summary(ENDS[end], reason, None))


def _evidence(intent: Intent, search: Search) -> Evidence:
    scope = Scope(env=intent.env, day=date.fromisoformat(NOW[:10]))
    top_k = policies().guardrails.retrieval.top_k
    found, _ = search.passages(query_of(intent, policies().catalogue), scope, top_k)
    return Evidence(plan_id=intent.plan_id, passages=found)


def _drafted(intent: Intent, reading: IntentReading, evidence: Evidence, said: list[Message]) -> Draft:
    options = options_of(intent, evidence)

    def ask(messages: list[Message], schema: dict[str, Any]) -> ChatReply:
        said.extend(messages)
        return ChatReply(text=plan_reply(json.loads(json.dumps(messages)), schema), finish_reason="stop")

    prices = fleet_prices(options, reading, intent.env, policies())
    return draft_choice(
        ask, text=intent.text or "", env=intent.env, options=options, prices=prices, evidence=evidence
    ).draft


def _composed(intent: Intent, reading: IntentReading, draft: Draft) -> Plan:
    choice = choice_of(draft, reading)
    site = Site(env=intent.env, region=REGION, capture_bucket="captured")
    return compose_plan(choice, site, policies(), budget=reading.budget_usd_per_hour)


@cache
def _shipped() -> tuple[Document, ...]:
    return tuple(shipped("knowledge", "runbooks"))


@cache
def _search() -> Search:
    return lexical(_shipped())
