"""HTTP APIs of the template answer on this machine, over real HTTP, with the real function behind them."""

import http.client
import json
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from stacks.local.target import LocalTarget
from tests.local.conftest import Client


@pytest.fixture(scope="module")
def url(target: LocalTarget) -> str:
    return target.outputs["approvals_url"]


def ask(
    url: str, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    read = answer.read()
    connection.close()
    return answer, read


def test_a_request_reaches_the_function_and_its_reply_comes_back(url: str) -> None:
    answer, body = ask(url, "GET", "/a/x%20y?q=1&q=2&r", headers={"Cookie": "one=1; two=2", "X-Thing": "z"})
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    event = json.loads(body)
    assert (event["rawPath"], event["rawQueryString"]) == ("/a/x y", "q=1&q=2&r")
    assert event["pathParameters"] == {"token": "x y"}
    assert event["queryStringParameters"] == {"q": "1,2", "r": ""}
    assert event["cookies"] == ["one=1", "two=2"]
    assert event["headers"]["x-thing"] == "z"
    assert "cookie" not in event["headers"]
    assert event["requestContext"]["domainName"] == urlsplit(url).netloc
    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"


def test_a_form_of_a_page_that_sends_no_referrer_arrives(url: str) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "null"}
    _, body = ask(url, "POST", "/a/t", b"code=123456", form)
    event = json.loads(body)
    assert (event["body"], event["isBase64Encoded"]) == ("Y29kZT0xMjM0NTY=", True)


def test_cookies_status_and_headers_are_the_functions_own(url: str) -> None:
    reply = {"statusCode": 303, "headers": {"location": "/b"}, "cookies": ["a=1", "b=2"], "body": "x"}
    answer, body = ask(url, "GET", f"/a/t?answer={quote(json.dumps(reply))}")
    assert (answer.status, answer.headers["location"], body) == (303, "/b", b"x")
    assert answer.headers.get_all("Set-Cookie") == ["a=1", "b=2"]


def test_what_no_route_takes_and_what_fails_is_said_as_aws_says_it(url: str) -> None:
    answer, body = ask(url, "GET", "/nowhere")
    assert (answer.status, json.loads(body)) == (404, {"message": "Not Found"})
    answer, body = ask(url, "GET", "/a/t?answer={")
    assert (answer.status, json.loads(body)) == (500, {"message": "Internal Server Error"})


@pytest.mark.slow
def test_too_much_is_refused_before_the_function(url: str) -> None:
    answer, body = ask(url, "POST", "/a/t", bytes(10 * 1024 * 1024 + 1))
    assert (answer.status, json.loads(body)) == (413, {"message": "Request Entity Too Large"})


def test_another_host_name_is_refused(url: str) -> None:
    answer, _ = ask(url, "GET", "/a/t", headers={"Host": "evil.example"})
    assert answer.status == 403


def test_the_template_tells_the_function_and_the_reader_the_same_address(target: LocalTarget, client: Client) -> None:
    outputs = target.outputs["stack_outputs"]["FixtureWorkflow"]
    web = client("lambda").get_function_configuration(FunctionName="fixture-web")
    told = web["Environment"]["Variables"]["API_URL"]
    assert told.startswith("http://127.0.0.1:")
    assert outputs["ApiUrl"] == f"{told}/"
    apis: Any = client("apigatewayv2").get_apis()["Items"]
    assert [api["ApiEndpoint"] for api in apis] == [told]


def test_each_request_is_in_the_access_log(url: str, client: Client) -> None:
    ask(url, "GET", "/logged-nowhere")
    found = client("logs").filter_log_events(logGroupName="/fixture/access")["events"]
    line = json.loads(found[-1]["message"])
    assert line == {"route": "-", "status": "404", "length": 23}
