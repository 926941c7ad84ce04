"""Sending a message to whatever an ARN names: targets of rules, alarm actions, destinations, dead-letter queues."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from stacks.local.emulation.clients import client


class TargetError(Exception):
    """A target did not take the message. `retryable` says whether trying again could help."""

    def __init__(self, code: str, message: str, *, retryable: bool) -> None:
        self.code, self.message, self.retryable = code, message, retryable
        super().__init__(f"{code}: {message}")


def send(region: str, arn: str, text: str, options: Mapping[str, Any] | None = None) -> None:
    """Deliver `text` to the resource that `arn` names; `options` are the target's own parameters.

    Raise `TargetError`, with AWS's error code, when the resource refuses or is of a kind that is not emulated.
    """
    kind = arn.split(":")[2] if arn.count(":") >= 5 else ""
    deliver = _DELIVERIES.get(kind)
    if deliver is None:
        raise TargetError("UNSUPPORTED_TARGET", f"the local target cannot deliver to {arn}", retryable=False)
    try:
        deliver(arn.split(":")[3] or region, arn, text, options or {})
    except ClientError as error:
        found: Any = error.response.get("Error", {})
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
        raise TargetError(found["Code"], found["Message"], retryable=status >= 500 or status == 429) from error
    except Exception as error:
        raise TargetError("INTERNAL_ERROR", f"{type(error).__name__}: {error}", retryable=True) from error


def _states(region: str, arn: str, text: str, options: Mapping[str, Any]) -> None:
    del options
    client("stepfunctions", region).start_execution(stateMachineArn=arn, name=str(uuid.uuid4()), input=text)


def _lambda(region: str, arn: str, text: str, options: Mapping[str, Any]) -> None:
    del options
    client("lambda", region).invoke(FunctionName=arn, InvocationType="Event", Payload=text.encode())


def _sns(region: str, arn: str, text: str, options: Mapping[str, Any]) -> None:
    extra = {"Subject": options["Subject"]} if "Subject" in options else {}
    client("sns", region).publish(TopicArn=arn, Message=text, **extra)


def _sqs(region: str, arn: str, text: str, options: Mapping[str, Any]) -> None:
    queues = client("sqs", region)
    url = queues.get_queue_url(QueueName=arn.split(":")[5])["QueueUrl"]
    extra: dict[str, Any] = {}
    if "MessageGroupId" in options:
        extra = {"MessageGroupId": options["MessageGroupId"], "MessageDeduplicationId": str(uuid.uuid4())}
    if "MessageAttributes" in options:
        extra["MessageAttributes"] = options["MessageAttributes"]
    queues.send_message(QueueUrl=url, MessageBody=text, **extra)


def _logs(region: str, arn: str, text: str, options: Mapping[str, Any]) -> None:
    del options
    logs, group, stream = client("logs", region), arn.split(":")[6], str(uuid.uuid4())
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    line = {"timestamp": int(time.time() * 1000), "message": text}
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[line])


_DELIVERIES: Final[dict[str, Callable[[str, str, str, Mapping[str, Any]], None]]] = {
    "states": _states,
    "lambda": _lambda,
    "sns": _sns,
    "sqs": _sqs,
    "logs": _logs,
}
