"""The stand-ins for deployed containers answer the catalogue's own smoke requests, each in its protocol."""

import json
from pathlib import Path
from typing import Any

import pytest

from lambdas.core.deploying.baking import smoke_fault
from lambdas.core.policies.catalogue import CatalogueModel
from stacks.local.emulation.hooks import Container, EndpointReply
from stacks.local.model_server.containers import Containers
from stacks.policy_files import load_policy_files

MODELS = load_policy_files(Path(__file__).resolve().parents[2] / "policies").catalogue.models
NIM = "arn:aws:sagemaker:us-east-1:865070037744:model-package/llama-v3-1-8b-instruct-nim-1"
EMBED = "arn:aws:sagemaker:us-east-1:865070037744:model-package/llama-3-2-nv-embedqa-1b-v2-nim-1"
RERANK = "arn:aws:sagemaker:us-east-1:865070037744:model-package/llama-3-2-nv-rerankqa-1b-v2-ni-1"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
SCIKIT_LEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"


def planned(messages: list[dict[str, Any]], schema: dict[str, Any] | None) -> str:
    return json.dumps({"asked": len(messages), "schema": schema})


def ask(reference: str, body: Any, media_type: str = "application/json") -> EndpointReply:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Containers(planned)(Container(reference, {}), sent, {"Content-Type": media_type})


def answer(reference: str, body: Any) -> Any:
    reply = ask(reference, body)
    assert reply.status == 200, reply.body
    return json.loads(reply.body)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_every_smoke_request_of_the_catalogue_is_answered_rightly(model: CatalogueModel) -> None:
    smoke = model.smoke_request
    for source in model.sources.values():
        reply = ask(source.reference, smoke.body.encode(), smoke.content_type)
        assert reply.status == 200, reply.body
        assert smoke_fault(smoke, reply.body) == ""


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_every_smoke_request_says_what_it_expects_but_for_the_containers_of_your_own_model(model: CatalogueModel):
    smoke = model.smoke_request
    asked_for = smoke.expect_json_pointer is not None and smoke.expect_contains is not None
    assert asked_for is (smoke.content_type == "application/json")


def test_a_chat_model_calculates_and_drafts_where_a_schema_is_asked() -> None:
    def chat(text: str, **more: Any) -> str:
        body = {"model": "any/name", "messages": [{"role": "user", "content": text}], **more}
        return answer(NIM, body)["choices"][0]["message"]["content"]

    assert [chat("7 * 6?"), chat("12 - 30"), chat("Say 1 + 1.")] == ["42", "-18", "2"]
    assert "stand in" in chat("Who are you?")
    assert json.loads(chat("Plan.", nvext={"guided_json": {"type": "object"}}))["schema"] == {"type": "object"}


def test_near_texts_have_near_vectors_of_the_length_that_was_asked() -> None:
    body = {
        "model": "nvidia/llama-3.2-nv-embedqa-1b-v2",
        "input": ["roll back the endpoint", "roll back an endpoint", "bake bread"],
        "input_type": "passage",
        "dimensions": 384,
    }
    reply = answer(EMBED, body)
    one, two, three = (entry["embedding"] for entry in reply["data"])
    assert [len(vector) for vector in (one, two, three)] == [384] * 3
    assert sum(value * value for value in one) == pytest.approx(1)

    def likeness(a: list[float], b: list[float]) -> float:
        return sum(x * y for x, y in zip(a, b, strict=True))

    assert likeness(one, two) > 0.5 > abs(likeness(one, three))
    assert answer(EMBED, body) == reply


def test_passages_are_ranked_best_first() -> None:
    passages = [{"text": "bread"}, {"text": "how to roll back an endpoint"}, {"text": "back to bread"}]
    body = {"model": "m", "query": {"text": "roll back"}, "passages": passages}
    rankings = answer(RERANK, body)["rankings"]
    assert [entry["index"] for entry in rankings] == [1, 2, 0]
    assert ask(RERANK, {**body, "top_k": 1}).status == 400


@pytest.mark.parametrize(
    ("reference", "body", "media_type", "status"),
    [
        (NIM, b"1,2", "text/csv", 415),
        (NIM, b"{", "application/json", 400),
        (NIM, {"messages": [{"role": "user", "content": "1 + 1"}]}, "application/json", 400),
        (NIM, [1], "application/json", 400),
        (EMBED, {"model": "m", "input": "x"}, "application/json", 400),
        (XGBOOST, {"messages": []}, "application/json", 415),
        (XGBOOST, b"one,two", "text/csv", 415),
        (XGBOOST, b"", "text/csv", 415),
        (SCIKIT_LEARN, {"messages": []}, "application/json", 415),
    ],
)
def test_a_container_refuses_what_is_not_its_protocol(reference: str, body: Any, media_type: str, status: int) -> None:
    assert ask(reference, body, media_type).status == status


def test_a_table_gets_one_score_a_row_each_container_in_its_own_format() -> None:
    table = b"0.5,1.0,0.0\n9,9,9\n"
    reply = ask(XGBOOST, table, "text/csv")
    assert (reply.status, reply.content_type) == (200, "text/csv")
    first, second = map(float, reply.body.decode().split())
    assert 0 < first < second < 1
    reply = ask(SCIKIT_LEARN, table, "text/csv")
    assert (reply.status, reply.content_type) == (200, "application/json")
    assert json.loads(reply.body) == [first, second]
