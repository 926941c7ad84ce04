"""A server may answer anything: what is no answer becomes one error, which never repeats what was said."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdas.adapters.nim.failures import ModelBusyError, ModelError, ModelRefusedError, ModelReplyError
from lambdas.adapters.nim.reply import MAX_BYTES
from tests.contract.nim.conftest import Chat, Time, chat_of, completion
from tests.contract.nim.server import Nim, Reply, said

OVER_HTTP = ("hosted", "compatible")


@pytest.mark.parametrize(
    "body",
    [
        *("", "<html>http://evil.example</html>", "[]", "null", "3", "{}", '"text"'),
        *(
            '{"choices": []}',
            '{"choices": {}}',
            '{"choices": [3]}',
            '{"choices": [{"message": {}, "finish_reason": 3}]}',
        ),
        *('{"choices": [{"message": "evil.example"}]}', '{"choices": [{"message": {"content": ["evil.example"]}}]}'),
        json.dumps(completion("evil.example"))[:-9],
        '{"choices": [{"message": {"content": "evil.example"}}], "usage": {"prompt_tokens": NaN}}',
        '{"choices": [{"message": {"content": "evil.example"}}], "x": Infinity}',
        "[" * 100_000,
        '{"a":' * 100_000,
    ],
    ids=lambda body: body[:30],
)
def test_a_body_that_is_no_completion_is_refused_without_its_words(chat: Chat, body: str):
    chat.nim.replies = [Reply(body=body)]
    with pytest.raises(ModelReplyError) as refused:
        chat.ask()
    assert "evil" not in str(refused.value)
    assert len(chat.nim.asked) == 1


def test_a_body_that_is_no_text_is_refused(chat: Chat):
    chat.nim.replies = [Reply(body=b'\xff\xfe{"choices"')]
    with pytest.raises(ModelReplyError, match="not JSON"):
        chat.ask()


@pytest.mark.parametrize("media_type", ["text/html", "text/html; charset=utf-8", "text/event-stream", "evil.example/x"])
def test_an_answer_of_another_type_is_refused_and_its_type_told_where_it_is_known(chat: Chat, media_type: str):
    chat.nim.replies = [Reply(body=json.dumps(completion("{}")), media_type=media_type)]
    with pytest.raises(ModelReplyError, match="instead of application/json") as refused:
        chat.ask()
    assert ("text/" in str(refused.value)) == media_type.startswith("text/")
    assert "evil" not in str(refused.value)


@pytest.mark.parametrize(
    "media_type", ["application/json; charset=utf-8", "Application/JSON", "application/x+json", None]
)
def test_json_by_any_of_its_names_is_read(chat: Chat, media_type: str | None):
    chat.nim.replies = [Reply(body=json.dumps(completion("{}")), media_type=media_type)]
    assert chat.ask().text == "{}"


def test_no_content_is_an_empty_answer(chat: Chat):
    chat.nim.replies = [Reply(body='{"choices": [{"message": {"content": null, "reasoning_content": "hm"}}]}')]
    assert chat.ask().text == ""


def test_300_kb_of_answer_come_whole_for_the_planner_to_refuse(chat: Chat):
    chat.nim.replies = [said(completion("[" * 300_000))]
    assert len(chat.ask().text) == 300_000


def test_an_answer_without_end_is_not_read_to_its_end(chat: Chat):
    chat.nim.replies = [Reply(body=b" " * (MAX_BYTES + 100_000))]
    with pytest.raises(ModelReplyError, match=f"more than {MAX_BYTES} bytes"):
        chat.ask()


@pytest.mark.parametrize("provider", OVER_HTTP)
def test_an_answer_that_breaks_off_is_asked_for_again(nim: Nim, time: Time, provider: str):
    nim.replies = [Reply(body="{", declared=1_000), said(completion("{}"))]
    assert chat_of(nim, time, provider).ask().text == "{}"


@pytest.mark.parametrize("provider", OVER_HTTP)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed_which_would_carry_the_key_away(nim: Nim, time: Time, provider: str, status: int):
    nim.replies = [Reply(status, headers={"Location": f"{nim.url}/elsewhere"})]
    with pytest.raises(ModelError, match=str(status)):
        chat_of(nim, time, provider).ask()
    assert nim.paths == ["/v1/chat/completions"]


def test_control_characters_of_an_error_never_reach_a_line_of_a_log(chat: Chat):
    chat.nim.replies = [said({"message": "a\r\nb\x1b[31m\u202ec"}, 404)]
    with pytest.raises(ModelError) as refused:
        chat.ask()
    assert str(refused.value).endswith("404: a b [31m c")


def test_half_of_a_surrogate_pair_breaks_no_error_and_no_answer(chat: Chat):
    chat.nim.replies = [Reply(404, '{"message": "a\\ud800b"}'), said(completion("a\ud800b"))]
    with pytest.raises(ModelRefusedError, match=r"404: a.b"):
        chat.ask()
    assert len(chat.ask().text) == 3


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(["choices", "message", "content", "finish_reason", "usage", "error", "detail", "prompt_tokens"])
LIKE_A_REPLY = st.recursive(
    JSON, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=60) | LIKE_A_REPLY.map(json.dumps), status=st.sampled_from([200, 200, 202, 400, 404, 500])
)
def test_whatever_is_answered_is_an_answer_or_one_of_our_errors(nim: Nim, time: Time, body: str | bytes, status: int):
    nim.replies = []
    nim.answers = lambda _: Reply(status, body)
    asking = chat_of(nim, time, "compatible")
    if status == 200:
        with suppress(ModelReplyError):
            assert isinstance(asking.ask().text, str)
    else:
        with pytest.raises(ModelBusyError if status in (202, 500) else ModelRefusedError):
            asking.ask()
