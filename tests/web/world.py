"""An approval on record: a plan that waits for people, their mails as they would get them, and their authenticators."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest
from pyotp import random_base32
from pyotp.totp import TOTP

from lambdas.adapters import approvals, clients, entry
from lambdas.adapters.journal import Journal
from lambdas.core.contracts.approval import ApprovalRequest, Choice, Decision
from lambdas.core.contracts.intent import Constraints, Intent, Requester
from lambdas.core.contracts.plan import Plan, PlanRecord
from lambdas.core.contracts.records import PlanHead
from lambdas.core.contracts.steps import ExecutionRef
from lambdas.core.contracts.verdict import ApprovalNeed
from lambdas.decide_approval import handler as decide
from lambdas.request_approval import handler as request_approval
from tests.unit.guardrails.factory import a_plan, judge, policies
from tests.web.edges import SageMaker, Sns, StepFunctions

PLAN_ID = "p-0123456789abcdef"
ARN = "arn:aws:states:us-east-1:123456789012:execution:deployment:x"
TOKEN = "the-task-token-that-nobody-may-see"
BASE = "https://approvals.example"
START = "2026-11-18T10:00:00.000000Z"
PEOPLE = ("ml-platform-lead", "ml-platform-oncall", "service-owner")
_LINK = re.compile(rf"{re.escape(BASE)}/approvals/([\w-]+)")


@dataclass
class World:
    """A plan, the time, what is live, the mails that were sent, and how tokens were answered."""

    at: str = START
    sns: Sns = field(default_factory=lambda: Sns.of(policies().approvals.approvers))
    machines: StepFunctions = field(default_factory=StepFunctions)
    sagemaker: SageMaker = field(default_factory=SageMaker)
    secrets: dict[str, str] = field(default_factory=lambda: {name: random_base32() for name in PEOPLE})
    plan: Plan = field(default_factory=lambda: a_plan("prod"))

    @property
    def mails(self) -> list[tuple[str, str, str]]:
        return self.sns.mails

    @property
    def woken(self) -> list[tuple[str, ...]]:
        return self.machines.answers

    @property
    def journal(self) -> Journal:
        return Journal(PLAN_ID, ExecutionRef(arn=ARN, started_at=START), self.at)

    @property
    def request(self) -> ApprovalRequest:
        return self.journal.plans.load(ApprovalRequest, PLAN_ID, "approval")

    @property
    def decision(self) -> Decision | None:
        return approvals.standing_decision(self.journal)

    def record(self, *, assurance: str = "totp", needed: int = 1, requester: str = "somebody", **intent: Any) -> None:
        """Put the plan, its intent and its verdict on record."""
        need = ApprovalNeed(approvers=PEOPLE, needed=needed, assurance=assurance, timeout_s=3_600)
        verdict = judge(self.plan).model_copy(update={"approval": need, "outcome": "needs_approval"})
        store, digest = self.journal.plans, self.plan.digest()
        store.save(PLAN_ID, "plan", PlanRecord(plan_id=PLAN_ID, digest=digest, plan=self.plan))
        store.save(PLAN_ID, "verdict", verdict)
        store.save(PLAN_ID, "intent", an_intent(self.plan, requester, **intent))
        store.update_head(a_head(requester))

    def attest(self, who: str) -> None:
        """Put on record what CloudTrail tells of who started the run, which it does some minutes later."""
        self.journal.plans.save(PLAN_ID, "requester", Requester(name=who, assurance="attested"))

    def end(self, how: str) -> None:
        """Let the run end, as Record Outcome records it."""
        self.journal.plans.update_head(a_head("somebody").model_copy(update={"end": how}))

    def ask(self, token: str = TOKEN) -> None:
        """Run Request Approval as the state machine does."""
        given = {
            "plan_id": PLAN_ID,
            "execution": {"arn": ARN, "started_at": START},
            "token": token,
            "purpose": "deployment",
        }
        request_approval.handler(given, SimpleNamespace(function_name="request_approval"))

    def link(self, person: str, choice: Choice = "approve", mail: int = -1) -> str:
        """Return the secret of a link in one of the person's mails, the newest by default."""
        text = [text for to, _, text in self.mails if to == person][mail]
        approve, decline = _LINK.findall(text)
        return approve if choice == "approve" else decline

    def code(self, person: str, steps: int = 0) -> str:
        """Return what the person's authenticator shows now, or some steps of 30 s away."""
        return TOTP(self.secrets[person]).at(datetime.fromisoformat(self.at), counter_offset=steps)

    def call(self, secret: str, method: str = "GET", body: str = "", **changes: Any) -> SimpleNamespace:
        """Send a call as API Gateway would, and return status, headers and text of the answer."""
        given = an_event(secret, method, body) | changes
        reply = decide.handler(given, None)
        return SimpleNamespace(status=reply["statusCode"], headers=reply["headers"], text=reply["body"])

    def csrf(self, secret: str) -> str:
        found = re.search(r'name="csrf" value="(\w+)"', self.call(secret).text)
        assert found
        return found[1]

    def post(self, secret: str, *, csrf: str | None = None, **fields: str) -> SimpleNamespace:
        """Send the page's form with these fields."""
        given = {"csrf": self.csrf(secret) if csrf is None else csrf, "reason": "", **fields}
        return self.call(secret, "POST", urlencode(given))

    def audited(self) -> list[str]:
        return [entry.fact.event for entry in self.journal._audit.entries(PLAN_ID)]


def an_event(secret: str, method: str, body: str) -> dict[str, Any]:
    return {
        "version": "2.0",
        "routeKey": "ANY /approvals/{secret}",
        "rawPath": f"/approvals/{secret}",
        "rawQueryString": "",
        "headers": {"content-type": "application/x-www-form-urlencoded", "origin": "null"},
        "requestContext": {"http": {"method": method, "path": f"/approvals/{secret}"}, "requestId": "req-1"},
        "body": body,
        "isBase64Encoded": False,
    }


def an_intent(plan: Plan, requester: str, **changes: Any) -> Intent:
    fields: dict[str, Any] = {
        "plan_id": PLAN_ID,
        "request_key": "key",
        "text": "deploy it",
        "choice": None,
        "from_plan": None,
        "drafted_by_model": True,
        "operation": "deploy",
        "env": plan.env,
        "region": plan.region,
        "execute": True,
        "constraints": Constraints(),
        "reading": None,
        "requester": Requester(name=requester, assurance="claimed"),
        "execution_arn": ARN,
        "received_at": START,
    }
    return Intent(**{**fields, **changes})


def a_head(requester: str) -> PlanHead:
    return PlanHead(
        plan_id=PLAN_ID,
        status="received",
        requester=requester,
        intent="deploy it",
        execution_arn=ARN,
        created_at=START,
        updated_at=START,
    )


def arrange(monkeypatch: pytest.MonkeyPatch) -> World:
    """Return a world over moto's tables and parameters, and the AWS services of tests/web/edges.py."""
    world = World()
    for name, value in {
        "APPROVALS_URL": BASE,
        "APPROVER_TOPICS": json.dumps({person.id: f"arn:{person.id}" for person in policies().approvals.approvers}),
        "APPROVER_SECRETS": "/agentops/approvers",
    }.items():
        monkeypatch.setenv(name, value)
    ssm = boto3.client("ssm")
    for name, secret in world.secrets.items():
        ssm.put_parameter(Name=f"/agentops/approvers/{name}/totp", Value=secret, Type="SecureString")
    for module in (decide, entry):
        monkeypatch.setattr(module, "now", lambda: world.at)
    monkeypatch.setattr(clients, "sns", lambda: world.sns)
    monkeypatch.setattr(clients, "stepfunctions", lambda: world.machines)
    monkeypatch.setattr(clients, "sagemaker", lambda: world.sagemaker)
    return world
