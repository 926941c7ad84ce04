"""SNS as boto3 shows it, for mail subscriptions: moto confirms each at once, checks no token and mails nothing."""

# ruff: noqa: N803
# The names of the parameters are boto3's.

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError


@dataclass
class Entry:
    """One subscription. `authenticated` is None until it is confirmed."""

    topic: str
    protocol: str
    address: str
    token: str
    arn: str
    authenticated: bool | None = None

    @property
    def shown_arn(self) -> str:
        return "PendingConfirmation" if self.authenticated is None else self.arn


class SnsEdge:
    """The calls that the approvers' commands make, answered as AWS answers them."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._numbers = itertools.count(1)

    def subscribe(self, *, TopicArn: str, Protocol: str, Endpoint: str) -> dict[str, Any]:
        same = (TopicArn, Protocol, Endpoint)
        for entry in self.entries:
            if (entry.topic, entry.protocol, entry.address) == same:
                return {"SubscriptionArn": entry.shown_arn}
        number = next(self._numbers)
        self.entries.append(Entry(*same, token=f"{number:0>64}", arn=f"{TopicArn}:{number}"))
        return {"SubscriptionArn": "pending confirmation"}

    def confirm_subscription(
        self, *, TopicArn: str, Token: str, AuthenticateOnUnsubscribe: str = "false"
    ) -> dict[str, Any]:
        for entry in self.entries:
            if (entry.topic, entry.token) == (TopicArn, Token):
                entry.authenticated = AuthenticateOnUnsubscribe == "true"
                return {"SubscriptionArn": entry.arn}
        raise ClientError(
            {"Error": {"Code": "InvalidParameter", "Message": "Invalid token"}}, operation_name="ConfirmSubscription"
        )

    def unsubscribe(self, *, SubscriptionArn: str) -> None:
        self.entries = [entry for entry in self.entries if entry.shown_arn != SubscriptionArn]

    def get_subscription_attributes(self, *, SubscriptionArn: str) -> dict[str, Any]:
        [entry] = [entry for entry in self.entries if entry.shown_arn == SubscriptionArn]
        return {"Attributes": {"ConfirmationWasAuthenticated": str(entry.authenticated).lower()}}

    def get_paginator(self, operation: str) -> SnsEdge:
        assert operation == "list_subscriptions_by_topic"
        return self

    def paginate(self, *, TopicArn: str) -> list[dict[str, Any]]:
        shown = [
            {"Protocol": entry.protocol, "Endpoint": entry.address, "SubscriptionArn": entry.shown_arn}
            for entry in self.entries
            if entry.topic == TopicArn
        ]
        # AWS pages by a hundred; a page an entry finds out who looks at the first alone.
        return [{"Subscriptions": []}, *({"Subscriptions": [one]} for one in shown)]
