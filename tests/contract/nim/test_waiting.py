"""What may pass is waited out, within the step's own time and no longer; what need not be made anew is kept."""

from __future__ import annotations

import itertools
from email.utils import formatdate
from time import monotonic
from time import time as wall_clock

import pytest

from lambdas.adapters import clients
from lambdas.adapters.nim.access import Access
from lambdas.adapters.nim.choose import transport
from lambdas.adapters.nim.client import NimClient
from lambdas.adapters.nim.failures import ModelBusyError, ModelRefusedError
from lambdas.adapters.nim.http import HOSTED_STATUS_URL, HttpTransport
from lambdas.adapters.nim.key import secret_key
from lambdas.adapters.nim.patience import RESERVE_S, TRIES, Patience
from tests.contract.nim.conftest import Chat, Time, chat_of, completion
from tests.contract.nim.server import KEY, SECRET, Nim, Reply, said

ANSWER = said(completion('{"model": "a"}'))
LATER = {"object": "error", "message": "try later", "code": 503}


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(chat: Chat, status: int):
    chat.nim.replies = [said(LATER, status), said(LATER, status), ANSWER]
    assert chat.ask().text == '{"model": "a"}'
    assert chat.time.slept == [0.5, 1.0]


def test_a_connection_that_breaks_is_tried_again(chat: Chat):
    chat.nim.replies = [Reply(hang_up=True), ANSWER]
    assert chat.ask().text == '{"model": "a"}'


def test_what_does_not_pass_is_given_up_with_its_words_and_the_number_of_tries(chat: Chat):
    chat.nim.answers = lambda _: said(LATER, 503)
    with pytest.raises(ModelBusyError, match=rf"answered 503: try later \(tried {TRIES} times\)"):
        chat.ask()
    assert len(chat.nim.asked) == TRIES
    assert chat.time.slept == [0.5, 1.0, 2.0]


@pytest.mark.parametrize("status", [400, 404, 422])
def test_what_will_not_pass_is_not_tried_again(chat: Chat, status: int):
    chat.nim.answers = lambda _: said({"message": "never"}, status)
    with pytest.raises(ModelRefusedError):
        chat.ask()
    assert chat.time.slept == []


def test_a_pause_is_a_part_that_chance_decides(nim: Nim, time: Time):
    nim.replies = [said(LATER, 503), said(LATER, 503), ANSWER]
    chances = iter([0.5, 0.25])
    asking = chat_of(nim, time, "compatible")
    asking.model.ask(
        [], {}, Patience(until=100, clock=lambda: time.now, sleep=time.sleep, chance=lambda: next(chances))
    )
    assert time.slept == [0.25, 0.25]


@pytest.mark.parametrize("seconds", [0.0, 5.9])
def test_no_call_begins_that_could_outlast_the_step(chat: Chat, seconds: float):
    with pytest.raises(ModelBusyError, match="too few to wait for the model"):
        chat.ask(seconds=seconds)
    assert chat.nim.asked == []


def test_no_try_begins_that_could_outlast_the_step(chat: Chat):
    chat.nim.answers = lambda _: said(LATER, 503)
    needed = chat.model._client._transport.needed_s
    with pytest.raises(ModelBusyError, match=r"\(tried 2 times\)"):
        chat.ask(seconds=needed + 1)
    assert len(chat.nim.asked) == 2
    assert chat.time.now <= 1


def test_sagemakers_limit_fits_its_client():
    for brief, config, needed in (
        (False, clients._MODEL, clients.MODEL_CALL_S),
        (True, clients._BRIEF, clients.BRIEF_CALL_S),
    ):
        role = "embedding" if brief else "planner"
        limits: dict[str, float] = config.__dict__["_user_provided_options"]
        assert limits["connect_timeout"] + limits["read_timeout"] == needed
        assert transport(Access(provider="sagemaker", endpoint="x", model="m"), role).needed_s == needed


def test_an_answer_that_trickles_in_ends_with_the_steps_time(nim: Nim):
    ticks = itertools.count()  # a second passes with each look at the clock
    patience = Patience(until=10, clock=lambda: next(ticks), sleep=lambda _: None, chance=lambda: 0.0)
    nim.answers = lambda _: Reply(body=b" " * 1_000_000)
    with pytest.raises(ModelBusyError, match="took longer to answer than the step has"):
        NimClient(HttpTransport(nim.url, None)).post({}, patience)


def test_an_answer_that_stops_coming_ends_with_the_calls_time(nim: Nim):
    nim.answers = lambda _: Reply(body="{", declared=100, stalls=True, late_s=0.3)
    begun = monotonic()
    with pytest.raises(ModelBusyError, match="did not answer"):
        HttpTransport(nim.url, None, longest_s=0.4).send(b"{}", Patience(until=monotonic() + 100))
    assert monotonic() - begun < 0.65  # the limit of the socket alone begins anew with the first piece


@pytest.mark.parametrize("status", [429, 503])
def test_a_pause_is_never_shorter_than_the_server_asks(nim: Nim, time: Time, status: int):
    nim.replies = [said(LATER, status, headers={"Retry-After": "7"}), said(LATER, status), ANSWER]
    NimClient(HttpTransport(nim.url, None)).post({}, time.patience(100))
    assert time.slept == [7.5, 1.0]


def test_a_server_that_asks_for_more_time_than_there_is_is_not_asked_again(nim: Nim, time: Time):
    nim.answers = lambda _: said(LATER, 429, headers={"Retry-After": "60"})
    with pytest.raises(ModelBusyError, match="429: try later"):
        NimClient(HttpTransport(nim.url, None)).post({}, time.patience(60))
    assert (len(nim.asked), time.slept) == (1, [])


def test_a_server_may_name_the_moment(nim: Nim, time: Time):
    later = formatdate(wall_clock() + 40, usegmt=True)
    nim.replies = [said(LATER, 429, headers={"Retry-After": later}), ANSWER]
    NimClient(HttpTransport(nim.url, None)).post({}, time.patience(100))
    assert time.slept == [pytest.approx(40, abs=2)]


@pytest.mark.parametrize("told", ["", "soon", "-5", "1e9", "NaN", "9" * 5_000, "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_what_is_no_time_to_wait_is_none(nim: Nim, time: Time, told: str):
    nim.replies = [said(LATER, 503, headers={"Retry-After": told}), ANSWER]
    NimClient(HttpTransport(nim.url, None)).post({}, time.patience(100))
    assert time.slept == [0.5]


def test_who_has_more_patience_tries_more_often(nim: Nim, time: Time):
    nim.answers = lambda _: said(LATER, 503)
    patience = Patience(until=1_000, tries=6, clock=lambda: time.now, sleep=time.sleep, chance=lambda: 1.0)
    with pytest.raises(ModelBusyError, match="tried 6 times"):
        NimClient(HttpTransport(nim.url, None)).post({}, patience)
    assert time.slept == [0.5, 1.0, 2.0, 4.0, 8.0]


def test_a_step_leaves_time_for_what_comes_after_its_calls():
    class Context:
        def get_remaining_time_in_millis(self) -> int:
            return 60_000

    assert Patience.of(Context()).left_s() == pytest.approx(60 - RESERVE_S, abs=0.5)


def test_one_connection_serves_many_calls(chat: Chat):
    chat.nim.answers = lambda _: ANSWER
    chat.ask()
    before = chat.nim.connections
    for _ in range(3):
        chat.ask()
    assert chat.nim.connections == before


def test_a_connection_serves_on_after_a_refusal(chat: Chat):
    chat.nim.replies = [ANSWER, said({"message": "no"}, 404), ANSWER]
    chat.ask()
    before = chat.nim.connections
    with pytest.raises(ModelRefusedError):
        chat.ask()
    chat.ask()
    assert chat.nim.connections == before


def polling(nim: Nim) -> NimClient:
    address = f"{nim.url}/v1/chat/completions"
    return NimClient(HttpTransport(address, secret_key(SECRET), status_url=f"{nim.url}/status"))


PENDING = Reply(202, headers={"NVCF-REQID": "0a1b-2c"})


def test_an_accepted_request_is_polled_until_it_is_answered(nim: Nim, time: Time):
    nim.replies = [PENDING, Reply(202), PENDING, ANSWER]
    assert polling(nim).post({"model": "m"}, time.patience(100))["object"] == "chat.completion"
    assert nim.paths == ["/v1/chat/completions", *["/status/0a1b-2c"] * 3]
    assert nim.bearers == [f"Bearer {KEY}"] * 4
    assert time.slept == [0.25, 0.5, 1.0]


def test_polling_ends_with_the_steps_time(nim: Nim, time: Time):
    nim.answers = lambda _: PENDING
    with pytest.raises(ModelBusyError, match="too few to wait"):
        polling(nim).post({}, time.patience(30))
    assert time.now <= 30


def test_a_poll_that_is_refused_says_why(nim: Nim, time: Time):
    nim.replies = [PENDING, said({"status": 410, "title": "Gone", "detail": "the function ended"}, 410)]
    with pytest.raises(ModelRefusedError, match="410: the function ended"):
        polling(nim).post({}, time.patience(100))


@pytest.mark.parametrize("request_id", ["", "../../keys", "a/b", "a?b", "x" * 65])
def test_what_is_no_request_id_is_not_polled(nim: Nim, time: Time, request_id: str):
    nim.answers = lambda _: Reply(202, headers={"NVCF-REQID": request_id})
    with pytest.raises(ModelBusyError, match="answered 202"):
        polling(nim).post({}, time.patience(100))
    assert set(nim.paths) == {"/v1/chat/completions"}


def test_only_nvidias_own_address_is_polled_at_nvidia():
    def status_url(**access: str) -> str:
        made = transport(Access(provider="hosted", model="nvidia/m", **access), "planner")
        assert isinstance(made, HttpTransport)
        return made._status_url

    assert status_url() == HOSTED_STATUS_URL
    assert status_url(url="https://nim.example/v1") == ""
