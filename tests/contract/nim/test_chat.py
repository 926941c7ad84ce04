"""What the planner may rely on, whichever way the model is reached and whichever generation it is of."""

from __future__ import annotations

import json

import pytest

from lambdas.adapters.nim.chat import MAX_TOKENS
from lambdas.adapters.nim.failures import ModelAbsentError, ModelBusyError, ModelRefusedError
from stacks.local.model_server.chat import ApiError, ChatModel
from stacks.local.model_server.dialects import DIALECTS
from tests.contract.nim.conftest import MESSAGES, MODEL, SCHEMA, Chat, Time, chat_of, completion
from tests.contract.nim.server import Nim, Reply, said

GUIDED, UNGUIDED = '{"model": "a"}', "I would take a."
FORMS = ("response_format", "nvext", "guided_json")


def speaking(name: str):
    """Answer as a server of this dialect, whose model keeps to a schema only where the server binds it."""
    model = ChatModel(frozenset({MODEL}), lambda _, schema: GUIDED if schema else UNGUIDED, DIALECTS[name])

    def answer(sent):
        try:
            return said(model.complete(sent))
        except ApiError as error:
            return said(error.body, error.status)

    return answer


def forms(nim: Nim) -> list[str]:
    """By which field each request asked for the schema."""
    return [form for sent in nim.asked for form in FORMS if form in sent]


def test_an_answer_comes_back_with_its_reason_to_stop_and_its_tokens(chat: Chat):
    chat.nim.replies = [said(completion(GUIDED, "length", service_tier="x"))]
    reply = chat.ask()
    assert (reply.text, reply.finish_reason) == (GUIDED, "length")
    assert (reply.prompt_tokens, reply.completion_tokens) == (11, 7)


def test_the_request_is_greedy_seeded_bounded_and_names_the_nims_own_model(chat: Chat):
    chat.nim.replies = [said(completion(GUIDED)), said(completion(GUIDED))]
    chat.ask()
    chat.ask()
    first, second = chat.nim.asked
    assert first == second
    assert (first["model"], first["temperature"]) == (MODEL, 0)
    assert first["messages"] == [{"role": "system", "content": "detailed thinking off"}, *MESSAGES]
    assert isinstance(first["seed"], int)
    assert 0 < first["max_tokens"] <= 1_000
    assert first["response_format"]["json_schema"]["schema"] == SCHEMA


@pytest.mark.parametrize(
    ("provider", "path"), [("sagemaker", "/endpoints/nim/invocations"), ("hosted", "/v1/chat/completions")]
)
def test_each_provider_is_asked_at_its_own_address(nim: Nim, time: Time, provider: str, path: str):
    nim.replies = [said(completion(GUIDED))]
    chat_of(nim, time, provider).ask()
    assert nim.paths == [path]


@pytest.mark.parametrize("switch", ["detailed thinking off", "/no_think", ""])
def test_thinking_is_switched_off_by_the_models_own_words(nim: Nim, time: Time, switch: str):
    nim.replies = [said(completion(GUIDED))]
    asking = chat_of(nim, time, "compatible", thinking_off=switch)
    asking.ask()
    expected = [{"role": "system", "content": switch}] if switch else []
    [sent] = [sent["messages"] for sent in nim.asked]
    assert sent == [*expected, *MESSAGES]
    assert asking.model.most_tokens(MESSAGES) == len(json.dumps(sent)) + MAX_TOKENS


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (f"<think>\n\n</think>\n\n{GUIDED}", GUIDED),
        (f"<think>Is a or {{b}} better?\nB.</think>{GUIDED}", GUIDED),
        (f"  <think>x</think>{GUIDED} <think>y</think>", f"{GUIDED} <think>y</think>"),
        (f"<think>never ends {GUIDED}", f"<think>never ends {GUIDED}"),
        (f"The prompt began the thought.\n</think>\n\n{GUIDED}", GUIDED),
        ('{"question": "what is </think>?"}', '{"question": "what is </think>?"}'),
    ],
)
def test_what_a_model_thought_is_no_part_of_its_answer(chat: Chat, given: str, told: str):
    chat.nim.replies = [said(completion(given))]
    assert chat.ask().text == told


@pytest.mark.parametrize(
    ("dialect", "found"),
    [
        ("any", ["response_format", "response_format", "response_format"]),
        ("nim-1", ["response_format", "nvext", "nvext"]),  # passed over, seen by the answer
        ("nim-1-strict", ["response_format", "nvext", "nvext", "nvext"]),  # refused, asked again at once
        ("nim-1.14", ["response_format", "nvext", "nvext"]),
        ("nim-2", ["response_format", "response_format", "response_format"]),
        ("openai", ["response_format", "response_format", "response_format"]),
        ("hosted", ["response_format", "response_format", "response_format"]),
    ],
)
def test_the_form_that_a_server_reads_is_found_out_and_remembered(chat: Chat, dialect: str, found: list[str]):
    chat.nim.answers = speaking(dialect)
    texts = [chat.ask().text for _ in range(3)]
    assert forms(chat.nim) == found
    assert texts[1:] == [GUIDED, GUIDED]


@pytest.mark.parametrize("form", FORMS)
def test_a_configured_form_is_never_changed(nim: Nim, time: Time, form: str):
    nim.answers = speaking("any")
    asking = chat_of(nim, time, "sagemaker", structured_output=form)
    assert asking.ask().text == GUIDED
    nim.replies = [said(completion(UNGUIDED)), said({"message": "no such field"}, 400), said(completion(GUIDED))]
    asking.ask()
    with pytest.raises(ModelRefusedError, match="no such field"):
        asking.ask()
    asking.ask()
    assert forms(nim) == [form] * 4


def test_a_request_that_is_refused_in_every_form_is_refused_with_the_first_reason(chat: Chat):
    chat.nim.replies = [
        said({"message": "the context is too long"}, 400),
        said({"message": "and nvext is unknown"}, 400),
    ]
    with pytest.raises(ModelRefusedError, match="400: the context is too long"):
        chat.ask()
    chat.nim.replies = [said(completion(GUIDED))]
    chat.ask()
    assert forms(chat.nim) == ["response_format", "nvext", "response_format"]


def test_an_answer_that_was_cut_off_says_nothing_about_the_form(chat: Chat):
    chat.nim.replies = [said(completion('{"mod', "length")), said(completion(GUIDED))]
    chat.ask()
    chat.ask()
    assert forms(chat.nim) == ["response_format", "response_format"]


@pytest.mark.parametrize("status", [401, 402, 404, 415])
@pytest.mark.parametrize("dialect", ["nim-1", "nim-2", "hosted"])
def test_a_refusal_is_told_in_each_error_shape(chat: Chat, dialect: str, status: int):
    body = DIALECTS[dialect].error(status, "SomeError", "The model x does not exist.")
    chat.nim.replies = [said(body, status)] * 2  # a refused key is tried a second time
    with pytest.raises(ModelRefusedError, match=rf"{status}: The model x does not exist\.") as refused:
        chat.ask()
    assert refused.value.status == status


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("ModelNotReadyException", 429, ModelBusyError),
        ("ServiceUnavailable", 503, ModelBusyError),
        ("InternalFailure", 500, ModelBusyError),
        ("InternalDependencyException", 530, ModelBusyError),
        ("SomethingNew", 500, ModelBusyError),
        ("SomethingElse", 429, ModelBusyError),
        ("AccessDeniedException", 403, ModelRefusedError),
    ],
)
def test_what_sagemaker_itself_answers_is_told_apart(
    nim: Nim, time: Time, code: str, status: int, error: type[Exception]
):
    refusal = said({"Message": "not now"}, status, headers={"x-amzn-ErrorType": code})
    nim.replies = [refusal] * 4
    with pytest.raises(error, match=rf"SageMaker endpoint nim: {code}: not now"):
        chat_of(nim, time, "sagemaker").ask()
    assert len(nim.asked) == (4 if error is ModelBusyError else 1)


def test_an_endpoint_that_does_not_exist_says_what_to_configure(nim: Nim, time: Time):
    text = "Endpoint nim of account 123456789012 not found."
    nim.replies = [said({"Message": text}, 400, headers={"x-amzn-ErrorType": "ValidationError"})]
    with pytest.raises(ModelAbsentError, match=r"cdk\.json, agentops\.nim\.planner\.endpoint"):
        chat_of(nim, time, "sagemaker").ask()


def test_tokens_are_published_for_each_answer(chat: Chat, capsys: pytest.CaptureFixture[str]):
    chat.nim.replies = [said(completion("nonsense"))]
    chat.ask()
    line = json.loads(capsys.readouterr().out)
    assert (line["PromptTokens"], line["CompletionTokens"]) == ([11.0], [7.0])
    assert (line["model"], line["service"]) == ("planner", "agentops")
    [published] = line["_aws"]["CloudWatchMetrics"]
    assert published["Namespace"] == "AgentOps"
    assert sorted(published["Dimensions"][0]) == ["model", "service"]


def test_a_program_that_is_no_function_publishes_nothing(
    nim: Nim, time: Time, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.delenv("POWERTOOLS_METRICS_NAMESPACE")
    nim.replies = [said(completion(GUIDED))]
    assert chat_of(nim, time, "compatible").ask().text == GUIDED
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("tokens", ["-5", "1e300", '"many"', "true", "[]"])
def test_token_counts_that_are_none_are_left_out(chat: Chat, tokens: str):
    body = json.dumps(completion(GUIDED)).replace('"prompt_tokens": 11', f'"prompt_tokens": {tokens}')
    chat.nim.replies = [Reply(body=body)]
    assert chat.ask().prompt_tokens == 0
