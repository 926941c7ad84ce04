"""Every way that the planning model fails, through the whole workflow: how it ends, what is told, and what it took."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest

from stacks.local.model_server.dialects import nested_error, problem
from tests.contract.nim.server import Reply, said, serving
from tests.support.faulty_nim import COMPLETION, PROMPT, FaultyNim, Way, completion, counted, failed_draft, machine_of
from tests.support.model_faults import ModelFaults
from tests.support.planner import planner_variable
from tests.support.seen import Seen
from tests.support.variants import Other, variant
from tests.support.workflow import Workflow
from tests.workflow.conftest import intent_for
from tests.workflow.test_dry_runs import FROM_INTENT
from tests.workflow.test_planner import ASKED, UNDRAFTED

pytestmark = pytest.mark.slow

LATER = {"object": "error", "message": "slow down", "type": "TooManyRequests", "param": None, "code": 429}


def well(*replies: Reply) -> Way:
    return Way(list(replies), asked=len(replies) + 1, rounds=1, recovers=True)


def busy(reply: Reply, *told: str) -> Way:
    return Way([reply], ["PlannerBusyError", *told])


def refused(reply: Reply, *told: str) -> Way:
    return Way([reply], ["PlannerRefusedError", *told], asked=1)


def useless(reply: Reply, told: str, *, asked: int = 2) -> Way:
    return Way([reply], ["PlannerReplyError", told], asked=asked, rounds=asked)


WAYS = {
    "limited-once": well(said(LATER, 429)),
    "erring-twice": well(said(LATER, 500), said(LATER, 503)),
    "dropped-once": well(Reply(hang_up=True)),
    "limited-for-ever": busy(said(LATER, 429), "answered 429: slow down"),
    "limited-for-an-hour": busy(said(LATER, 429, headers={"Retry-After": "3600"}), "answered 429: slow down"),
    "erring-flat": busy(said({**LATER, "message": "out of memory"}, 500), "answered 500: out of memory"),
    "erring-nested": busy(said(nested_error(503, "Unavailable", "warming up"), 503), "answered 503: warming up"),
    "dropped-for-ever": busy(Reply(hang_up=True), "did not answer: ProtocolError"),
    "stalled": busy(Reply(body="{", declared=1_000, stalls=True), "did not answer"),
    "unknown-flat": refused(said({**LATER, "message": "The model `x` does not exist."}, 404), "404: The model `x`"),
    "unknown-nested": refused(said(nested_error(404, "NotFound", "no such model"), 404), "404: no such model"),
    "unknown-hosted": refused(said(problem(404, "Not Found", "Function 'f': Not found"), 404), "404: Function 'f'"),
    "too-long": refused(said({"message": "maximum context length is 4096 tokens"}, 400), "400: maximum context"),
    "redirected": refused(Reply(307, headers={"Location": "/elsewhere"}), "answered 307"),
    "cut-off": useless(completion('{"model": "llama', "length"), "cut off at the token limit (finish_reason length)"),
    "no-json": useless(completion("I would take the biggest machine."), "the reply is not one JSON object"),
    "cut-short": useless(completion('{"model": "llama'), "the reply is not one JSON object"),
    "says-nothing": useless(completion(""), "the reply is not one JSON object"),
    "says-null": useless(completion(None), "the reply is not one JSON object"),
    "page": useless(Reply(body="<html>", media_type="text/html"), "text/html instead of application/json", asked=1),
    "no-body": useless(Reply(body=""), "0 bytes that are not JSON", asked=1),
    "no-choices": useless(Reply(body='{"choices": []}'), "no chat completion: IndexError", asked=1),
    "half-a-body": useless(Reply(body='{"choices": [{"mess'), "bytes that are not JSON", asked=1),
}
UNREAD = {"page", "no-body", "no-choices", "half-a-body"}
"""Replies that do not say what they took."""


@pytest.fixture(scope="module")
def nim() -> Iterator[FaultyNim]:
    with serving() as nim:
        yield FaultyNim(nim, {f"{name}-bot": way for name, way in WAYS.items()})


@pytest.fixture(scope="module")
def ended(workflow: Workflow, nim: FaultyNim) -> dict[str, Seen]:
    """Every way, a few at a time: those that wait do so while the others run."""
    machine = machine_of(workflow, "faulty", nim.nim.url)
    return workflow.run_all({name: intent_for(f"{name}-bot") for name in WAYS}, machine=machine)


@pytest.mark.parametrize("name", [name for name, way in WAYS.items() if way.recovers])
def test_what_passes_is_waited_out_within_the_step(workflow, nim, ended, name):
    seen = ended[name].ended("dry-run", audited=FROM_INTENT)
    assert nim.asked(f"{name}-bot") == WAYS[name].asked
    assert workflow.tries_of(seen.arn, "Draft Plan") == 1
    [details] = [entry.fact.details for entry in seen.chain if entry.fact.event == "plan.drafted"]
    assert (details["rounds"], details["prompt_tokens"], details["completion_tokens"]) == (1, PROMPT, COMPLETION)
    assert details["run_tokens"] == counted(workflow, seen) == PROMPT + COMPLETION


@pytest.mark.parametrize("name", [name for name, way in WAYS.items() if not way.recovers])
def test_what_does_not_pass_ends_the_run_with_its_reason_and_its_tokens(workflow, nim, ended, name):
    way = WAYS[name]
    seen = ended[name].ended("planner-failed", audited=UNDRAFTED if way.rounds else ASKED)
    assert all(words in seen.line for words in way.told), seen.line
    assert all(words in seen.mails[0]["body"] for words in way.told)
    assert "plan" not in seen.documents
    assert workflow.tries_of(seen.arn, "Draft Plan") == 1
    if way.asked:
        assert nim.asked(f"{name}-bot") == way.asked
    if not way.rounds:
        assert counted(workflow, seen) == 0
        return
    details = failed_draft(seen)
    answers = 0 if name in UNREAD else way.rounds
    assert details["error"] == "PlannerReplyError"
    assert details["rounds"] == way.rounds
    assert details["prompt_tokens"] == answers * PROMPT
    assert details["completion_tokens"] == answers * COMPLETION
    assert details["run_tokens"] == counted(workflow, seen)
    assert counted(workflow, seen) > 1_000 if name in UNREAD else counted(workflow, seen) == way.rounds * 18


def test_a_server_that_asks_for_an_hour_is_asked_once(nim, ended):
    assert ended["limited-for-an-hour"]
    assert nim.asked("limited-for-an-hour-bot") == 1


def test_the_tries_of_a_step_fit_into_it(ended):
    assert not [name for name, seen in ended.items() if "Timedout" in seen.line or "Timeout" in seen.error]


def test_a_server_that_is_always_down_sees_the_clients_tries_and_no_more(workflow):
    """The deployed machine, whose step has all of its time, before SageMaker, which wraps the refusals (424)."""
    with ModelFaults(workflow) as models:
        models.fail(calls=50, status=503)
        before = len(models.exchanges())
        seen = workflow.run(intent_for("down-bot")).ended("planner-failed", audited=ASKED)
        asked = models.exchanges()[before:]
    assert "PlannerBusyError" in seen.line
    assert "answered 503: asked to fail with 503 (tried 6 times)" in seen.line
    assert [one["status"] for one in asked] == [503] * 6
    assert workflow.tries_of(seen.arn, "Draft Plan") == 1
    assert counted(workflow, seen) == 0


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"status": 404, "body": json.dumps(nested_error(404, "NotFound", "no model x"))}, "404: no model x"),
        ({"status": 400, "body": json.dumps({"detail": [{"msg": "field required"}]})}, "field required"),
        ({"body": "<html>"}, "6 bytes that are not JSON"),
        ({"truncate": True}, "finish_reason length"),
    ],
)
def test_what_a_container_says_is_told_through_sagemaker_too(workflow, fault, told):
    with ModelFaults(workflow) as models:
        models.fail(calls=2, **fault)
        seen = workflow.run(intent_for("container-bot")).ended("planner-failed")
    assert told in seen.line


def test_nobody_who_listens_is_an_absent_answer(workflow):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        machine = machine_of(workflow, "nobody", f"http://127.0.0.1:{closed.getsockname()[1]}", secret="")
        seen = workflow.run(intent_for("nobody-bot"), machine=machine).ended("planner-failed", audited=ASKED)
    assert "PlannerBusyError" in seen.line
    assert "did not answer: NewConnectionError" in seen.line


def test_an_endpoint_that_does_not_exist_says_what_to_configure(workflow):
    machine = variant(workflow, "lost", draft_plan=Other(planner_variable(endpoint="no-such-endpoint")))
    seen = workflow.run(intent_for("lost-bot"), machine=machine).ended("not-configured", audited=ASKED)
    assert "SageMaker endpoint no-such-endpoint does not exist" in seen.line
    assert "agentops.nim.planner.endpoint" in seen.line


def test_another_model_id_than_the_servers_is_told(workflow):
    machine = variant(workflow, "misnamed", draft_plan=Other(planner_variable(model="meta/llama")))
    seen = workflow.run(intent_for("misnamed-bot"), machine=machine).ended("planner-failed", audited=ASKED)
    assert "404: The model `meta/llama` does not exist." in seen.line
