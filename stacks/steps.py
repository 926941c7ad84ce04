"""The six steps wired: what each is told through its environment and what its role may do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stacks import permissions
from stacks.functions import (
    CHECK_GUARDRAILS,
    DESCRIBE_CHANGES,
    DRAFT_PLAN,
    RECEIVE_INTENT,
    RECORD_OUTCOME,
    RETRIEVE_EVIDENCE,
    Step,
)

if TYPE_CHECKING:
    from aws_cdk import aws_events as events

    from stacks.config import Configuration
    from stacks.data_stack import DataStack


@dataclass(frozen=True)
class Wiring:
    """A step, the environment variables that it alone gets, and what its role may do."""

    step: Step
    environment: Mapping[str, str]
    allowed: list[permissions.Permission]


def wire(configuration: Configuration, data: DataStack, bus: events.EventBus) -> list[Wiring]:
    """Every step with what it needs and nothing more. All of them keep the plan's record and append to the audit."""
    environments = {
        "ENVIRONMENTS": json.dumps(
            {name: {"execute_allowed": served.execute_allowed} for name, served in configuration.environments.items()},
            sort_keys=True,
        )
    }
    capture = {"CAPTURE_BUCKET": data.models.capture.bucket_name}
    special: dict[Step, tuple[Mapping[str, str], list[permissions.Permission]]] = {
        RECEIVE_INTENT: ({**environments, **capture}, []),
        RETRIEVE_EVIDENCE: (
            # numpy would start a thread a core at import, which a function of one core only pays for.
            {"KNOWLEDGE_BUCKET": data.buckets.knowledge.bucket_name, "OPENBLAS_NUM_THREADS": "1"},
            [permissions.read_knowledge(data.buckets.knowledge)],
        ),
        DRAFT_PLAN: _planner(configuration, data, capture),
        CHECK_GUARDRAILS: (
            {**environments, "KILL_SWITCH_PARAMETER": data.kill_switch.parameter_name},
            [
                permissions.list_plans(data.plans),
                permissions.read_kill_switch(data.kill_switch),
                permissions.describe_endpoints(),
            ],
        ),
        DESCRIBE_CHANGES: ({"MODEL_ROLE_ARN": data.models.role.role_arn}, [permissions.describe_endpoints()]),
        RECORD_OUTCOME: (
            {"EVENT_BUS_NAME": bus.event_bus_name, "OPERATIONS_TOPIC_ARN": data.operations.topic.topic_arn},
            [permissions.put_events(bus), *permissions.tell_operations(data.operations)],
        ),
    }
    tables = {"PLANS_TABLE": data.plans.table_name, "AUDIT_TABLE": data.audit.table_name}
    return [
        Wiring(
            step,
            {**tables, **environment},
            [permissions.keep_plans(data.plans), permissions.append_audit(data.audit), *allowed],
        )
        for step, (environment, allowed) in special.items()
    ]


def _planner(
    configuration: Configuration, data: DataStack, capture: Mapping[str, str]
) -> tuple[Mapping[str, str], list[permissions.Permission]]:
    nim = configuration.nim
    told = {**capture, "NIM_PROVIDER": nim.provider, "NIM_PLANNER_MODEL": nim.planner_model}
    if nim.provider == "sagemaker":
        told["NIM_PLANNER_ENDPOINT"] = nim.planner_endpoint
        return told, [permissions.invoke_endpoint(nim.planner_endpoint)]
    if nim.provider == "hosted":
        told |= {"NIM_BASE_URL": nim.base_url, "NIM_SECRET_ARN": data.nim_secret.secret_arn}
        return told, [permissions.read_secret(data.nim_secret)]
    return told, []
