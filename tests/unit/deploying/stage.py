"""A plan that stands before its deployment, and its steps as the state machine calls them, on the SageMaker fake."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import boto3

from lambdas.adapters.anchors import AnchoredJournal
from lambdas.adapters.endpoints import live_endpoint, view_endpoint
from lambdas.adapters.waits import find_wait
from lambdas.apply_deployment.handler import handler as apply
from lambdas.await_endpoint.handler import handler as await_endpoint
from lambdas.core.contracts.base import Contract, Environment
from lambdas.core.contracts.deployment import Deployed, DeploymentRecord
from lambdas.core.contracts.intent import Constraints, Intent, Requester
from lambdas.core.contracts.plan import Plan, PlanRecord, TrafficPolicy
from lambdas.core.contracts.records import PlanHead
from lambdas.core.contracts.steps import ExecutionRef
from lambdas.core.deploying.view import is_settled
from lambdas.core.guardrails import check
from lambdas.roll_back.handler import handler as roll_back
from lambdas.verify_deployment.handler import handler as verify
from lambdas.verify_rollback.handler import handler as verify_rollback
from stacks.local.emulation.sagemaker import control_plane
from stacks.local.emulation.sagemaker.faults import Fault
from tests.unit.guardrails.factory import a_plan, policies, some_facts

AT = "2026-11-18T10:00:00.000000Z"
CONTEXT = SimpleNamespace(function_name="step")
QUICK = TrafficPolicy(shift="all_at_once", step_percent=100, wait_s=0, bake_s=0)


def dev_plan(**changes) -> Plan:
    """A plan for dev that needs nobody's word; `application` makes it another endpoint's."""
    fields: dict[str, Any] = {"traffic": QUICK, **changes}
    return a_plan("dev", **fields)


@dataclass(frozen=True)
class Stage:
    """One plan on record, and ways to take its steps."""

    plan_id: str
    plan: Plan
    arn: str

    @property
    def given(self) -> dict[str, Any]:
        return {"plan_id": self.plan_id, "execution": {"arn": self.arn, "started_at": AT}}

    @property
    def execution(self) -> ExecutionRef:
        return ExecutionRef(arn=self.arn, started_at=AT)

    @property
    def journal(self) -> AnchoredJournal:
        return AnchoredJournal(self.plan_id, self.execution, AT)

    @property
    def record(self) -> DeploymentRecord:
        return self.journal.plans.load(DeploymentRecord, self.plan_id, "deployment")

    @property
    def events(self) -> list[str]:
        return [entry.fact.event for entry in self.journal._audit.entries(self.plan_id)]

    def check(self) -> None:
        """Put the verdict on record, against what is live now, as Check Guardrails does."""
        live = live_endpoint(self.plan.endpoint)
        self.save("verdict", check(self.plan, some_facts(existing_endpoint=live), policies()))

    def apply(self) -> Any:
        return apply(self.given, CONTEXT)

    def wait(self, token: str = "token") -> Any:
        return await_endpoint({**self.given, "token": token}, CONTEXT)

    def verify(self) -> Any:
        return verify(self.given, CONTEXT)

    def roll_back(self, purpose: str = "deployment") -> Any:
        return roll_back({**self.given, "purpose": purpose}, CONTEXT)

    def verify_rollback(self, purpose: str = "deployment") -> Any:
        return verify_rollback({**self.given, "purpose": purpose}, CONTEXT)

    def save(self, name: str, document: Contract) -> None:
        self.journal.plans.save(self.plan_id, name, document)

    def settle(self) -> None:
        """Wait until SageMaker has nothing more to do."""
        until(lambda: is_settled(view_endpoint(self.plan.endpoint)))

    def deployed(self) -> None:
        """Take every step of a deployment that goes well, and give the lease back as Record Outcome does."""
        from lambdas.adapters import leases

        before = self.journal.plans.find(Deployed, f"endpoint#{self.plan.endpoint}", "deployed")
        self.apply()
        self.settle()
        self.verify()
        record = self.record
        self.journal.plans.save(
            f"endpoint#{self.plan.endpoint}",
            "deployed",
            Deployed(
                endpoint=record.endpoint,
                env=record.env,
                plan_id=self.plan_id,
                config=record.config_after,
                config_before=record.config_before,
                plan_before=before.plan_id if before else "",
                alarms=record.alarms,
                at=AT,
            ),
        )
        leases.release(self.journal, record.endpoint)

    def end(self, name: str) -> None:
        head = self.journal.plans.head(self.plan_id)
        self.journal.plans.update_head(head.model_copy(update={"end": name}))

    def waits(self) -> bool:
        return find_wait(self.journal) is not None


def staged(number: int = 1, plan: Plan | None = None, *, execute: bool = True, env: Environment = "dev") -> Stage:
    """Put a plan on record as Receive Intent and Draft Plan leave it."""
    plan = plan or dev_plan()
    stage = Stage(f"p-{number:016x}", plan, f"arn:aws:states:us-east-1:123456789012:execution:deployment:run-{number}")
    stage.journal.plans.open(
        PlanHead(
            plan_id=stage.plan_id,
            status="received",
            env=env,
            requester="somebody",
            intent="words",
            execute=execute,
            execution_arn=stage.arn,
            created_at=AT,
            updated_at=AT,
        )
    )
    intent = Intent(
        plan_id=stage.plan_id,
        request_key="key",
        text="words",
        choice=None,
        from_plan=None,
        drafted_by_model=False,
        operation="deploy",
        env=env,
        region="us-east-1",
        execute=execute,
        constraints=Constraints(),
        reading=None,
        requester=Requester(name="somebody", assurance="claimed"),
        execution_arn=stage.arn,
        received_at=AT,
    )
    stage.save("intent", intent)
    stage.save("plan", PlanRecord(plan_id=stage.plan_id, digest=plan.digest(), plan=plan))
    stage.check()
    return stage


def fault(name: Any, **how) -> None:
    """Let something go wrong with the next change."""
    control_plane("123456789012", "us-east-1").faults.add(Fault(name=name, **how))


def no_fault(name: Any) -> None:
    """Let what hangs by a fault go on."""
    control_plane("123456789012", "us-east-1").faults.clear(name)


def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for what the fake does in its own time."""
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "it did not come about"
        time.sleep(0.01)


def alarm_names() -> list[str]:
    return sorted(alarm["AlarmName"] for alarm in boto3.client("cloudwatch").describe_alarms()["MetricAlarms"])


def sagemaker() -> Any:
    return boto3.client("sagemaker")
