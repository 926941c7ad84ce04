"""Who answers an alarm, or a person who wants an endpoint back as it was: read the request, and judge its age."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from pydantic import ConfigDict, Field, ValidationError

from lambdas.core.contracts.base import Contract, EndpointName
from lambdas.core.contracts.deployment import Deployed
from lambdas.core.contracts.intent import MAX_REQUEST_CHARACTERS
from lambdas.core.contracts.verdict import ApprovalNeed, Verdict
from lambdas.core.explain import explain
from lambdas.core.guardrails.approval import need_of
from lambdas.core.policies import ApprovalRule
from lambdas.core.receiving import RequestRefusedError
from lambdas.core.text import canonical_text

AUTOMATIC = timedelta(hours=24)
"""How long after a deployment an alarm takes it back without asking: until then, the change is the first suspect."""

_ALARM_EVENT = "CloudWatch Alarm State Change"


class _State(Contract):
    model_config = ConfigDict(extra="ignore")
    value: str
    timestamp: str
    reason: str = ""


class _AlarmDetail(Contract):
    model_config = ConfigDict(extra="ignore")
    alarmName: str  # noqa: N815 - CloudWatch's own name
    state: _State


class _AlarmEvent(Contract):
    model_config = ConfigDict(extra="ignore")
    resources: tuple[str, ...] = ()
    detail: _AlarmDetail


class _Asked(Contract):
    endpoint: EndpointName
    reason: str = Field(default="", max_length=1_000)
    requester: str = Field(default="", max_length=200)


class RollbackRequest(Contract):
    """What a rollback was started with: an alarm, or an endpoint that a person named. One of the two is empty."""

    alarm: str
    endpoint: str
    cause: str
    requester: str
    key: str
    """The same alarm's same change of state, or the same run: answered once."""
    fired_at: str = ""
    """When the alarm went to ALARM, by CloudWatch (ISO 8601); empty where a person asks."""


def read_rollback_request(text: str, characters: int, run: str) -> RollbackRequest:
    """Return the request in an execution's input, which `text` holds as `{"input": ...}`.

    Raises RequestRefusedError for anything but an alarm in ALARM or `{"endpoint": NAME}`.
    """
    if characters > MAX_REQUEST_CHARACTERS:
        message = f"the input has {characters:,} characters; at most {MAX_REQUEST_CHARACTERS:,} are read"
        raise RequestRefusedError(message)
    try:
        fields = _object(_object(json.loads(text)).get("input"))
        return _of_alarm(fields) if "detail-type" in fields else _of_person(fields, run)
    except ValidationError as error:
        raise RequestRefusedError(explain(error)[:900]) from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, RequestRefusedError):
            raise
        message = f"the input holds a value that JSON cannot, or is nested too deeply: {error}"
        raise RequestRefusedError(message) from error


def endpoints_of_alarm(alarm: str) -> list[str]:
    """Return the endpoints that `agentops-ENDPOINT-METRIC-DIGEST8` may mean, longest first: both inner parts hyphen."""
    parts = alarm.split("-")
    if parts[0] != "agentops" or len(parts) < 4:
        return []
    inner = parts[1:-1]
    return ["-".join(inner[:length]) for length in range(len(inner) - 1, 0, -1)]


def is_automatic(deployed: Deployed, asked_at: str) -> bool:
    """Is the deployment so young at that time (UTC, ISO 8601) that it is taken back without asking?

    Not where it was itself gone back to: the fleet that failed left its errors in the same metrics, so that the alarms
    of the one before may fire for them, too.
    """
    age = datetime.fromisoformat(asked_at) - datetime.fromisoformat(deployed.at)
    return age <= AUTOMATIC and not deployed.returned_to


def rollback_need(verdict: Verdict | None, rules: Sequence[ApprovalRule], *, attested: bool) -> ApprovalNeed:
    """Return whom policy asks about taking a deployment back, of which `verdict` is the one that let it go on.

    By today's rules, for who was named then may have left: those that asked for the deployment. Where none did, one of
    everybody is enough. `attested`: does CloudTrail say who wants it back?
    """
    findings = verdict.findings if verdict else ()
    asking = {found.rule for found in findings if found.outcome == "needs_approval"}
    if not asking:
        return need_of(rules, attested=attested).model_copy(update={"needed": 1, "assurance": "totp"})
    return need_of([rule for rule in rules if rule.id in asking] or rules, attested=attested)


def was_answered(request: RollbackRequest, deployed: Deployed) -> bool:
    """Did the alarm fire before its endpoint was taken back to what it runs now? Then that was the answer.

    The release before a bad one has alarms on the same metrics: they fire with it, and may be told late.
    """
    if request.alarm not in deployed.alarms or not deployed.returned_to:
        return False
    return datetime.fromisoformat(request.fired_at) <= datetime.fromisoformat(deployed.at)


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        message = 'the input is no JSON object; give {"endpoint": "NAME", "reason": "WHY"}'
        raise RequestRefusedError(message)
    return cast("dict[str, Any]", value)


def _of_alarm(fields: dict[str, Any]) -> RollbackRequest:
    if fields["detail-type"] != _ALARM_EVENT:
        message = f"the event's detail-type is {fields['detail-type']!r}; only {_ALARM_EVENT} asks for a rollback"
        raise RequestRefusedError(message)
    event = _AlarmEvent.model_validate_json(json.dumps(fields))
    name, state = event.detail.alarmName, event.detail.state
    if state.value != "ALARM":
        message = f"alarm {name} is {state.value}; only ALARM asks for a rollback"
        raise RequestRefusedError(message)
    cause = canonical_text(f"alarm {name}: {state.reason or 'no reason was given'}")[:1_000]
    arn = event.resources[0] if event.resources else name
    return RollbackRequest(
        alarm=name,
        endpoint="",
        cause=cause,
        requester="Amazon CloudWatch",
        key=f"alarm:{arn}@{state.timestamp}",
        fired_at=datetime.fromisoformat(state.timestamp).isoformat(),
    )


def _of_person(fields: dict[str, Any], run: str) -> RollbackRequest:
    asked = _Asked.model_validate_json(json.dumps(fields))
    requester = canonical_text(asked.requester) or "not named"
    cause = canonical_text(asked.reason) or f"asked for by {requester}"
    return RollbackRequest(alarm="", endpoint=asked.endpoint, cause=cause, requester=requester, key=f"execution:{run}")
