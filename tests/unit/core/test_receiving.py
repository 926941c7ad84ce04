"""Any JSON is read as a request or refused in words; nothing else can come of it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.core.contracts.intent import MAX_REQUEST_CHARACTERS, Request
from lambdas.core.receiving import REQUESTED, RequestRefusedError, form_of, one_line, read_request

ARN = "arn:aws:states:us-east-1:123456789012:execution:agentops-deployment:one"
GOOD = {"intent": "deploy llama-3.1 8B for chatbot-x", "env": "staging"}

texts = st.text(st.characters(), max_size=30)  # surrogate halves included: JSON can escape them
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)
keys = sorted(Request.model_fields)
like_requests = st.dictionaries(st.sampled_from([*keys, "detail-type", "detail", "id", "source"]), json_values)
like_plans = st.fixed_dictionaries(
    {"plan": st.dictionaries(st.sampled_from(["model", "application", "instance_type", "endpoint"]), json_values)}
)
like_events = st.fixed_dictionaries(
    {"detail-type": st.just(REQUESTED) | json_values, "id": json_values, "source": json_values},
    optional={"detail": like_requests | json_values},
)
forms = st.sampled_from(
    [
        {"intent": "deploy llama-3.1 8B for chatbot-x"},
        {"plan": {"model": "llama-3.1-8b-instruct"}},
        {"from_plan": "p-0123456789abcdef"},
    ]
)
beside = st.fixed_dictionaries(
    {},
    optional={
        "env": st.sampled_from(["dev", "staging", "prod"]),
        "execute": st.booleans(),
        "constraints": st.fixed_dictionaries({"instance_count": st.integers(1, 10_000)}),
        "requester": st.just("a person"),
    },
)
good_requests = st.builds(lambda form, rest: {**form, **rest}, forms, beside)


def read(value, arn=ARN):
    return read_request(json.dumps({"input": value}), len(json.dumps(value)), arn)


def outcome_of(value):
    try:
        return read(value), ""
    except RequestRefusedError as refused:
        return None, str(refused)


@given(json_values | like_requests | like_plans | like_events)
def test_any_json_is_a_request_or_is_refused_in_words(value):
    received, reason = outcome_of(value)
    assert (received is None) == bool(reason.strip())
    if received is None:
        return
    assert received.key.encode()
    assert len(received.key) <= 1_000
    assert received.default_requester.isprintable()


@given(good_requests, st.randoms())
def test_the_order_of_keys_changes_neither_key_nor_digest(request, random):
    shuffled = list(request.items())
    random.shuffle(shuffled)
    one, other = read(request), read(dict(shuffled))
    assert (one.key, one.body_digest) == (other.key, other.body_digest)


@given(good_requests, st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}\Z"))
def test_the_digest_of_what_is_asked_leaves_out_the_request_id_alone(request, request_id):
    named = read({**request, "request_id": request_id})
    assert named.body_digest == read(request).body_digest
    assert named.key == f"id:{request_id}"


@given(good_requests, good_requests)
def test_different_requests_have_different_digests(one, other):
    same = Request.model_validate_json(json.dumps(one)) == Request.model_validate_json(json.dumps(other))
    assert (read(one).body_digest == read(other).body_digest) == same


@given(good_requests)
def test_every_request_has_one_form(request):
    assert form_of(read(request).request) in request


@pytest.mark.parametrize(
    ("value", "key"),
    [
        (GOOD, f"execution:{ARN}"),
        ({**GOOD, "request_id": "r-1"}, "id:r-1"),
        ({"detail-type": REQUESTED, "id": "e-1", "detail": GOOD}, "event:e-1"),
        ({"detail-type": REQUESTED, "id": "e-1", "detail": {**GOOD, "request_id": "r-1"}}, "id:r-1"),
        ({"detail-type": REQUESTED, "detail": GOOD}, f"execution:{ARN}"),
    ],
)
def test_a_request_is_known_by_its_own_id_else_the_events_else_the_execution(value, key):
    assert read(value).key == key


def test_an_event_carries_the_same_request_as_a_start():
    event = {"detail-type": REQUESTED, "id": "e-1", "source": "ci.pipeline", "detail": GOOD}
    assert read(event).body_digest == read(GOOD).body_digest
    assert read(event).default_requester == "event source ci.pipeline"


def test_what_cannot_be_seen_in_an_intent_is_gone_before_anyone_reads_it():
    text = "deploy\x1b[31m llama-3.1\u200b 8B\U000e0041 for\tchatbot-x"
    assert read({"intent": text}).request.intent == "deploy llama-3.1 8B for chatbot-x"


def test_too_long_an_input_is_refused_unread():
    with pytest.raises(RequestRefusedError, match="200,000 characters; at most 32,000"):
        read_request("", 200_000, ARN)
    assert MAX_REQUEST_CHARACTERS == 32_000


@pytest.mark.parametrize("depth", [250, 400, 5_000, 15_000])
def test_no_depth_of_nesting_breaks_the_reader(depth):
    text = '{"input": {"intent": ' + "[" * depth + "]" * depth + "}}"
    with pytest.raises(RequestRefusedError, match="nested too deeply"):
        read_request(text, depth, ARN)


@pytest.mark.parametrize("number", ["1e400", "-1e400", "9" * 5_000])
def test_a_number_that_no_computer_holds_is_refused(number):
    text = '{"input": {"plan": {"model": "x", "instance_count": ' + number + "}}}"
    with pytest.raises(RequestRefusedError):
        read_request(text, 100, ARN)


@given(st.text(), st.integers(4, 200))
def test_one_line_is_one_printable_line_of_at_most_its_limit(text, limit):
    line = one_line(text, limit)
    assert len(line) <= limit
    assert "\n" not in line
    assert line.isprintable() or not line
