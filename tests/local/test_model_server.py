"""The model server keeps the contract of a NIM container, and fails when it is asked to."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stacks.local.emulation.hooks import EndpointNotFoundError
from stacks.local.model_hook import ModelHook
from stacks.local.model_server import ModelServer
from stacks.local.model_server.retrieval import stand_ins

MODEL = "nvidia/llama-3.1-nemotron-nano-8b-v1"
ASK: dict[str, Any] = {"model": MODEL, "messages": [{"role": "user", "content": "Plan it."}]}


def reply(messages: list[dict[str, Any]], schema: dict[str, Any] | None) -> str:
    if messages[-1]["content"] == "break":
        raise RuntimeError("the model broke")
    return json.dumps({"asked": messages[-1]["content"], "keys": sorted((schema or {}).get("properties", {}))})


@pytest.fixture
def server() -> Iterator[ModelServer]:
    running = ModelServer([MODEL], reply)
    yield running
    running.close()


def call(server: ModelServer, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"Content-Type": "application/json"} if data is not None else {}
    request = urllib.request.Request(server.url + path, data, {**sent, **headers}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def chat(server: ModelServer, path: str = "/v1/chat/completions", **changes: Any) -> tuple[int, Any]:
    return call(server, "POST", path, {**ASK, **changes})


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/invocations"])
def test_a_chat_is_answered_in_nims_shape(server: ModelServer, path: str) -> None:
    status, body = chat(server, path)
    assert status == 200
    assert body["object"] == "chat.completion"
    assert body["model"] == MODEL
    (choice,) = body["choices"]
    assert json.loads(choice["message"]["content"]) == {"asked": "Plan it.", "keys": []}
    assert (choice["message"]["role"], choice["finish_reason"]) == ("assistant", "stop")
    usage = body["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


SCHEMA = {"type": "object", "properties": {"severity": {"enum": ["low", "high"]}}}


@pytest.mark.parametrize(
    "asked",
    [
        {"nvext": {"guided_json": SCHEMA}},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "strict": True, "schema": SCHEMA}}},
    ],
)
def test_a_schema_reaches_the_model_in_either_form(server: ModelServer, asked: dict[str, Any]) -> None:
    _, body = chat(server, **asked, temperature=0, top_p=0.95, max_tokens=512)
    assert json.loads(body["choices"][0]["message"]["content"])["keys"] == ["severity"]


def test_a_reply_longer_than_max_tokens_is_cut(server: ModelServer) -> None:
    _, body = chat(server, max_tokens=2)
    assert body["choices"][0]["message"]["content"] == '{"asked"'
    assert body["choices"][0]["finish_reason"] == "length"
    assert body["usage"]["completion_tokens"] == 2


@pytest.mark.parametrize("stop", ["asked", ["never", "asked"]])
def test_a_reply_ends_before_a_stop_word(server: ModelServer, stop: Any) -> None:
    _, body = chat(server, stop=stop)
    assert body["choices"][0]["message"]["content"] == '{"'
    assert body["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize(
    ("changes", "status", "kind"),
    [
        ({"model": "nvidia/other"}, 404, "NotFoundError"),
        ({"messages": []}, 400, "BadRequestError"),
        ({"messages": [{"role": "robot", "content": "x"}]}, 400, "BadRequestError"),
        ({"messages": "x"}, 400, "BadRequestError"),
        ({"max_tokens": 0}, 400, "BadRequestError"),
        ({"max_tokens": 131_072}, 400, "BadRequestError"),
        ({"temperature": 2.5}, 400, "BadRequestError"),
        ({"top_p": 0}, 400, "BadRequestError"),
        ({"stream": True}, 400, "BadRequestError"),
        ({"response_format": {"type": "xml"}}, 400, "BadRequestError"),
        ({"messages": [{"role": "user", "content": "break"}]}, 500, "InternalServerError"),
    ],
)
def test_what_a_nim_refuses_is_refused_in_its_error_shape(
    server: ModelServer, changes: dict[str, Any], status: int, kind: str
) -> None:
    got, body = chat(server, **changes)
    assert got == status
    assert set(body) == {"object", "message", "type", "param", "code"}
    assert (body["object"], body["type"], body["code"]) == ("error", kind, status)
    assert body["message"]


def test_what_is_no_json_object_is_refused(server: ModelServer) -> None:
    path = "/v1/chat/completions"
    assert call(server, "POST", path, b"{")[0] == 400
    assert call(server, "POST", path, [1])[0] == 400
    assert call(server, "POST", path, b"{}", **{"Content-Type": "text/plain"})[0] == 415


def test_the_other_paths(server: ModelServer) -> None:
    assert call(server, "GET", "/ping")[0] == call(server, "GET", "/v1/health/ready")[0] == 200
    (entry,) = call(server, "GET", "/v1/models")[1]["data"]
    assert (entry["id"], entry["max_model_len"]) == (MODEL, 131_072)
    for path in ("/v1/embeddings", "/v1/ranking", "/"):
        assert call(server, "POST", path, {})[1]["type"] == "NotFoundError"
    assert call(server, "GET", "/invocations")[0] == 405


def test_faults_hit_the_next_calls_in_order_and_then_end(server: ModelServer) -> None:
    assert call(server, "POST", "/faults", {"calls": 2, "status": 503}) == (200, {"calls_left": 2})
    assert call(server, "POST", "/faults", {"content": "not json"}) == (200, {"calls_left": 3})
    assert call(server, "POST", "/faults", {"truncate": True}) == (200, {"calls_left": 4})
    assert [chat(server)[0] for _ in range(2)] == [503, 503]
    assert chat(server)[1]["choices"][0]["message"]["content"] == "not json"
    cut = chat(server)[1]["choices"][0]
    assert cut["finish_reason"] == "length"
    assert chat(server)[1]["choices"][0]["message"]["content"].startswith(cut["message"]["content"])
    assert chat(server)[0] == 200


def test_a_fault_answers_with_any_body_at_all(server: ModelServer) -> None:
    for fault in ({"body": "<html>"}, {"status": 401, "body": '{"detail": "no"}'}, {"status": 429, "retry_after_s": 7}):
        call(server, "POST", "/faults", fault)
    answers: list[tuple[int, str, str | None]] = []
    for _ in range(3):
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
        connection.request("POST", "/v1/chat/completions", json.dumps(ASK), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answers.append((answer.status, answer.read().decode(), answer.headers["Retry-After"]))
        connection.close()
    assert answers[:2] == [(200, "<html>", None), (401, '{"detail": "no"}', None)]
    assert (answers[2][0], answers[2][2]) == (429, "7")
    assert "asked to fail with 429" in answers[2][1]


def test_faults_can_be_cleared_and_wrong_ones_are_refused(server: ModelServer) -> None:
    call(server, "POST", "/faults", {"calls": 5, "status": 500})
    assert call(server, "DELETE", "/faults") == (200, {"calls_left": 0})
    assert chat(server)[0] == 200
    assert call(server, "POST", "/faults", {"status": 200})[0] == 400
    assert call(server, "POST", "/faults", {"explode": True})[0] == 400


def test_requests_and_replies_are_kept_for_tests(server: ModelServer) -> None:
    chat(server)
    chat(server, model="other")
    first, second = call(server, "GET", "/exchanges")[1]["exchanges"]
    assert (first["request"], first["status"]) == (ASK, 200)
    assert first["reply"]["object"] == "chat.completion"
    assert second["status"] == 404


def test_a_page_of_another_site_cannot_reach_it(server: ModelServer) -> None:
    for header in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
        request = urllib.request.Request(server.url + "/v1/models", headers=header)
        with pytest.raises(urllib.error.HTTPError, match="403") as caught:
            urllib.request.urlopen(request)
        caught.value.close()


def test_the_requests_of_public_sources_are_understood(server: ModelServer) -> None:
    for events in Path(__file__).parents[1].glob("events/nim-chat-request*.json"):
        assert call(server, "POST", "/invocations", json.loads(events.read_text()))[0] == 200


@pytest.fixture
def hook(server: ModelServer) -> ModelHook:
    made = ModelHook()
    made.use(server.url, {"planner": "/invocations"})
    return made


def test_the_sagemaker_hook_forwards_body_and_status(hook: ModelHook, server: ModelServer) -> None:
    answer = hook("planner", json.dumps(ASK).encode(), {"Content-Type": "application/json"})
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert json.loads(answer.body)["model"] == MODEL
    assert hook("planner", b"{}", {"Content-Type": "text/plain"}).status == 415


def test_the_sagemaker_hook_knows_only_the_templates_endpoints(hook: ModelHook) -> None:
    with pytest.raises(EndpointNotFoundError):
        hook("another", b"{}", {})


def test_a_container_that_does_not_answer_is_a_timeout(hook: ModelHook, server: ModelServer) -> None:
    call(server, "POST", "/faults", {"no_answer": True})
    with pytest.raises(TimeoutError, match="planner did not answer"):
        hook("planner", json.dumps(ASK).encode(), {"Content-Type": "application/json"})


EMBED: dict[str, Any] = {"model": "any/embedder", "input": ["roll back", "bread"], "input_type": "passage"}
RANK: dict[str, Any] = {
    "model": "any/reranker",
    "query": {"text": "roll back"},
    "passages": [{"text": "bread"}, {"text": "how to roll back"}],
}


@pytest.fixture
def retrieving() -> Iterator[ModelServer]:
    running = ModelServer([MODEL], reply, retrieval=stand_ins())
    yield running
    running.close()


def test_embeddings_and_rankings_are_answered_where_there_are_models_for_them(retrieving: ModelServer) -> None:
    status, body = call(retrieving, "POST", "/v1/embeddings", {**EMBED, "dimensions": 64})
    assert (status, body["object"], body["model"]) == (200, "list", "any/embedder")
    assert [(entry["index"], len(entry["embedding"])) for entry in body["data"]] == [(0, 64), (1, 64)]
    assert body["usage"]["total_tokens"] > 0
    status, body = call(retrieving, "POST", "/v1/ranking", RANK)
    assert (status, [entry["index"] for entry in body["rankings"]]) == (200, [1, 0])


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/embeddings", {"model": "any/embedder", "input": "x"}),
        ("/v1/embeddings", {**EMBED, "input": []}),
        ("/v1/embeddings", {**EMBED, "input_type": "document"}),
        ("/v1/ranking", {**RANK, "top_k": 1}),
        ("/v1/ranking", {**RANK, "passages": []}),
    ],
)
def test_what_a_retrieval_nim_refuses_is_refused(retrieving: ModelServer, path: str, body: Any) -> None:
    assert call(retrieving, "POST", path, body)[0] == 400


def test_the_model_name_may_say_what_the_texts_are(retrieving: ModelServer) -> None:
    body = {"model": "any/embedder-query", "input": "roll back"}
    assert call(retrieving, "POST", "/v1/embeddings", body)[0] == 200


def test_a_fault_hits_the_model_that_it_is_meant_for(retrieving: ModelServer) -> None:
    for model in ("embedding", "reranking"):
        call(retrieving, "POST", "/faults", {"model": model, "status": 503})
    assert chat(retrieving)[0] == 200
    assert call(retrieving, "POST", "/v1/ranking", RANK)[0] == 503
    assert call(retrieving, "POST", "/v1/ranking", RANK)[0] == 200
    assert call(retrieving, "POST", "/v1/embeddings", EMBED)[0] == 503
    assert call(retrieving, "GET", "/faults")[1] == {"calls_left": 0}
