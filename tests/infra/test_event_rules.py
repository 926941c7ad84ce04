"""Which events the rules pick: AWS's own shapes, and what comes near them and must not be picked."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.events.models import EventPattern

from tests.infra.templates import ROOT, Json, of_type

EVENTS = ROOT / "tests" / "events"
ALARM = "cloudwatch-alarm-state-change.deployment.ADAPTED"
CHANGED = "sagemaker-endpoint-state-change.in-service"
BAKING = "sagemaker-endpoint-deployment-state-change.canary-baking"
STARTED = "cloudtrail-start-execution.ENVELOPED"


def machine_arn(name: str) -> str:
    return f"arn:aws:states:us-east-1:123456789012:stateMachine:{name}"


@pytest.fixture(scope="module")
def template() -> Json:
    from tests.infra.rule_stack import synthesise_rules  # it starts the CDK's JavaScript

    return synthesise_rules()


@pytest.fixture(scope="module")
def rules(template: Json) -> dict[str, Json]:
    return {rule["Name"]: rule for rule in of_type(template, "AWS::Events::Rule").values()}


def event(name: str, **changed: Any) -> Json:
    """A published event with values put into its places, such as `detail__state__value="OK"`; None takes one out."""
    found: Json = copy.deepcopy(json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8")))
    for path, value in changed.items():
        place = found
        *above, last = path.replace("detail_type", "detail-type").split("__")
        for key in above:
            place = place[key]
        if value is None:
            del place[last]
        else:
            place[last] = value
    return found


def alarm(alarm_name: str, **changed: Any) -> Json:
    """A deployment's alarm that fires, under another name."""
    arn = f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{alarm_name}"
    return event(ALARM, **{"detail__alarmName": alarm_name, "resources": [arn], **changed})


def picks(rules: dict[str, Json], rule: str, given: Json) -> bool:
    return EventPattern.load(json.dumps(rules[f"agentops-{rule}"]["EventPattern"])).matches_event(given)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("before", ["OK", "INSUFFICIENT_DATA", "ALARM"])
def test_a_deployments_alarm_that_fires_starts_a_rollback_whatever_it_was_before(
    rules: dict[str, Json], before: str
) -> None:
    assert picks(rules, "alarm-fired", event(ALARM, detail__previousState__value=before))


def test_an_alarm_of_metric_math_starts_one_too(rules: dict[str, Json]) -> None:
    math = [{"id": "rate", "expression": "errors / calls", "returnData": True}]
    assert picks(rules, "alarm-fired", event(ALARM, detail__configuration__metrics=math))


def test_the_first_reading_of_an_alarm_counts_although_it_has_no_reason_data(rules: dict[str, Json]) -> None:
    assert picks(rules, "alarm-fired", event(ALARM, detail__previousState__reasonData=None))


NEAR_ALARMS: dict[str, Json] = {
    "somebody else's": event("cloudwatch-alarm-state-change.metric"),
    "back to OK": event(ALARM, detail__state__value="OK"),
    "no data": event(ALARM, detail__state__value="INSUFFICIENT_DATA"),
    "the system's own": alarm("agentops-system-unexpected-failures"),
    "a name that only contains ours": alarm("not-agentops-chatbot-x-prod-latency-0a1b2c3d"),
    "another case": alarm("AgentOps-chatbot-x-prod-latency-0a1b2c3d"),
    "a composite": event("cloudwatch-alarm-state-change.composite"),
    "a composite with a name like ours": alarm("agentops-all", detail__configuration={"alarmRule": "ALARM(x)"}),
    "another account's": event(ALARM, resources=["arn:aws:cloudwatch:us-east-1:999999999999:alarm:agentops-x"]),
    "another region's": event(ALARM, resources=["arn:aws:cloudwatch:eu-west-1:123456789012:alarm:agentops-x"]),
    "a configuration change": event(ALARM, detail_type="CloudWatch Alarm Configuration Change"),
    "put by somebody": event(ALARM, source="custom.cloudwatch"),
    "an endpoint's event": event(CHANGED),
    "a request": {"source": "ci", "detail-type": "DeploymentRequested", "detail": {"intent": "deploy"}},
}


@pytest.mark.parametrize("near", NEAR_ALARMS.values(), ids=NEAR_ALARMS)
def test_what_is_not_a_deployments_alarm_that_fires_starts_nothing(rules: dict[str, Json], near: Json) -> None:
    assert not picks(rules, "alarm-fired", near)


@given(name=st.one_of(st.text(min_size=1), st.text().map("agentops-".__add__), st.text().map("agentops-sys".__add__)))
def test_a_name_alone_decides_whose_alarm_it_is(rules: dict[str, Json], name: str) -> None:
    ours = name.startswith("agentops-") and not name.startswith("agentops-system-")
    assert picks(rules, "alarm-fired", alarm(name)) is ours


@pytest.mark.parametrize("name", [CHANGED, BAKING])
def test_both_of_sagemakers_events_about_endpoints_are_looked_at(rules: dict[str, Json], name: str) -> None:
    assert picks(rules, "endpoint-changed", event(name))


@pytest.mark.parametrize("status", ["FAILED", "ROLLING_BACK", "UPDATE_ROLLBACK_FAILED", "DELETING", "Never seen"])
def test_an_endpoints_event_is_looked_at_whatever_its_status(rules: dict[str, Json], status: str) -> None:
    assert picks(rules, "endpoint-changed", event(CHANGED, detail__EndpointStatus=status))


NEAR_ENDPOINTS: dict[str, Json] = {
    "a processing job": event("sagemaker-processing-job-state-change.failed"),
    "an endpoint configuration": event(CHANGED, detail_type="SageMaker Endpoint Config State Change"),
    "an alarm of an endpoint": event(ALARM),
    "put by somebody": event(CHANGED, source="custom.sagemaker"),
}


@pytest.mark.parametrize("near", NEAR_ENDPOINTS.values(), ids=NEAR_ENDPOINTS)
def test_other_events_wake_nobody(rules: dict[str, Json], near: Json) -> None:
    assert not picks(rules, "endpoint-changed", near)


def ended(how: str, machine: str, **more: Any) -> Json:
    name = f"stepfunctions-execution-status-change.{how}"
    return event(name, detail__stateMachineArn=machine_arn(machine), **more)


@pytest.mark.parametrize("machine", ["deployment", "rollback"])
@pytest.mark.parametrize("how", ["failed", "timed-out", "aborted"])
def test_an_execution_that_ended_badly_is_swept_up_with_or_without_a_named_error(
    rules: dict[str, Json], how: str, machine: str
) -> None:
    assert picks(rules, "sweep-death", ended(how, machine))
    assert picks(rules, "sweep-death", ended(how, machine, detail__error="States.Runtime", detail__cause="x"))


@pytest.mark.parametrize("how", ["running", "succeeded"])
def test_an_execution_that_runs_or_ended_well_is_not_swept_up(rules: dict[str, Json], how: str) -> None:
    assert not picks(rules, "sweep-death", ended(how, "deployment"))


@pytest.mark.parametrize("machine", ["deployment-2", "others", "deployment:1"])
def test_another_machines_execution_is_not_swept_up(rules: dict[str, Json], machine: str) -> None:
    assert not picks(rules, "sweep-death", ended("failed", machine))


def test_a_sweep_comes_every_five_minutes_and_names_no_execution(rules: dict[str, Json]) -> None:
    schedule = rules["agentops-sweep-schedule"]
    assert schedule["ScheduleExpression"] == "rate(5 minutes)"
    assert [target["Input"] for target in schedule["Targets"]] == ["{}"]


def start(**changed: Any) -> Json:
    return event(STARTED, **{"detail__requestParameters__stateMachineArn": machine_arn("deployment"), **changed})


def test_a_start_of_either_machine_is_attested(rules: dict[str, Json]) -> None:
    assert picks(rules, "execution-started", start())
    assert picks(rules, "execution-started", start(detail__requestParameters__stateMachineArn=machine_arn("rollback")))


NEAR_STARTS: dict[str, Json] = {
    "of another machine": event(STARTED),
    "refused": start(detail__errorCode="AccessDenied", detail__errorMessage="not authorized"),
    "synchronous, which no standard machine takes": start(detail__eventName="StartSyncExecution"),
    "a stop": start(detail__eventName="StopExecution"),
    "without parameters": start(detail__requestParameters={}),
    "put by somebody": start(source="custom.states"),
    "a sign-in": start(detail_type="AWS Console Sign In via CloudTrail"),
}


@pytest.mark.parametrize("near", NEAR_STARTS.values(), ids=NEAR_STARTS)
def test_what_is_no_start_attests_nobody(rules: dict[str, Json], near: Json) -> None:
    assert not picks(rules, "execution-started", near)


def test_every_rule_listens_where_aws_speaks_hands_on_the_event_and_keeps_what_it_cannot_deliver(
    rules: dict[str, Json],
) -> None:
    assert len(rules) == 5
    for name, rule in rules.items():
        assert "EventBusName" not in rule, name
        [target] = rule["Targets"]
        assert "EventPattern" not in rule or not {"Input", "InputPath", "InputTransformer"} & set(target), name
        assert "DeadLetters" in json.dumps(target["DeadLetterConfig"]), name
        assert target["RetryPolicy"]["MaximumRetryAttempts"] == 185, name


def test_the_alarm_rule_starts_the_rollback_machine(rules: dict[str, Json]) -> None:
    assert rules["agentops-alarm-fired"]["Targets"][0]["Arn"] == machine_arn("rollback")


def test_each_rule_may_call_its_function_by_version_and_no_other_rule_may(template: Json) -> None:
    called = of_type(template, "AWS::Lambda::Permission").values()
    assert len(called) == 4
    for permission in called:
        assert permission["Principal"] == "events.amazonaws.com"
        assert "Version" in permission["FunctionName"]
        [rule, attribute] = permission["SourceArn"]["Fn::GetAtt"]
        assert attribute == "Arn"
        assert template["Resources"][rule]["Type"] == "AWS::Events::Rule"


def test_every_event_names_its_source() -> None:
    sources = (EVENTS / "SOURCES.md").read_text(encoding="utf-8")
    for path in EVENTS.glob("*.json"):
        name = path.name.removesuffix(".json")
        family = name.split(".")[0]
        assert f"`{name}`" in sources or f"`{family}.*`" in sources or f"`.{name.rpartition('.')[2]}`" in sources, name
