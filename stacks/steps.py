"""The functions wired: what each is told through its environment and what its role may do."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lambdas.core.policies.approvals import SECRETS_PREFIX
from stacks import functions, permissions
from stacks.approvers import topic_arns
from stacks.buckets import vector_bucket_name

if TYPE_CHECKING:
    from aws_cdk import aws_events as events

    from stacks.config import Configuration
    from stacks.data_stack import DataStack
    from stacks.nim_settings import NimModel


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
    """Every step with what it needs and nothing more. Whatever serves a plan keeps its record and its audit."""
    needs = _needs(configuration, data, bus, approvals_url, approvers)
    records = Need(
        {"PLANS_TABLE": data.plans.table_name, "AUDIT_TABLE": data.audit.table_name},
        [permissions.keep_plans(data.plans), permissions.append_audit(data.audit)],
    )
    wired: list[Wiring] = []
    for step in functions.STEPS:
        kept = () if step in _OF_NO_PLAN else (records,)
        mine = [*kept, *(needs[name] for name in _NEEDED[step]), Need({}, _own_actions(step))]
        told = {name: value for need in mine for name, value in need.told.items()}
        wired.append(Wiring(step, told, [one for need in mine for one in need.allowed]))
    return wired


def _own_actions(step: functions.Step) -> list[permissions.Permission]:
    tables = (
        (_ON_ENDPOINTS, permissions.on_endpoints),
        (_ON_ALARMS, permissions.on_alarms),
        (_WAKES, permissions.wake_runs),
    )
    return [allow(actions[step]) for actions, allow in tables if step in actions]


_NEEDED: dict[functions.Step, tuple[str, ...]] = {
    functions.RECEIVE_INTENT: ("environments", "capture"),
    functions.RETRIEVE_EVIDENCE: ("index", "find-vectors", "embedding", "reranking"),
    functions.DRAFT_PLAN: ("planner", "capture"),
    functions.CHECK_GUARDRAILS: ("environments", "switch", "open"),
    functions.DESCRIBE_CHANGES: ("model-role",),
    functions.REQUEST_APPROVAL: ("approvers", "subscribers", "enrolment", "page", "model-role", "open"),
    functions.CLOSE_APPROVAL: ("approvers",),
    functions.WITHDRAW_PLAN: ("approvers",),
    functions.DECIDE_APPROVAL: ("approvers", "enrolment", "page"),
    functions.APPLY_DEPLOYMENT: ("environments", "switch", "open", "model-role", "pass-role", "anchors", "quotas"),
    functions.AWAIT_ENDPOINT: (),
    functions.RESUME_ON_EVENT: ("open",),
    functions.VERIFY_DEPLOYMENT: (),
    functions.START_BAKE: (),
    functions.VERIFY_BAKE: ("traffic",),
    functions.ROLL_BACK: ("switch", "anchors"),
    functions.VERIFY_ROLLBACK: ("switch", "anchors"),
    functions.FIND_DEPLOYMENT: ("approvers",),
    functions.RECORD_OUTCOME: ("bus", "operations", "anchors"),
    functions.SWEEP: ("approvers", "page", "open", "runs", "operations", "anchors"),
    functions.ATTEST_REQUESTER: ("runs", "anchors"),
    functions.INDEX_KNOWLEDGE: ("documents", "index", "build-index", "build-vectors", "embedding"),
    functions.SEARCH_KNOWLEDGE: ("index", "find-vectors", "embedding", "reranking"),
}
_OF_NO_PLAN = {functions.INDEX_KNOWLEDGE, functions.SEARCH_KNOWLEDGE}
_SEE = ("DescribeEndpoint", "DescribeEndpointConfig", "ListTags")
_ON_ENDPOINTS: dict[functions.Step, tuple[str, ...]] = {
    functions.CHECK_GUARDRAILS: _SEE,
    functions.DESCRIBE_CHANGES: _SEE,
    functions.REQUEST_APPROVAL: _SEE,
    functions.DECIDE_APPROVAL: _SEE,
    functions.APPLY_DEPLOYMENT: (
        *(*_SEE, "DescribeModel", "AddTags"),
        *("CreateEndpoint", "CreateEndpointConfig", "CreateModel", "UpdateEndpoint"),
    ),
    functions.AWAIT_ENDPOINT: ("DescribeEndpoint",),
    functions.RESUME_ON_EVENT: ("DescribeEndpoint",),
    functions.VERIFY_DEPLOYMENT: ("DescribeEndpoint", "InvokeEndpoint"),
    functions.VERIFY_BAKE: ("DescribeEndpoint",),
    functions.ROLL_BACK: (*_SEE, "DescribeModel", "DeleteEndpoint", "UpdateEndpoint"),
    functions.VERIFY_ROLLBACK: (
        *("DescribeEndpoint", "DescribeEndpointConfig", "DescribeModel"),
        *("DeleteEndpointConfig", "DeleteModel"),
    ),
    functions.FIND_DEPLOYMENT: ("DescribeEndpoint",),
    functions.RECORD_OUTCOME: ("DescribeEndpoint",),
    functions.SWEEP: ("DescribeEndpoint",),
}
_ON_ALARMS: dict[functions.Step, tuple[str, ...]] = {
    functions.APPLY_DEPLOYMENT: ("DeleteAlarms", "DescribeAlarms", "PutMetricAlarm", "TagResource"),
    functions.VERIFY_DEPLOYMENT: ("DescribeAlarmHistory", "DescribeAlarms"),
    functions.START_BAKE: ("DescribeAlarms",),
    functions.VERIFY_BAKE: ("DescribeAlarmHistory", "DescribeAlarms"),
    functions.VERIFY_ROLLBACK: ("DeleteAlarms", "DescribeAlarms", "PutMetricAlarm", "TagResource"),
    functions.RECORD_OUTCOME: ("DeleteAlarms", "DescribeAlarms"),
    functions.SWEEP: ("DeleteAlarms", "DescribeAlarms"),
}
_BOTH = ("SendTaskFailure", "SendTaskSuccess")
_WAKES: dict[functions.Step, tuple[str, ...]] = {
    functions.REQUEST_APPROVAL: _BOTH,
    functions.CLOSE_APPROVAL: _BOTH,
    functions.WITHDRAW_PLAN: _BOTH,
    functions.DECIDE_APPROVAL: _BOTH,
    functions.AWAIT_ENDPOINT: ("SendTaskSuccess",),
    functions.RESUME_ON_EVENT: ("SendTaskSuccess",),
    functions.START_BAKE: ("SendTaskFailure",),
    functions.FIND_DEPLOYMENT: _BOTH,
    functions.SWEEP: _BOTH,
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
        "documents": Need(
            {"KNOWLEDGE_BUCKET": data.buckets.knowledge.bucket_name},
            [permissions.read_knowledge(data.buckets.knowledge)],
        ),
        "index": Need(
            # numpy would start a thread a core at import, which a function of one core only pays for.
            {"INDEX_BUCKET": data.buckets.index.bucket_name, "OPENBLAS_NUM_THREADS": "1"},
            [permissions.read_index(data.buckets.index)],
        ),
        "build-index": Need({}, [permissions.build_index(data.buckets.index)]),
        "find-vectors": _vectors(configuration, permissions.query_vectors),
        "build-vectors": _vectors(configuration, permissions.build_vectors),
        "planner": _nim(configuration, data, "planner"),
        "embedding": _nim(configuration, data, "embedding"),
        "reranking": _nim(configuration, data, "reranking"),
        "switch": Need(
            {"KILL_SWITCH_PARAMETER": data.kill_switch.parameter_name},
            [permissions.read_kill_switch(data.kill_switch)],
        ),
        "open": Need({}, [permissions.list_open(data.plans)]),
        "model-role": Need({"MODEL_ROLE_ARN": data.models.role.role_arn}),
        "traffic": Need({}, [permissions.count_traffic()]),
        "pass-role": Need({}, [permissions.pass_model_role(data.models.role)]),
        "quotas": Need({}, [permissions.read_quotas()]),
        "runs": Need({}, [permissions.describe_runs(configuration)]),
        "page": Need({"APPROVALS_URL": approvals_url}),
        "approvers": Need(
            {"APPROVER_TOPICS": topics}, permissions.ask_approvers(configuration, approvers, data.operations)
        ),
        "subscribers": Need({}, permissions.see_subscribers(configuration, approvers)),
        "enrolment": Need({"APPROVER_SECRETS": SECRETS_PREFIX}, [permissions.read_approver_secrets(approvers)]),
        "anchors": Need(
            {"AUDIT_BUCKET": data.buckets.audit.bucket_name, "AUDIT_LOCKS": json.dumps(locks, sort_keys=True)},
            [permissions.anchor_audit(data.buckets.audit)],
        ),
        "bus": Need({"EVENT_BUS_NAME": bus.event_bus_name}, [permissions.put_events(bus)]),
        "operations": Need(
            {"OPERATIONS_TOPIC_ARN": data.operations.topic.topic_arn}, permissions.tell_operations(data.operations)
        ),
    }


def _vectors(configuration: Configuration, allow: Callable[[str], permissions.Permission]) -> Need:
    """Return what it takes to keep vectors in S3 Vectors; nothing where they are searched in memory."""
    if configuration.vectors == "memory":
        return Need({})
    name = vector_bucket_name(configuration)
    return Need({"VECTOR_BUCKET": name}, [allow(name)])


def _nim(configuration: Configuration, data: DataStack, role: Literal["planner", "embedding", "reranking"]) -> Need:
    """One of the models: one variable says how it is reached. The key itself is in none."""
    model: NimModel = getattr(configuration.nim, role)
    secret = data.nim_secret.secret_arn if model.provider == "hosted" else model.secret
    told = {f"NIM_{role.upper()}": data.to_json_string({**model.model_dump(), "secret": secret})}
    if model.provider == "sagemaker":
        return Need(told, [permissions.invoke_endpoint(role, model.endpoint)])
    return Need(told, [permissions.read_secret(role, secret)] if secret else [])
