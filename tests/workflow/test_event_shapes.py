"""The events that the local target's services send have the shape of the examples that AWS publishes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.deploying import NEW, Deploying, until, wanted

pytestmark = pytest.mark.slow

EVENTS = Path(__file__).parents[1] / "events"
PUBLISHED = {
    "CloudWatch Alarm State Change": "cloudwatch-alarm-state-change.deployment.ADAPTED",
    "SageMaker Endpoint State Change": "sagemaker-endpoint-state-change.in-service",
    "SageMaker Endpoint Deployment State Change": "sagemaker-endpoint-deployment-state-change.canary-baking",
}
OPTIONAL = {f".detail.{part}" for part in ("configuration.description", "state.reasonData", "previousState.reasonData")}
"""What the example has because its alarm was described, and evaluated: a new alarm has no reading before its first."""


@pytest.fixture(scope="module")
def sent(deploying: Deploying) -> dict[str, list[dict[str, Any]]]:
    """The events of an update and of its alarm, by detail type."""
    sqs, events = deploying.workflow.client("sqs"), deploying.workflow.client("events")
    queue = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="heard", EventPattern=json.dumps({"detail-type": list(PUBLISHED)}))
    events.put_targets(Rule="heard", Targets=[{"Id": "queue", "Arn": arn}])
    deploying.run(wanted("heard")).ended("deployed")
    seen = deploying.run(wanted("heard", instance_type=NEW)).ended("deployed")
    deploying.fire(seen.documents["deployment"]["alarms"][0])
    heard: dict[str, list[dict[str, Any]]] = {}

    def all_heard() -> bool:
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            event = json.loads(message["Body"])
            heard.setdefault(event["detail-type"], []).append(event)
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return heard.keys() == PUBLISHED.keys()

    until(all_heard, "all kinds of events have come")
    return heard


def fields(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Each field's path and JSON type; what stands in a list counts once."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from fields(inner, f"{at}.{key}")
    elif isinstance(value, list):
        for inner in value[:1]:
            yield from fields(inner, f"{at}[]")
    else:
        yield at, "number" if isinstance(value, int | float) else type(value).__name__


def example(kind: str) -> dict[str, str]:
    published = json.loads((EVENTS / f"{PUBLISHED[kind]}.json").read_text(encoding="utf-8"))
    return {path: shape for path, shape in fields(published) if path not in OPTIONAL}


@pytest.mark.parametrize("kind", PUBLISHED)
def test_an_event_holds_the_fields_of_the_published_example(sent: dict[str, list[dict[str, Any]]], kind: str):
    found = {path: shape for event in sent[kind] for path, shape in fields(event)}
    assert {path: found.get(path) for path in example(kind)} == example(kind)
    # An endpoint's tags are as it was made; AWS's two examples of an endpoint show different parts of it.
    known = {path: shape for each in PUBLISHED for path, shape in example(each).items()}
    more = {path: shape for path, shape in found.items() if path not in OPTIONAL and ".Tags." not in path}
    assert more.items() <= known.items()
