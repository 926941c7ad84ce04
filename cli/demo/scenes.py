"""The scenes: what is asked, what must come of it, and what a person sees of it."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from cli.stage import Ended, SceneError, Stage
from cli.terminal import out

INTENT = {"intent": "deploy llama-3.1 8B for chatbot-x with budget $20 per hour", "env": "staging"}
_QUOTE_CHARACTERS = 150
_GENESIS = "0" * 64


def planned_from_an_intent(stage: Stage) -> None:
    """An intent becomes a cited, guarded plan, and ends in a dry run of every call."""
    _asked(INTENT)
    ended = stage.run({**INTENT, "request_id": "demo-1"})
    plan_id = stage.first_plan = _dry_run(ended)
    _show_evidence(stage.document(plan_id, "evidence"), stage.document(plan_id, "plan")["plan"])
    _show_verdict(stage.document(plan_id, "verdict"))
    _show_calls(stage.document(plan_id, "changes"))
    out.print(f"  {ended.output['summary']}", style="green")


def planned_without_a_model(stage: Stage) -> None:
    """A typed plan takes no retrieval and no model, and meets the same rules."""
    request = {"plan": {"model": "llama-3.1-8b-instruct", "application": "chatbot-x"}, "env": "staging"}
    _asked(request)
    ended = stage.run(request)
    typed, drafted = (stage.document(plan_id, "plan")["plan"] for plan_id in (_dry_run(ended), stage.first_plan))
    same = ("endpoint", "model", "instance_type", "instance_count", "traffic", "alarms", "tags")
    _expect({key: typed[key] for key in same}, {key: drafted[key] for key in same}, "the typed plan")
    _expect(typed["citations"], [], "the typed plan's citations")
    out.print(f"  {ended.output['summary']}", style="green")


def denied_over_budget(stage: Stage) -> None:
    """Four large instances cost more than staging allows: denied, with the numbers."""
    request = {"intent": "deploy nemotron nano 8b for chatbot-x on 4 ml.g5.12xlarge", "env": "staging"}
    _asked(request)
    ended = stage.run(request)
    _expect((ended.status, ended.error), ("FAILED", "PlanDenied"), "how it ended")
    if "$28.36" not in ended.cause or "$20.00" not in ended.cause:
        raise SceneError(f"the denial does not hold both numbers: {ended.cause}")
    out.print(f"  {ended.error}: {ended.cause}", style="yellow")


def asked_back(stage: Stage) -> None:
    """What cannot be read is answered with a question, never with a default plan."""
    request = {"intent": "put the usual model live please", "env": "staging"}
    _asked(request)
    ended = stage.run(request)
    _expect((ended.status, ended.error), ("FAILED", "IntentUnclear"), "how it ended")
    if "?" not in ended.cause:
        raise SceneError(f"no question was asked: {ended.cause}")
    out.print(f"  {ended.error}: {ended.cause}", style="yellow")


def planned_once(stage: Stage) -> None:
    """The same request again, as a retry or an event delivered twice would send it."""
    before = stage.count_plans()
    _asked({**INTENT, "request_id": "demo-1"})
    ended = stage.run({**INTENT, "request_id": "demo-1"})
    _expect((ended.status, ended.output.get("end")), ("SUCCEEDED", "duplicate"), "how it ended")
    _expect(stage.count_plans(), before, "the number of plans")
    out.print(f"  {ended.output['summary']}", style="green")


def started_by_an_event(stage: Stage) -> None:
    """Any system may ask on the event bus."""
    request = {"intent": "spin up nemotron nano 8b for the support bot in dev", "request_id": "ci-7"}
    out.print(f"  DeploymentRequested {json.dumps(request)}", style="dim")
    known = stage.executions()
    stage.put_event(request)
    ended = stage.wait(stage.new_execution(known))
    _dry_run(ended)
    out.print(f"  {ended.output['summary']}", style="green")


def audited(stage: Stage) -> None:
    """Every step wrote its entry first; the chain of the first plan is checked here with nothing but SHA-256."""
    plan_id, previous = stage.first_plan, _GENESIS
    for entry in stage.audit_chain(plan_id):
        stated = entry.pop("hash")
        text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        computed = hashlib.sha256(text.encode()).hexdigest()
        if stated != computed or entry["previous_hash"] != previous:
            raise SceneError(f"entry {entry['sequence']} of {plan_id} does not hold")
        previous = stated
        out.print(f"  {entry['sequence']}  {entry['fact']['event']:<20} {stated[:16]}")
    if previous == _GENESIS:
        raise SceneError(f"{plan_id} has no audit chain")
    out.print(f"  every link of {plan_id} holds", style="green")


SCENES: dict[str, Callable[[Stage], None]] = {
    "1. An intent becomes a cited plan and a dry run": planned_from_an_intent,
    "2. The same as a typed plan, without a model": planned_without_a_model,
    "3. Over budget: denied, with the numbers": denied_over_budget,
    "4. Unclear: answered with a question": asked_back,
    "5. The same request twice: planned once": planned_once,
    "6. Started by an event": started_by_an_event,
    "7. The audit chain, verified": audited,
}


def _asked(request: dict[str, Any]) -> None:
    out.print(f"  StartExecution {json.dumps(request)}", style="dim")


def _expect(found: object, wanted: object, what: str) -> None:
    if found != wanted:
        raise SceneError(f"{what}: {found!r} instead of {wanted!r}")


def _dry_run(ended: Ended) -> str:
    seen = (ended.status, ended.output.get("end"))
    if seen != ("SUCCEEDED", "dry-run"):
        raise SceneError(f"ended as {ended.status} {ended.error}: {ended.cause or ended.output}")
    if not str(ended.output["summary"]).startswith("DRY RUN: nothing was deployed"):
        raise SceneError(f"the summary does not say that nothing was deployed: {ended.output['summary']}")
    return str(ended.output["plan_id"])


def _show_evidence(evidence: dict[str, Any], plan: dict[str, Any]) -> None:
    cited = {citation["passage_id"] for citation in plan["citations"]}
    if not cited:
        raise SceneError("the plan cites nothing")
    for passage in evidence["passages"]:
        if passage["id"] in cited:
            quote = " ".join(passage["quote"].split())
            shown = quote if len(quote) <= _QUOTE_CHARACTERS else quote[:_QUOTE_CHARACTERS].rsplit(" ", 1)[0] + " ..."
            out.print(f"  cites {passage['id']} (score {passage['score']:.2f})")
            out.print(f'    "{shown}"', style="dim")


def _show_verdict(verdict: dict[str, Any]) -> None:
    passed = sum(finding["outcome"] == "pass" for finding in verdict["findings"])
    out.print(f"  verdict {verdict['outcome']}: {passed} of {len(verdict['findings'])} rules passed")
    for finding in verdict["findings"]:
        if finding["outcome"] != "pass":
            out.print(f"    {finding['outcome']}: {finding['message']}", style="yellow")


def _show_calls(changes: dict[str, Any]) -> None:
    for call in changes["calls"]:
        name = next(iter(call["parameters"].values()))
        out.print(f"  would call {call['service']}.{call['operation']} {name}")
