"""Outcomes on the event bus, and pages on the operations topic."""

import json
from typing import Any

from lambdas.adapters import clients
from lambdas.core.errors import StoreUnavailableError

SOURCE = "agentops"
_MAX_SUBJECT = 99  # SNS takes fewer than 100 characters, and no line breaks.


def put_event(bus: str, detail_type: str, detail: dict[str, Any]) -> None:
    """Put one event of ours on the bus. Raises StoreUnavailableError when the bus did not take it."""
    with clients.store_errors(f"EventBridge PutEvents on {bus}"):
        reply = clients.events().put_events(
            Entries=[{"EventBusName": bus, "Source": SOURCE, "DetailType": detail_type, "Detail": json.dumps(detail)}]
        )
    if reply["FailedEntryCount"]:
        reason = reply["Entries"][0]
        message = f"EventBridge PutEvents on {bus}: {reason.get('ErrorCode')}: {reason.get('ErrorMessage')}"
        raise StoreUnavailableError(message)


def page(topic_arn: str, subject: str, message: str) -> None:
    """Send a message to operations."""
    flat = " ".join(subject.split()).encode("ascii", errors="replace").decode("ascii")
    with clients.store_errors(f"SNS Publish on {topic_arn}"):
        clients.sns().publish(TopicArn=topic_arn, Subject=flat[:_MAX_SUBJECT], Message=message)
