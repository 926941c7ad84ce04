"""The models of retrieval failing in each way: the evidence says which did, and policy says who may go on without."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.model_faults import ModelFaults
from tests.support.seen import Seen
from tests.support.variants import Other, variant
from tests.support.workflow import Workflow
from tests.workflow.conftest import intent_for

pytestmark = pytest.mark.slow

ENVS = ("dev", "prod")
MANY = 20
"""More calls than both runs make together."""
MODELS = ("embedding", "reranking")
SCORES = {"embedding": "vector", "reranking": "reranked"}
EMBEDDED = {"object": "embedding", "index": 0, "embedding": [0.5, 0.5, 0.5]}

DOWN: dict[str, dict[str, Any]] = {
    "rate-limited": {"status": 429},
    "down": {"status": 500},
    "absent": {"no_answer": True},
}
"""What may pass, and does not in time."""
WRONG: dict[str, dict[str, dict[str, Any]]] = {
    "embedding": {
        "unknown": {"status": 404, "body": json.dumps({"message": "The model `x` does not exist."})},
        "no JSON": {"body": "<html>"},
        "other dimensions": {"body": json.dumps({"data": [EMBEDDED]})},
        "another model": {"body": json.dumps({"data": [EMBEDDED], "model": "other/embedder"})},
        "NaN": {"body": '{"data": [{"index": 0, "embedding": [NaN]}]}'},
        "none": {"body": '{"data": []}'},
    },
    "reranking": {
        "unknown": {"status": 404, "body": json.dumps({"detail": "Function 'f': Not found"})},
        "no JSON": {"body": "<html>"},
        "too few": {"body": json.dumps({"rankings": [{"index": 0, "logit": 1.0}]})},
        "a place that is none": {"body": json.dumps({"rankings": [{"index": 99, "logit": 1.0}]})},
    },
}
"""What is not the model, or not the answer, that was asked for."""
TOLD = {
    "unknown": "404",
    "no JSON": "not JSON",
    "other dimensions": "3 dimensions",
    "another model": "answered as 'other/embedder'",
    "NaN": "not JSON",
    "none": "0 embeddings",
    "too few": "ranked 1 passages",
    "a place that is none": "passages",
}


def run(workflow: Workflow, named: str, machine: str = "") -> dict[str, Seen]:
    return workflow.run_all({env: intent_for(f"{named}-{env}-bot", env) for env in ENVS}, machine=machine)


def holds_without(seen: Seen, model: str) -> None:
    """Hold the run to evidence that names what it was found without, here and in the audit."""
    evidence = seen.documents["evidence"]
    assert evidence["degraded"] == [model]
    assert evidence["passages"]
    assert all(passage["scores"][SCORES[model]] is None for passage in evidence["passages"])
    [fact] = [entry.fact for entry in seen.chain if entry.fact.event == "evidence.retrieved"]
    assert fact.details["degraded"] == model


def grounding(seen: Seen) -> tuple[str, str]:
    [found] = [one for one in seen.documents["verdict"]["findings"] if one["rule"] == "grounding"]
    return found["outcome"], found["message"]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", DOWN)
def test_a_model_that_does_not_answer_is_done_without_in_dev_and_not_in_production(workflow, model, name):
    with ModelFaults(workflow) as models:
        models.fail(model, calls=MANY, **DOWN[name])
        seen = run(workflow, f"{name}-{model}")
    told = f"the evidence was found without {model}, which did not answer"
    holds_without(seen["dev"].ended("dry-run"), model)
    assert grounding(seen["dev"]) == ("warn", f"{told}; dev allows that")
    holds_without(seen["prod"].ended("denied"), model)
    assert grounding(seen["prod"])[0] == "deny"
    assert f"found without {model}" in seen["prod"].line


@pytest.mark.parametrize(("model", "name"), [(model, name) for model in MODELS for name in WRONG[model]])
def test_a_model_that_is_not_the_one_that_was_asked_is_done_without_in_dev_and_ends_the_run_in_production(
    workflow, model, name
):
    with ModelFaults(workflow) as models:
        models.fail(model, calls=MANY, **WRONG[model][name])
        seen = run(workflow, f"wrong-{model}")
    holds_without(seen["dev"].ended("dry-run"), model)
    refused = seen["prod"].ended("failed", audited=("request.received",))
    assert "RetrievalModelError" in refused.line
    assert TOLD[name] in refused.line
    assert "plan" not in refused.documents


def test_a_model_that_is_too_slow_leaves_the_step_the_time_to_go_on_without_it(workflow):
    """Seven seconds are half of what this step's calls have; the models answer over HTTP, whose limit is the step's."""
    machine = variant(workflow, "hurried", retrieve_evidence=Other(over_http(workflow), timeout_s=29))
    run(workflow, "warm", machine)
    with ModelFaults(workflow) as models:
        models.fail("embedding", calls=MANY, hang_s=20)
        seen = run(workflow, "slow", machine)
    holds_without(seen["dev"].ended("dry-run"), "embedding")
    holds_without(seen["prod"].ended("denied"), "embedding")
    assert all(workflow.tries_of(one.arn, "Retrieve Evidence") == 1 for one in seen.values())


def test_a_model_that_comes_back_is_waited_for(workflow):
    with ModelFaults(workflow) as models:
        for model in MODELS:
            models.fail(model, calls=2, status=503)
        seen = workflow.run(intent_for("patient-bot", "prod"))
    assert seen.documents["evidence"]["degraded"] == []
    assert grounding(seen)[0] == "pass"


def over_http(workflow: Workflow) -> dict[str, str]:
    """Return the variables that reach the same models over HTTP."""
    functions = workflow.client("lambda").list_functions()["Functions"]
    [told] = [one["Environment"]["Variables"] for one in functions if one["FunctionName"].endswith("retrieve-evidence")]
    reached = {"provider": "compatible", "url": f"{workflow.outputs['model_url']}/v1"}
    return {name: json.dumps({**json.loads(told[name]), **reached}) for name in ("NIM_EMBEDDING", "NIM_RERANKING")}
