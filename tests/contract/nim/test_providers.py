"""What the planner may rely on, whichever way the NIM is reached."""

import json

import pytest

from lambdas.adapters.nim.hosted import HostedChat
from lambdas.adapters.nim.sagemaker import SageMakerChat
from lambdas.core.errors import (
    PlannerBusyError,
    PlannerNotConfiguredError,
    PlannerRefusedError,
    PlannerReplyError,
)
from lambdas.core.planning.chat import Message
from tests.contract.nim.conftest import MODEL, Reply, completion

MESSAGES: list[Message] = [{"role": "system", "content": "detailed thinking off"}, {"role": "user", "content": "hello"}]
SCHEMA = {"type": "object"}


def test_an_answer_comes_back_with_its_reason_to_stop_and_its_tokens(chat):
    model, nim = chat
    nim.replies = [Reply(body=completion('{"a": 1}', "length", service_tier="x"))]
    reply = model.ask(MESSAGES, SCHEMA)
    assert (reply.text, reply.finish_reason, reply.prompt_tokens, reply.completion_tokens) == (
        '{"a": 1}',
        "length",
        11,
        7,
    )


def test_the_request_is_greedy_bounded_and_names_the_nims_own_model(chat):
    model, nim = chat
    nim.replies = [Reply(body=completion("{}"))]
    model.ask(MESSAGES, SCHEMA)
    asked = nim.asked[0]
    assert (asked["model"], asked["temperature"], asked["messages"]) == (MODEL, 0, MESSAGES)
    assert 0 < asked["max_tokens"] <= 1_000
    structured = asked.get("nvext", {}).get("guided_json") or asked["response_format"]["json_schema"]["schema"]
    assert structured == SCHEMA


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_busy(chat, status):
    model, nim = chat
    nim.replies = [Reply(status, json.dumps({"object": "error", "message": "try later", "code": status}))]
    with pytest.raises(PlannerBusyError, match="try later"):
        model.ask(MESSAGES, SCHEMA)


@pytest.mark.parametrize(
    "body",
    [
        {"object": "error", "message": "The model x does not exist.", "type": "NotFoundError", "code": 404},
        {"error": {"message": "The model x does not exist.", "code": 404}},
        {"status": 404, "title": "Not Found", "detail": "The model x does not exist."},
    ],
)
def test_a_refusal_is_told_in_each_error_shape(chat, body):
    model, nim = chat
    nim.replies = [Reply(404, json.dumps(body))]
    with pytest.raises(PlannerRefusedError, match=r"404: The model x does not exist\."):
        model.ask(MESSAGES, SCHEMA)


@pytest.mark.parametrize("body", ["", "<html>", "[]", '{"choices": []}', '{"choices": [{"message": {}}]}', "null"])
def test_an_answer_that_is_no_completion_is_refused(chat, body):
    model, nim = chat
    nim.replies = [Reply(body=body)]
    with pytest.raises(PlannerReplyError, match="no chat completion"):
        model.ask(MESSAGES, SCHEMA)


@pytest.mark.parametrize("tokens", ["Infinity", "-5", "1e300", '"many"', "true", "[]"])
def test_token_counts_that_are_none_are_left_out(chat, tokens):
    model, nim = chat
    nim.replies = [Reply(body=completion("{}").replace('"prompt_tokens": 11', f'"prompt_tokens": {tokens}'))]
    assert model.ask(MESSAGES, SCHEMA).prompt_tokens == 0


def test_a_body_nested_beyond_reason_is_no_completion(chat):
    model, nim = chat
    nim.replies = [Reply(body="[" * 100_000)]
    with pytest.raises(PlannerReplyError, match="no chat completion"):
        model.ask(MESSAGES, SCHEMA)


def test_the_words_of_a_broken_answer_stay_out_of_the_error(chat):
    model, nim = chat
    nim.replies = [Reply(body="http://evil.example")]
    with pytest.raises(PlannerReplyError) as refused:
        model.ask(MESSAGES, SCHEMA)
    assert "evil" not in str(refused.value)


def test_a_connection_that_breaks_is_busy(chat):
    model, nim = chat
    nim.replies = [Reply(hang_up=True) for _ in range(3)]
    with pytest.raises(PlannerBusyError):
        model.ask(MESSAGES, SCHEMA)


def test_a_refused_key_is_fetched_anew_once(server):
    nim, url = server
    nim.replies = [Reply(401, "{}"), Reply(body=completion("{}"))]
    assert HostedChat(f"{url}/v1", "arn:secret", MODEL).ask(MESSAGES, SCHEMA).text == "{}"
    assert nim.keys == ["Bearer the-key", "Bearer the-key"]


def test_a_key_that_stays_refused_ends_it_without_naming_the_key(server):
    nim, url = server
    nim.replies = [Reply(401, "{}"), Reply(401, '{"detail": "bad key"}')]
    with pytest.raises(PlannerRefusedError, match="bad key") as refused:
        HostedChat(f"{url}/v1", "arn:secret", MODEL).ask(MESSAGES, SCHEMA)
    assert "the-key" not in str(refused.value)


def test_an_endpoint_that_does_not_exist_says_what_to_configure(server):
    nim, _ = server
    body = json.dumps({"Code": "ValidationError", "Message": "Endpoint other of account 123456789012 not found."})
    nim.replies = [Reply(400, body)]
    with pytest.raises(PlannerNotConfiguredError, match=r"cdk\.json, agentops\.nim\.planner_endpoint"):
        SageMakerChat("other", MODEL).ask(MESSAGES, SCHEMA)
