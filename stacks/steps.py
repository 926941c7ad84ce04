"""The functions wired: what each is told through its environment and what its role may do."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stacks import functions, permissions
from stacks.approvers import topic_arns

if TYPE_CHECKING:
    from aws_cdk import aws_events as events

    from stacks.config import Configuration
    from stacks.data_stack import DataStack


@dataclass(frozen=True)
class Wiring:
    """A step, the environment variables that it alone gets, and what its role may do."""

    step: functions.Step
    environment: Mapping[str, str]
    allowed: list[permissions.Permission]


@dataclass(frozen=True)
class Need:
    """Something that several steps need: the variables that tell of it, and what it takes to use it."""

    told: Mapping[str, str]
    allowed: Sequence[permissions.Permission] = ()


def wire(
    configuration: Configuration, data: DataStack, bus: events.EventBus, approvals_url: str, approvers: Sequence[str]
) -> list[Wiring]:
    """Every step with what it needs and nothing more. All of them keep the plan's record and append to the audit."""
    needs = _needs(configuration, data, bus, approvals_url, approvers)
    records = Need(
        {"PLANS_TABLE": data.plans.table_name, "AUDIT_TABLE": data.audit.table_name},
        [permissions.keep_plans(data.plans), permissions.append_audit(data.audit)],
    )
    wired: list[Wiring] = []
    for step in functions.STEPS:
        mine = [records, *(needs[name] for name in _NEEDED[step])]
        told = {name: value for need in mine for name, value in need.told.items()}
        wired.append(Wiring(step, told, [one for need in mine for one in need.allowed]))
    return wired


_LOOK = ("endpoints", "wake")
_ASK = ("approvers", "wake")
_NEEDED: dict[functions.Step, tuple[str, ...]] = {
    functions.RECEIVE_INTENT: ("environments", "capture"),
    functions.RETRIEVE_EVIDENCE: ("knowledge",),
    functions.DRAFT_PLAN: ("planner", "capture"),
    functions.CHECK_GUARDRAILS: ("environments", "switch", "open", "endpoints"),
    functions.DESCRIBE_CHANGES: ("model-role", "endpoints"),
    functions.REQUEST_APPROVAL: (*_ASK, "page", "model-role", "endpoints", "open", "enrolment"),
    functions.CLOSE_APPROVAL: _ASK,
    functions.WITHDRAW_PLAN: _ASK,
    functions.DECIDE_APPROVAL: (*_ASK, "page", "endpoints", "enrolment"),
    functions.APPLY_DEPLOYMENT: (
        *("environments", "switch", "open", "endpoints", "model-role", "anchors"),
        *("deploy", "alarms", "quotas"),
    ),
    functions.AWAIT_ENDPOINT: _LOOK,
    functions.RESUME_ON_EVENT: (*_LOOK, "open"),
    functions.VERIFY_DEPLOYMENT: ("endpoints", "alarm-states", "smoke"),
    functions.START_BAKE: (*_LOOK, "alarm-states"),
    functions.VERIFY_BAKE: ("endpoints", "alarm-history", "traffic"),
    functions.ROLL_BACK: ("environments", "switch", "endpoints", "anchors", "take-back"),
    functions.VERIFY_ROLLBACK: ("endpoints", "anchors", "take-back", "alarms"),
    functions.FIND_DEPLOYMENT: ("environments", "switch", "endpoints", "wake", "alarm-states"),
    functions.RECORD_OUTCOME: ("bus", "operations", "anchors", "alarms"),
    functions.SWEEP: (*_ASK, "page", "endpoints", "open", "alarm-states", "runs", "operations", "bus", "anchors"),
    functions.ATTEST_REQUESTER: (),
}


def _needs(
    configuration: Configuration, data: DataStack, bus: events.EventBus, approvals_url: str, approvers: Sequence[str]
) -> dict[str, Need]:
    environments = {name: {"execute_allowed": it.execute_allowed} for name, it in configuration.environments.items()}
    locks = {name: it.audit_lock.model_dump() for name, it in configuration.environments.items()}
    topics = data.to_json_string(topic_arns(configuration, approvers))
    return {
        "environments": Need({"ENVIRONMENTS": json.dumps(environments, sort_keys=True)}),
        "capture": Need({"CAPTURE_BUCKET": data.models.capture.bucket_name}),
        "knowledge": Need(
            # numpy would start a thread a core at import, which a function of one core only pays for.
            {"KNOWLEDGE_BUCKET": data.buckets.knowledge.bucket_name, "OPENBLAS_NUM_THREADS": "1"},
            [permissions.read_knowledge(data.buckets.knowledge)],
        ),
        "planner": _planner(configuration, data),
        "switch": Need(
            {"KILL_SWITCH_PARAMETER": data.kill_switch.parameter_name},
            [permissions.read_kill_switch(data.kill_switch)],
        ),
        "open": Need({}, [permissions.list_open(data.plans)]),
        "endpoints": Need({}, [permissions.describe_endpoints()]),
        "model-role": Need({"MODEL_ROLE_ARN": data.models.role.role_arn}),
        "deploy": Need({}, permissions.deploy_endpoints(data.models.role)),
        "take-back": Need({}, [permissions.take_endpoints_back()]),
        "smoke": Need({}, [permissions.invoke_deployed()]),
        "alarms": Need({}, [permissions.change_alarms()]),
        "alarm-states": Need({}, [permissions.see_alarm_states()]),
        "alarm-history": Need({}, [permissions.look_at_alarms()]),
        "traffic": Need({}, [permissions.count_traffic()]),
        "quotas": Need({}, [permissions.read_quotas()]),
        "wake": Need({}, [permissions.wake_runs()]),
        "runs": Need({}, [permissions.describe_runs(configuration)]),
        "page": Need({"APPROVALS_URL": approvals_url}),
        "approvers": Need(
            {"APPROVER_TOPICS": topics}, permissions.ask_approvers(configuration, approvers, data.operations)
        ),
        "enrolment": Need({}, [permissions.read_approver_secrets(approvers)]),
        "anchors": Need(
            {"AUDIT_BUCKET": data.buckets.audit.bucket_name, "AUDIT_LOCKS": json.dumps(locks, sort_keys=True)},
            [permissions.anchor_audit(data.buckets.audit)],
        ),
        "bus": Need({"EVENT_BUS_NAME": bus.event_bus_name}, [permissions.put_events(bus)]),
        "operations": Need(
            {"OPERATIONS_TOPIC_ARN": data.operations.topic.topic_arn}, permissions.tell_operations(data.operations)
        ),
    }


def _planner(configuration: Configuration, data: DataStack) -> Need:
    nim = configuration.nim
    told = {"NIM_PROVIDER": nim.provider, "NIM_PLANNER_MODEL": nim.planner_model}
    if nim.provider == "sagemaker":
        return Need(
            {**told, "NIM_PLANNER_ENDPOINT": nim.planner_endpoint}, [permissions.invoke_endpoint(nim.planner_endpoint)]
        )
    if nim.provider == "hosted":
        hosted = {"NIM_BASE_URL": nim.base_url, "NIM_SECRET_ARN": data.nim_secret.secret_arn}
        return Need({**told, **hosted}, [permissions.read_secret(data.nim_secret)])
    return Need(told)
