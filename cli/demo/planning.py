"""Requests that are planned, refused or answered, and change nothing."""

from __future__ import annotations

from collections import Counter
from typing import Any

from cli.demo.story import Story
from cli.demo.telling import expect, expect_end, expect_words, shortened, tell, tell_citation, tell_end, tell_request
from cli.stage import Ended, SceneError

INTENT = {"intent": "deploy llama-3.1 8B for chatbot-x with budget $20 per hour", "env": "staging"}
_REPEATED = {**INTENT, "request_id": "demo-1"}
_TYPED = {"plan": {"model": "llama-3.1-8b-instruct", "application": "chatbot-x"}, "env": "staging"}
_EVENT = {"intent": "spin up nemotron nano 8b for the support bot in dev", "request_id": "ci-7"}
_TOO_DEAR = {"intent": "deploy nemotron nano 8b for chatbot-x on 4 ml.g5.12xlarge", "env": "staging"}
_UNCLEAR = {"intent": "put the usual model live please", "env": "staging"}
_SAME = ("endpoint", "model", "instance_type", "instance_count", "traffic", "alarms", "tags")


class Planning:
    """The dry runs, all begun at once."""

    def __init__(self, story: Story) -> None:
        self._stage = story.stage
        requests = (_REPEATED, _TYPED, _TOO_DEAR, _UNCLEAR)
        self._first, self._typed, self._too_dear, self._unclear = map(self._stage.start, requests)
        self._stage.put_event(_EVENT)

    def wait(self) -> None:
        """Return once all that needs room among the open changes of staging is planned."""
        for execution in (self._first, self._typed):
            self._stage.wait(execution)

    def from_an_intent(self) -> None:
        """An intent becomes a cited, guarded plan, and ends in a dry run of every call."""
        tell_request(INTENT)
        ended = _dry_run(self._stage.wait(self._first))
        plan_id = ended.plan_id
        self._tell_evidence(plan_id)
        self._tell_verdict(plan_id)
        calls = [f"{call['service']}.{call['operation']}" for call in self._stage.document(plan_id, "changes")["calls"]]
        tell(f"would call {', '.join(name + (f' x{n}' if n > 1 else '') for name, n in Counter(calls).items())}")
        tell_end(ended)

    def in_other_ways(self) -> None:
        """A typed plan takes no model and meets the same rules; any system may ask on the bus; a repeat is no plan."""
        tell_request(_TYPED)
        ended = _dry_run(self._stage.wait(self._typed))
        typed, drafted = (self._plan(plan_id) for plan_id in (ended.plan_id, self._stage.wait(self._first).plan_id))
        expect({key: typed[key] for key in _SAME}, {key: drafted[key] for key in _SAME}, "the typed plan")
        expect(typed["citations"], [], "the typed plan's citations")
        tell_end(ended)
        tell_request(_EVENT, "DeploymentRequested")
        tell_end(_dry_run(self._wait_for_event()))
        tell_request(_REPEATED)
        ended = expect_end(self._stage.run(_REPEATED), "duplicate")
        tell(shortened(ended.output["summary"]), "green")

    def refused(self) -> None:
        """Too dear is denied with the numbers; what cannot be read is asked back, never planned by default."""
        tell_request(_TOO_DEAR)
        ended = expect_end(self._stage.wait(self._too_dear), "PlanDenied")
        expect_words(ended.cause, ("$28.36", "$20.00"))
        tell_end(ended)
        tell_request(_UNCLEAR)
        ended = expect_end(self._stage.wait(self._unclear), "IntentUnclear")
        expect_words(ended.cause, ("?",))
        tell(f"{ended.error}: {shortened(ended.cause)}", "yellow")

    def _wait_for_event(self) -> Ended:
        execution = self._stage.until(self._execution_of_event, "the event started no execution")
        return self._stage.wait(execution)

    def _execution_of_event(self) -> str | None:
        found = [head["execution_arn"] for head in self._stage.heads() if head["intent"] == _EVENT["intent"]]
        return found[0] if found else None

    def _plan(self, plan_id: str) -> dict[str, Any]:
        return self._stage.document(plan_id, "plan")["plan"]

    def _tell_evidence(self, plan_id: str) -> None:
        evidence, citations = self._stage.document(plan_id, "evidence"), self._plan(plan_id)["citations"]
        if not citations:
            raise SceneError("the plan cites nothing")
        by_words = self._stage.outputs["retrieval"] == "none"
        expect(evidence["degraded"], ["embedding", "reranking"] if by_words else [], "the stages that were down")
        if by_words:
            tell("found by words alone: ./agentops demo --models fetches the models that find by meaning", "yellow")
        else:
            tell("found by words and by meaning, then read by a reranking model")
        passages = {passage["id"]: passage for passage in evidence["passages"]}
        for citation in citations:
            tell_citation(citation, passages[citation["passage_id"]])

    def _tell_verdict(self, plan_id: str) -> None:
        verdict = self._stage.document(plan_id, "verdict")
        tell(f"verdict {verdict['outcome']}: {len(verdict['findings'])} rules checked")
        for finding in verdict["findings"]:
            if finding["outcome"] != "pass":
                tell(f"  {finding['outcome']}: {finding['message']}", "yellow")


def _dry_run(ended: Ended) -> Ended:
    expect_end(ended, "dry-run")
    expect_words(ended.output["summary"], ("DRY RUN: nothing was deployed",))
    return ended
