"""HTTP APIs: what a request meets on its way to the function and back. The functions are the world's."""

import json
import threading
from dataclasses import replace
from typing import Any

from tests.local.emulation.harness import ACCOUNT, REGION, World, refused, scenario


def new_api(world: World, *routes: str, stage: str = "$default", timeout_ms: int = 30_000, **settings: Any) -> str:
    """Create an API whose routes lead to the function `work`, and return its id."""
    gateway = world.client("apigatewayv2")
    api = gateway.create_api(Name="api", ProtocolType="HTTP")["ApiId"]
    integration = gateway.create_integration(
        ApiId=api,
        IntegrationType="AWS_PROXY",
        IntegrationUri=world.new_function(),
        PayloadFormatVersion="2.0",
        TimeoutInMillis=timeout_ms,
    )["IntegrationId"]
    for key in routes or ("$default",):
        gateway.create_route(ApiId=api, RouteKey=key, Target=f"integrations/{integration}")
    gateway.create_stage(ApiId=api, StageName=stage, AutoDeploy=True, **settings)
    return str(api)


def ask(api: str, method: str = "GET", path: str = "/", **more: Any) -> tuple[int, bytes, dict[str, str]]:
    from stacks.local.emulation import http_api

    query = path.partition("?")[2]
    request = http_api.HttpRequest(method, path.partition("?")[0], query, **more)
    reply = http_api.answer(ACCOUNT, REGION, api, request)
    return reply.status, reply.body, {name.lower(): value for name, value in reply.headers}


def said(api: str, **more: Any) -> tuple[int, str]:
    """The status and message of API Gateway's own answer."""
    status, body, headers = ask(api, **more)
    assert headers["content-type"] == "application/json"
    return status, json.loads(body)["message"]


@scenario("Api.__init__")
def the_event_is_the_documented_one(world: World) -> None:
    from stacks.local.emulation import install
    from stacks.local.emulation.runtime import hooks

    opened: list[tuple[str, str]] = []

    def open_api(account: str, region: str, api_id: str) -> str:
        opened.append((account, region))
        return f"http://127.0.0.1:1/{api_id}"

    install(replace(hooks(), open_api=open_api))
    world.clock = 1_583_348_638.390
    api = new_api(world, "POST /my/{name}/{rest+}", StageVariables={"colour": "blue"})
    assert opened == [(ACCOUNT, REGION)]
    assert world.client("apigatewayv2").get_api(ApiId=api)["ApiEndpoint"] == f"http://127.0.0.1:1/{api}"
    headers = (
        ("host", "api.example.com"),
        ("user-agent", "agent"),
        ("x-two", "a,b"),
        ("cookie", "c=1; d=2"),
        ("content-type", "application/json"),
        ("x-forwarded-for", "10.0.0.1"),
    )
    ask(api, "POST", "/my/a%20b/c/d?x=1&x=2&y=%20", headers=headers, body=b'{"a": 1}', source_ip="192.0.2.1")
    ((_, event, _),) = world.calls
    assert set(event) == {
        "version",
        "routeKey",
        "rawPath",
        "rawQueryString",
        "cookies",
        "headers",
        "queryStringParameters",
        "requestContext",
        "body",
        "pathParameters",
        "isBase64Encoded",
        "stageVariables",
    }
    assert (event["version"], event["routeKey"]) == ("2.0", "POST /my/{name}/{rest+}")
    assert (event["rawPath"], event["rawQueryString"]) == ("/my/a b/c/d", "x=1&x=2&y=%20")
    assert event["cookies"] == ["c=1", "d=2"]
    assert event["queryStringParameters"] == {"x": "1,2", "y": " "}
    assert event["pathParameters"] == {"name": "a b", "rest": "c/d"}
    assert (event["body"], event["isBase64Encoded"]) == ('{"a": 1}', False)
    assert event["stageVariables"] == {"colour": "blue"}
    assert (event["headers"]["x-two"], event["headers"]["content-length"]) == ("a,b", "8")
    assert event["headers"]["x-forwarded-for"] == "10.0.0.1, 192.0.2.1"
    context = event["requestContext"]
    assert (context["domainName"], context["domainPrefix"]) == ("api.example.com", "api")
    assert context["http"] == {
        "method": "POST",
        "path": "/my/a b/c/d",
        "protocol": "HTTP/1.1",
        "sourceIp": "192.0.2.1",
        "userAgent": "agent",
    }
    assert (context["time"], context["timeEpoch"]) == ("04/Mar/2020:19:03:58 +0000", 1_583_348_638_390)
    assert (context["accountId"], context["apiId"], context["stage"]) == (ACCOUNT, api, "$default")


@scenario("Api.__init__")
def what_a_request_does_not_have_is_not_in_the_event(world: World) -> None:
    api = new_api(world)
    ask(api)
    event = world.calls[0][1]
    assert set(event) == {
        "version",
        "routeKey",
        "rawPath",
        "rawQueryString",
        "headers",
        "requestContext",
        "isBase64Encoded",
    }
    form = (("content-type", "application/x-www-form-urlencoded"),)
    ask(api, "POST", headers=form, body=b"code=1")
    assert (world.calls[1][1]["body"], world.calls[1][1]["isBase64Encoded"]) == ("Y29kZT0x", True)
    ask(api, "POST", headers=(("content-type", "text/plain"),), body=b"\xff")
    assert world.calls[2][1]["isBase64Encoded"] is True


@scenario("Api.__init__")
def a_throttled_route_answers_429_until_time_has_passed(world: World) -> None:
    limits = {"ThrottlingRateLimit": 2, "ThrottlingBurstLimit": 3}
    api = new_api(world, "GET /a", "GET /b", DefaultRouteSettings=limits)
    world.function = lambda _: {"statusCode": 204}
    world.clock = 1000.0
    assert [ask(api, path="/a")[0] for _ in range(4)] == [204, 204, 204, 429]
    assert said(api, path="/a") == (429, "Too Many Requests")
    assert ask(api, path="/b")[0] == 204
    world.clock = 1000.5
    assert [ask(api, path="/a")[0] for _ in range(2)] == [204, 429]


@scenario("Api.__init__")
def what_goes_wrong_behind_the_api_is_hidden(world: World) -> None:
    api = new_api(world, "GET /a", timeout_ms=50)

    def fail(_: Any) -> Any:
        raise ValueError("the secret")

    world.function = fail
    assert said(api, path="/a") == (500, "Internal Server Error")
    for malformed in (
        {"statusCode": "200"},
        {"statusCode": 200, "body": {}},
        {"statusCode": 200, "headers": {"a": "b\r\nc: d"}},
        {"statusCode": 200, "body": "%", "isBase64Encoded": True},
        {"statusCode": 200, "cookies": "a=1"},
        {"statusCode": 9000},
    ):
        world.function = lambda _, reply=malformed: reply
        assert said(api, path="/a") == (500, "Internal Server Error")
    assert said(api, path="/b") == (404, "Not Found")
    assert said(api, method="POST", path="/a") == (404, "Not Found")
    assert said("unknown", path="/a") == (404, "Not Found")
    released = threading.Event()
    world.function = lambda _: released.wait(5)
    assert said(api, path="/a") == (503, "Service Unavailable")
    released.set()
    world.client("lambda").delete_function(FunctionName="work")
    assert said(api, path="/a") == (500, "Internal Server Error")


@scenario("Api.__init__")
def too_large_a_request_does_not_reach_the_function(world: World) -> None:
    api = new_api(world)
    assert said(api, method="POST", body=bytes(10 * 1024 * 1024 + 1)) == (413, "Request Entity Too Large")
    assert said(api, method="POST", body=bytes(6 * 1024 * 1024)) == (413, "Request Entity Too Large")
    long = tuple((f"x-{number}", "v" * 1024) for number in range(10))
    assert said(api, headers=(*long, ("last", "1"))) == (431, "Request Header Fields Too Large")
    assert world.calls == []


@scenario("Api.__init__")
def a_named_stage_serves_under_its_name(world: World) -> None:
    api = new_api(world, "GET /a", stage="dev")
    assert ask(api, path="/dev/a")[0] == 200
    assert world.calls[0][1]["rawPath"] == "/dev/a"
    assert said(api, path="/a") == (404, "Not Found")


@scenario("Api.__init__")
def access_logs_and_metrics_show_each_request_and_hide_its_path(world: World) -> None:
    logs = world.client("logs")
    logs.create_log_group(logGroupName="/access")
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/access"
    template = (
        "$context.routeKey|$context.status|$context.identity.userAgent|$context.error.messageString|$context.error"
    )
    settings = {"DestinationArn": arn, "Format": template}
    api = new_api(world, "GET /a/{token}", AccessLogSettings=settings)
    world.function = lambda _: {"statusCode": 200, "body": "x"}
    ask(api, path="/a/secret", headers=(("user-agent", 'an "agent"\n'),))
    ask(api, path="/nowhere")
    lines = [event["message"] for event in logs.filter_log_events(logGroupName="/access")["events"]]
    assert lines == [r"GET /a/{token}|200|an \"agent\"\n|-|-", '-|404|-|"Not Found"|-']
    found = world.client("cloudwatch").list_metrics(Namespace="AWS/ApiGateway", MetricName="4xx")["Metrics"]
    assert {"Name": "ApiId", "Value": api} in found[0]["Dimensions"]
    refused("NotFoundException", world.client("apigatewayv2").get_api, ApiId="unknown")
