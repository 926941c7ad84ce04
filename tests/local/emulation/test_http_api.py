"""Rules of HTTP APIs that need no API: which route takes a path, what a result becomes."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.local.emulation.http_api.replies import MalformedReplyError, read
from stacks.local.emulation.http_api.routes import Match, select
from stacks.local.emulation.http_api.throttling import Bucket

# AWS's own example, with what lies around it.
ROUTES = ["GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "ANY /pets/dog/1", "$default"]


@pytest.mark.parametrize(
    ("method", "path", "route", "parameters"),
    [
        ("GET", "/pets/dog/1", "GET /pets/dog/1", {}),
        ("POST", "/pets/dog/1", "ANY /pets/dog/1", {}),
        ("GET", "/pets/dog/2", "GET /pets/dog/{id}", {"id": "2"}),
        ("GET", "/pets/cat/1", "GET /pets/{proxy+}", {"proxy": "cat/1"}),
        ("POST", "/test/5", "ANY /{proxy+}", {"proxy": "test/5"}),
        ("GET", "/", "$default", {}),
        ("GET", "/pets/", "ANY /{proxy+}", {"proxy": "pets/"}),
    ],
)
def test_the_most_specific_route_wins(method: str, path: str, route: str, parameters: dict[str, str]) -> None:
    assert select(ROUTES, method, path) == Match(route, parameters)


def test_a_full_match_goes_before_a_greedy_one_with_a_longer_beginning() -> None:
    assert select(["GET /a/{proxy+}", "GET /{x}/b"], "GET", "/a/b") == Match("GET /{x}/b", {"x": "a"})


def test_nothing_matches_where_there_is_no_default() -> None:
    routes = ["GET /a/{id}", "POST /a"]
    assert [select(routes, "GET", path) for path in ("/a", "/a/", "/a/b/c", "/A/b", "")] == [None] * 5


@given(st.lists(st.sampled_from([*ROUTES, "GET /{a}/{b}"]), unique=True), st.text(alphabet="ab/1", max_size=8))
def test_the_order_of_routes_does_not_matter(routes: list[str], path: str) -> None:
    assert select(routes, "GET", f"/{path}") == select(routes[::-1], "GET", f"/{path}")


@pytest.mark.parametrize(
    ("result", "body"),
    [
        ('{ "message": "hello" }', b'{ "message": "hello" }'),
        ('"hello"', b"hello"),
        ("null", b"null"),
        ("[1]", b"[1]"),
    ],
)
def test_a_result_without_a_status_is_the_body(result: str, body: bytes) -> None:
    reply = read(result.encode())
    assert (reply.status, reply.headers, reply.body) == (200, (("Content-Type", "application/json"),), body)


def test_a_reply_keeps_its_own_headers_and_the_gateway_adds_a_type() -> None:
    reply = read(json.dumps({"statusCode": 201, "headers": {"X-N": 1, "Content-Length": 99}}).encode())
    assert reply.headers == (("X-N", "1"), ("Content-Type", "text/plain;charset=utf-8"))


@given(st.binary(max_size=40))
def test_binary_bodies_come_out_as_they_went_in(body: bytes) -> None:
    result = {"statusCode": 200, "body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    assert read(json.dumps(result).encode()).body == body


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(st.fixed_dictionaries({"statusCode": json_values}, optional={"headers": json_values, "cookies": json_values}))
def test_a_result_is_a_sound_reply_or_refused(result: dict[str, object]) -> None:
    try:
        reply = read(json.dumps(result).encode())
    except MalformedReplyError:
        return
    assert 100 <= reply.status <= 599
    assert all((name + value).isprintable() for name, value in reply.headers)


@given(st.lists(st.floats(0, 2), max_size=60))
def test_a_bucket_never_gives_more_than_its_burst_and_what_time_brought(pauses: list[float]) -> None:
    bucket, now, taken = Bucket(2.0, 3, 0.0), 0.0, 0
    for pause in pauses:
        now += pause
        taken += bucket.take(now)
    assert taken <= 3 + 2 * now + 1e-6
