"""AWS as approvals meet it: SNS, Step Functions and SageMaker in memory, with the replies that AWS documents."""

# ruff: noqa: N803 - the arguments are named by boto3

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from lambdas.core.guardrails import EndpointState
from lambdas.core.policies import Approver


@dataclass
class Subscription:
    """One subscription of an approver's topic, as a well-kept one is."""

    address: str
    protocol: str = "email"
    confirmed: bool = True
    authenticated: bool = True


@dataclass
class Sns:
    """Topics `arn:ID` with their subscriptions; `mails` are (approver, subject, text)."""

    subscriptions: dict[str, list[Subscription]]
    mails: list[tuple[str, str, str]] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, people: tuple[Approver, ...]) -> Sns:
        return cls({person.id: [Subscription(person.email)] for person in people})

    def publish(self, *, TopicArn: str, Subject: str, Message: str) -> None:
        person = TopicArn.removeprefix("arn:")
        if person in self.broken:
            raise refusal("InternalError", "Publish")
        assert "\n" not in Subject
        assert len(Subject) < 100
        self.mails.append((person, Subject, Message))

    def get_paginator(self, operation: str) -> Sns:
        assert operation == "list_subscriptions_by_topic"
        return self

    def paginate(self, *, TopicArn: str) -> Iterator[dict[str, Any]]:
        person = TopicArn.removeprefix("arn:")
        for number, one in enumerate(self.subscriptions.get(person, [])):
            arn = f"arn:{person}:{number}" if one.confirmed else "PendingConfirmation"
            yield {"Subscriptions": [{"SubscriptionArn": arn, "Protocol": one.protocol, "Endpoint": one.address}]}

    def get_subscription_attributes(self, *, SubscriptionArn: str) -> dict[str, Any]:
        _, person, number = SubscriptionArn.split(":")
        authenticated = str(self.subscriptions[person][int(number)].authenticated).lower()
        return {"Attributes": {"ConfirmationWasAuthenticated": authenticated, "PendingConfirmation": "false"}}


@dataclass
class StepFunctions:
    """Task tokens: each is answered once, as in AWS; `answers` are (token, "success" or the error, cause)."""

    answers: list[tuple[str, ...]] = field(default_factory=list)

    def send_task_success(self, *, taskToken: str, output: str) -> None:
        self._answer(taskToken, "success")

    def send_task_failure(self, *, taskToken: str, error: str, cause: str) -> None:
        self._answer(taskToken, error, cause)

    def _answer(self, token: str, *what: str) -> None:
        if any(known == token for known, *_ in self.answers):
            raise refusal("TaskTimedOut", "SendTaskSuccess")
        self.answers.append((token, *what))


@dataclass
class SageMaker:
    """One endpoint, or none."""

    live: EndpointState | None = None

    def describe_endpoint(self, *, EndpointName: str) -> dict[str, Any]:
        if self.live is None:
            raise refusal("ValidationException", "DescribeEndpoint", f"Could not find endpoint {EndpointName}.")
        variants = [
            {"VariantName": variant.name, "CurrentInstanceCount": variant.instance_count}
            for variant in self.live.variants
        ]
        return {
            "EndpointArn": f"arn:{EndpointName}",
            "EndpointConfigName": self.live.config_name,
            "EndpointStatus": self.live.status,
            "ProductionVariants": variants,
        }

    def describe_endpoint_config(self, *, EndpointConfigName: str) -> dict[str, Any]:
        assert self.live
        assert self.live.config_name == EndpointConfigName
        variants = [
            {
                "VariantName": variant.name,
                "InstanceType": variant.instance_type,
                "InitialInstanceCount": variant.instance_count,
            }
            for variant in self.live.variants
        ]
        return {"ProductionVariants": variants}

    def list_tags(self, *, ResourceArn: str) -> dict[str, Any]:
        assert self.live
        assert ResourceArn.startswith("arn:")
        return {"Tags": [{"Key": key, "Value": value} for key, value in self.live.tags.items()]}


def refusal(code: str, operation: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)
