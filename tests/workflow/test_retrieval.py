"""Retrieval as a person meets it: every stage's scores in the evidence, and what policy says when a model is down."""

import json

import pytest

from tests.support.model_faults import ModelFaults
from tests.support.variants import Other, variant
from tests.workflow.conftest import intent_for

pytestmark = pytest.mark.slow

DOWN = 12
"""More refusals than one step's tries."""


@pytest.fixture
def down(workflow):
    """Make a model of retrieval refuse all calls until the test ends."""
    with ModelFaults(workflow) as models:
        yield lambda model: models.fail(model, calls=DOWN, status=503)


def grounding(seen):
    [found] = [one for one in seen.documents["verdict"]["findings"] if one["rule"] == "grounding"]
    return found["outcome"], found["message"]


def test_the_evidence_carries_the_scores_of_every_stage_and_exact_quotes(workflow):
    seen = workflow.run(intent_for("grounded-bot")).ended("dry-run")
    evidence = seen.documents["evidence"]

    assert evidence["degraded"] == []
    assert 1 <= len(evidence["passages"]) <= 3
    for passage in evidence["passages"]:
        assert passage["scores"]["fused"] > 0
        assert passage["scores"]["reranked"] is not None
        assert passage["heading"]
        assert passage["version"]
    assert grounding(seen) == ("pass", "the evidence was found by words and by meaning, and reranked")


@pytest.mark.parametrize("model", ["embedding", pytest.param("reranking", marks=pytest.mark.slow)])
def test_a_model_that_is_down_is_named_and_staging_goes_on_with_a_warning(workflow, down, model):
    down(model)
    seen = workflow.run(intent_for(f"less-{model}-bot")).ended("dry-run")
    evidence = seen.documents["evidence"]

    assert evidence["degraded"] == [model]
    missing = "vector" if model == "embedding" else "reranked"
    assert evidence["passages"]
    assert all(passage["scores"][missing] is None for passage in evidence["passages"])
    assert grounding(seen) == (
        "warn",
        f"the evidence was found without {model}, which did not answer; staging allows that",
    )
    [fact] = [entry.fact for entry in seen.chain if entry.fact.event == "evidence.retrieved"]
    assert fact.details["degraded"] == model


def test_production_is_denied_without_full_grounding(workflow, down):
    down("embedding")
    down("reranking")
    seen = workflow.run(intent_for("ungrounded-bot", "prod")).ended("denied")

    assert seen.documents["evidence"]["degraded"] == ["embedding", "reranking"]
    assert "without embedding and reranking" in seen.line
    assert grounding(seen)[0] == "deny"


@pytest.mark.slow
def test_another_embedding_model_than_the_indexs_is_refused_with_both_names(workflow):
    functions = workflow.client("lambda").list_functions()["Functions"]
    access = next(
        json.loads(one["Environment"]["Variables"]["NIM_EMBEDDING"])
        for one in functions
        if one["FunctionName"].endswith("retrieve-evidence")
    )
    other = Other({"NIM_EMBEDDING": json.dumps({**access, "model": "other/embedder"})})
    machine = variant(workflow, "mismatched", retrieve_evidence=other)

    refused = workflow.run(intent_for("mixed-bot", "prod"), machine=machine).ended("failed")
    assert "other/embedder" in refused.line
    assert access["model"] in refused.line

    tolerated = workflow.run(intent_for("mixed-bot"), machine=machine).ended("dry-run")
    assert tolerated.documents["evidence"]["degraded"] == ["embedding"]
