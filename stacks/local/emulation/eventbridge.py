"""EventBridge: rules deliver to targets in the background, with transformers, retries and dead-letter queues."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateUsage=false
# moto's EventBridge is typed only in part.

from __future__ import annotations

import datetime
import json
import logging
import uuid
from collections.abc import Sequence
from typing import Any, Final

from moto.events.models import EventsBackend, Rule, events_backends

from stacks.local.emulation import runtime, service_metrics, targets
from stacks.local.emulation.input_transformer import render
from stacks.local.emulation.patching import patch

log = logging.getLogger(__name__)
MAX_ENTRY_BYTES: Final = 262_144
DEFAULT_RETRIES: Final = 185
DEFAULT_MAX_AGE_S: Final = 86_400
_stock_put_events = EventsBackend.put_events


def put_events(self: EventsBackend, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Stock moto delivers inside the call, fails it when a target fails, and takes oversized and `aws.` events.

    AWS answers once the event is accepted; what happens at a target never reaches the sender. `Detail` that is not a
    JSON object is MalformedDetail, a reserved source is NotAuthorizedForSourceException.
    """
    if len(events) > 10:
        return _stock_put_events(self, events)
    return [_refusal(entry) or _accept(self, entry) for entry in events]


def _refusal(entry: dict[str, Any]) -> dict[str, Any] | None:
    for field in ("Source", "DetailType", "Detail"):
        if not entry.get(field):
            reason = f"Parameter {field} is not valid. Reason: {field} is a required argument."
            return {"ErrorCode": "InvalidArgument", "ErrorMessage": reason}
    if str(entry["Source"]).lower().startswith("aws."):
        return {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "Not authorized for the source."}
    if _size(entry) > MAX_ENTRY_BYTES:
        reason = f"Total size of the entry is greater than {MAX_ENTRY_BYTES} bytes."
        return {"ErrorCode": "InvalidArgument", "ErrorMessage": reason}
    if not isinstance(_detail(entry["Detail"]), dict):
        return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    return None


def _size(entry: dict[str, Any]) -> int:
    """Count as AWS does: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html."""
    texts = [entry["Source"], entry["DetailType"], entry["Detail"], *(entry.get("Resources") or [])]
    return sum(len(str(text).encode()) for text in texts) + (14 if entry.get("Time") else 0)


def _detail(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _accept(backend: EventsBackend, entry: dict[str, Any]) -> dict[str, Any]:
    bus = backend._normalize_event_bus_arn(entry.get("EventBusName"))
    event = _event(backend, entry["Source"], entry["DetailType"], _detail(entry["Detail"]), entry)
    _route(backend, bus, event)
    return {"EventId": event["id"]}


def publish(
    account: str, region: str, *, source: str, detail_type: str, detail: Any, resources: Sequence[str] = ()
) -> None:
    """Put an event of an AWS service onto the default bus, which only AWS itself may do."""
    backend = events_backends[account][region]
    event = _event(backend, source, detail_type, detail, {"Resources": list(resources)})
    _route(backend, "default", event)


def _event(backend: EventsBackend, source: str, detail_type: str, detail: Any, entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": backend.account_id,
        "time": _time(entry.get("Time")),
        "region": backend.region_name,
        "resources": entry.get("Resources") or [],
        "detail": detail,
    }


def _time(given: Any) -> str:
    if isinstance(given, str):
        moment = datetime.datetime.fromisoformat(given.replace("Z", "+00:00"))
    else:
        seconds = float(given) if given is not None else runtime.hooks().now()
        moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _route(backend: EventsBackend, bus: str, event: dict[str, Any]) -> None:
    for rule in list(backend.describe_event_bus(bus).rules.values()):
        if rule.state == "ENABLED" and rule.event_pattern.get_pattern():
            rule.send_to_targets(event)  # pyright: ignore[reportArgumentType]


def send_to_targets(self: Rule, original_event: Any, transform_input: object = None) -> None:
    """Stock moto raises NotImplementedError for states, lambda and sns targets, and ignores Input and InputPath.

    AWS delivers to each target on its own, at least once, retrying as the target's RetryPolicy says; what it cannot
    deliver goes to the target's dead-letter queue with the reason in the message's attributes.
    """
    del transform_input
    if self.event_pattern.matches_event(original_event):
        _deliver(self, original_event)


def _deliver(rule: Rule, event: dict[str, Any]) -> None:
    for target in list(rule.targets):
        runtime.in_background(f"rule-{rule.name}", _Delivery(rule, target, event).run)


def fire(rule: Rule) -> None:
    """Send a scheduled rule's event to its own targets; nobody else on the bus sees it."""
    backend = events_backends[rule.account_id][rule.region_name]
    _deliver(rule, _event(backend, "aws.events", "Scheduled Event", {}, {"Resources": [rule.arn]}))


class _Delivery:
    """One event on its way to one target."""

    def __init__(self, rule: Rule, target: dict[str, Any], event: dict[str, Any]) -> None:
        self._rule, self._target, self._event = rule, target, event
        policy = target.get("RetryPolicy") or {}
        self._retries = int(policy.get("MaximumRetryAttempts", DEFAULT_RETRIES))
        self._max_age = float(policy.get("MaximumEventAgeInSeconds", DEFAULT_MAX_AGE_S))

    def run(self) -> None:
        host = runtime.hooks()
        begun, attempt = host.now(), 0
        while True:
            try:
                self._send()
            except targets.TargetError as error:
                exhausted = self._exhausted(error, attempt, host.now() - begun)
                if exhausted is not None:
                    self._give_up(error, attempt, exhausted)
                    return
            else:
                return
            attempt += 1
            host.back_off.sleep(host.back_off.seconds(attempt))

    def _send(self) -> None:
        text = render(self._target, self._event, rule_arn=self._rule.arn, rule_name=self._rule.name)
        options = {**(self._target.get("SqsParameters") or {})}
        targets.send(self._rule.region_name, self._target["Arn"], text, options)

    def _exhausted(self, error: targets.TargetError, attempt: int, age: float) -> str | None:
        if not error.retryable:
            return ""
        if attempt >= self._retries:
            return "MaximumRetryAttempts"
        return "MaximumEventAgeInSeconds" if age >= self._max_age else None

    def _give_up(self, error: targets.TargetError, attempt: int, exhausted: str) -> None:
        named = {"EventBusName": self._rule.event_bus_name, "RuleName": self._rule.name}
        for dimensions in (named, {"RuleName": self._rule.name}):
            failed = {"FailedInvocations": (1.0, "Count")}
            service_metrics.record(self._rule.account_id, self._rule.region_name, "AWS/Events", failed, dimensions)
        queue = (self._target.get("DeadLetterConfig") or {}).get("Arn")
        if not queue:
            log.warning("rule %s dropped an event for %s: %s", self._rule.name, self._target["Arn"], error)
            return
        attributes = {
            "RULE_ARN": self._rule.arn,
            "TARGET_ARN": self._target["Arn"],
            "ERROR_CODE": error.code,
            "ERROR_MESSAGE": error.message,
            "RETRY_ATTEMPTS": str(attempt),
            **({"EXHAUSTED_RETRY_CONDITION": exhausted} if exhausted else {}),
        }
        shaped = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        targets.send(self._rule.region_name, queue, json.dumps(self._event), {"MessageAttributes": shaped})


def install() -> None:
    """Patch PutEvents and the delivery to targets."""
    patch(EventsBackend, "put_events", put_events)
    patch(Rule, "send_to_targets", send_to_targets)
