"""Scheduled rules: fired by the clock or by hand, delivered as any rule is."""

import json
from typing import Any

from tests.local.emulation.harness import ACCOUNT, REGION, World, refused, scenario, until


def every(world: World, expression: str, *targets: dict[str, Any], **settings: Any) -> str:
    events = world.client("events")
    arn = events.put_rule(Name="sweep", ScheduleExpression=expression, **settings)["RuleArn"]
    events.put_targets(Rule="sweep", Targets=[{"Id": str(n), **target} for n, target in enumerate(targets)])
    return str(arn)


@scenario("EventsBackend.put_rule")
def a_rate_fires_first_after_a_whole_period(world: World) -> None:
    from stacks.local.emulation.schedules import fire_due

    world.clock = 1_790_000_000.0
    url, queue = world.new_queue("ticks")
    rule = every(world, "rate(5 minutes)", {"Arn": queue})
    fired: list[str] = []
    for step in (0, 299, 1, 1, 298, 1):
        world.clock += step
        fired += [f"{world.clock - 1_790_000_000:.0f}" for _ in fire_due(ACCOUNT, REGION)]
    assert fired == ["300", "600"]
    event = json.loads(world.received(url, 2)[0]["Body"])
    assert (event["source"], event["detail-type"], event["detail"]) == ("aws.events", "Scheduled Event", {})
    assert (event["resources"], event["account"], event["region"]) == ([rule], ACCOUNT, REGION)
    assert set(event) == {
        "version",
        "id",
        "detail-type",
        "source",
        "account",
        "time",
        "region",
        "resources",
        "detail",
    }


@scenario("EventsBackend.put_rule")
def a_disabled_rule_waits_and_begins_a_new_period_when_enabled(world: World) -> None:
    from stacks.local.emulation.schedules import fire_due

    world.clock = 1_790_000_000.0
    every(world, "rate(1 minute)", State="DISABLED")
    world.clock += 90
    assert fire_due(ACCOUNT, REGION) == []
    world.client("events").enable_rule(Name="sweep")
    assert fire_due(ACCOUNT, REGION) == []
    world.clock += 59
    assert fire_due(ACCOUNT, REGION) == []
    world.clock += 600
    assert fire_due(ACCOUNT, REGION) == ["sweep"]
    assert fire_due(ACCOUNT, REGION) == []


@scenario("EventsBackend.put_rule")
def a_scheduled_function_is_tried_three_times_and_then_reported(world: World) -> None:
    from werkzeug.test import Client
    from werkzeug.wrappers import Response

    from stacks.local.schedule_control import PATH, with_schedule_control

    url, queue = world.new_queue("dead")
    function = world.new_function(DeadLetterConfig={"TargetArn": queue})

    def fail(_: Any) -> Any:
        raise ValueError("no")

    world.function = fail
    every(world, "cron(0 3 * * ? *)", {"Arn": function, "Input": '{"sweep": true}'})
    world.new_rule({"source": ["aws.events"]}, {"Arn": function})
    control = Client(with_schedule_control(Response("the endpoint"), ACCOUNT, REGION))
    assert control.post(PATH, query_string={"name": "gone"}).status_code == 404
    assert world.calls == []
    (known,) = json.loads(control.post(PATH, query_string={"name": "sweep"}).text)
    assert (known["name"], known["schedule"], known["state"]) == ("sweep", "cron(0 3 * * ? *)", "ENABLED")
    assert json.loads(world.received(url)[0]["Body"]) == {"sweep": True}
    until(lambda: len(world.calls) == 3)
    assert control.get("/elsewhere").text == "the endpoint"


@scenario("EventsBackend.put_rule")
def a_schedule_that_is_none_is_refused(world: World) -> None:
    put = world.client("events").put_rule
    for expression in ("rate(0 minutes)", "cron(0 10 * * * *)", "cron(x)"):
        refused("ValidationException", put, Name="sweep", ScheduleExpression=expression)
