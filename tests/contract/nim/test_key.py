"""The key: read once a container, anew once when it is refused, and told to nobody but its own server."""

from __future__ import annotations

import json
import logging
import traceback

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lambdas.adapters.nim.failures import ModelAbsentError, ModelError, ModelRefusedError
from lambdas.adapters.nim.key import SecretKey, secret_key
from lambdas.core.errors import RecordError
from tests.contract.nim.conftest import Time, chat_of, completion, embedder_of, reranker_of
from tests.contract.nim.server import KEY, SECRET, Nim, Reply, said

ANSWER = said(completion('{"model": "a"}'))
# In two parts: nothing in the tree is to look like a key.
SHAPED = "nvapi-" + "abcd_efgh"
OVER_HTTP = ("hosted", "compatible")
with_key = pytest.mark.parametrize("provider", OVER_HTTP)


@with_key
def test_the_key_is_read_once_for_all_models_of_a_container(nim: Nim, time: Time, provider: str):
    nim.replies = [ANSWER, ANSWER, said({"data": [{"index": 0, "embedding": [1.0]}]}), said({"rankings": []})]
    asking = chat_of(nim, time, provider)
    asking.ask()
    asking.ask()
    embedder_of(nim, time, provider).embed(["a"], "query")
    reranker_of(nim, time, provider).rank("a", [])
    assert nim.secrets_read == 1
    assert set(nim.bearers) == {f"Bearer {KEY}"}


@with_key
@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_read_anew_once(nim: Nim, time: Time, provider: str, status: int):
    nim.keys = ["the-first-key", "the-second-key"]
    nim.replies = [said({}, status), ANSWER, ANSWER]
    asking = chat_of(nim, time, provider)
    asking.ask()
    asking.ask()
    assert nim.bearers == ["Bearer the-first-key", "Bearer the-second-key", "Bearer the-second-key"]
    assert nim.secrets_read == 2


@with_key
def test_a_key_that_stays_refused_ends_it(nim: Nim, time: Time, provider: str):
    nim.answers = lambda _: said({"detail": "bad key"}, 401)
    with pytest.raises(ModelRefusedError, match="401: bad key"):
        chat_of(nim, time, provider).ask()
    assert (len(nim.asked), nim.secrets_read) == (2, 2)


@with_key
@pytest.mark.parametrize(
    ("key", "told"), [("", "not set"), ("two words", "holds no key"), ("a\r\nX: y", "holds no key")]
)
def test_a_secret_without_a_key_asks_nobody_and_says_what_to_do(
    nim: Nim, time: Time, provider: str, key: str, told: str
):
    nim.keys = [key]
    with pytest.raises(ModelAbsentError, match=told) as absent:
        chat_of(nim, time, provider).ask()
    assert "docs/nim.md" in str(absent.value)
    assert key not in str(absent.value) or not key
    assert nim.asked == []


def test_a_key_that_is_set_later_is_found(nim: Nim, time: Time):
    nim.keys = ["", KEY]
    nim.replies = [ANSWER]
    asking = chat_of(nim, time, "hosted")
    with pytest.raises(ModelAbsentError):
        asking.ask()
    asking.ask()
    assert nim.bearers == [f"Bearer {KEY}"]


def test_a_secret_that_may_not_be_read_is_told(nim: Nim, time: Time, monkeypatch: pytest.MonkeyPatch):
    refusal = said({"__type": "AccessDeniedException", "message": "no"}, 400)
    monkeypatch.setattr(nim, "secret", lambda: refusal)
    with pytest.raises(RecordError, match="GetSecretValue of the NIM key: AccessDenied"):
        chat_of(nim, time, "hosted").ask()


def test_a_compatible_server_without_a_secret_gets_no_key(nim: Nim, time: Time):
    nim.replies = [ANSWER]
    chat_of(nim, time, "compatible", secret="").ask()
    assert nim.bearers == [None]
    assert nim.secrets_read == 0


KEYS = st.from_regex(r"[A-Za-z0-9._~+/-]{8,60}={0,2}", fullmatch=True)


def escaped(text: str) -> str:
    """JSON in which every character of a string is written by its number."""
    return '"' + "".join(f"\\u{ord(character):04x}" for character in text) + '"'


ECHOES = st.sampled_from(
    [
        lambda key: f"{key}",
        lambda key: json.dumps({"error": {"message": f"Incorrect API key provided: {key}."}}),
        lambda key: json.dumps({"object": "error", "message": f"{'x' * 290}Bearer {key}"}),
        lambda key: json.dumps({"detail": [key, {key: key}]}),
        lambda key: f'{{"message": {escaped(key)}}}',
        lambda key: json.dumps(completion(f'{{"question": "{key}"}}')),
        lambda key: json.dumps(completion("x")).replace('"x"', escaped(key)),
        lambda key: f"<html>{key}",
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=KEYS, echo=ECHOES, status=st.sampled_from([200, 401, 404, 429, 500]), media_type=st.booleans())
@example(key=SHAPED, echo=lambda key: key, status=404, media_type=True)
def test_the_key_is_in_no_answer_error_log_or_trace_even_where_the_server_repeats_it(
    nim: Nim, time: Time, caplog: pytest.LogCaptureFixture, key: str, echo, status: int, media_type: bool
):
    nim.begin()
    secret_key.cache_clear()
    nim.keys = [key]
    nim.answers = lambda _: Reply(status, echo(key), media_type=f"text/{key}" if media_type else "application/json")
    with caplog.at_level(logging.DEBUG):
        try:
            told = repr(chat_of(nim, time, "hosted").ask())
        except ModelError as error:
            told = "".join(traceback.format_exception(error)) + repr(error)
    logged = [record.getMessage() for record in caplog.records if not record.name.startswith("botocore")]
    caplog.clear()
    assert nim.bearers[0] == f"Bearer {key}"
    assert key not in told
    assert not [line for line in logged if key in line]


@pytest.mark.parametrize(("provider", "secret"), [("sagemaker", ""), ("compatible", ""), ("hosted", SECRET)])
@pytest.mark.parametrize("status", [200, 404])
@pytest.mark.parametrize("written", [SHAPED, "\\u006e" + SHAPED[1:]])
def test_a_key_of_the_container_itself_is_in_no_answer_and_no_error(
    nim: Nim, time: Time, provider: str, secret: str, status: int, written: str
):
    body = json.dumps({**completion("its key is @"), "message": "NGC_API_KEY=@"}).replace("@", written)
    nim.answers = lambda _: Reply(status, body)
    asking = chat_of(nim, time, provider, secret=secret)
    if status == 200:
        assert asking.ask().text == "its key is (key)"
        return
    with pytest.raises(ModelRefusedError, match=r"404: NGC_API_KEY=\(key\)$"):
        asking.ask()


def test_a_key_shows_in_no_form_of_itself(nim: Nim):
    key = SecretKey(SECRET)
    assert key.value() == KEY
    assert KEY not in repr(key) + str(key)


def test_the_key_before_a_rotation_is_hidden_too(nim: Nim):
    nim.keys = ["the-first-key", "the-second-key"]
    key = secret_key(SECRET)
    key.value()
    key.forget()
    key.value()
    assert key.hide(b"the-first-key and the-second-key, and " + SHAPED.encode()) == b"(key) and (key), and (key)"
