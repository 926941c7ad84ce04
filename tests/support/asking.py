"""Production changes that wait for people, and the people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.approver import Approver
from tests.support.clock import an_hour_passes, half_a_minute_passes
from tests.support.deploying import Waiting, until
from tests.support.workflow import Workflow

LEAD, ONCALL, OWNER = PRODUCTION = ("ml-platform-lead", "ml-platform-oncall", "service-owner")


def change_of(application: str, env: str = "prod", **more: Any) -> dict[str, Any]:
    """Return the request to deploy a small model for an application."""
    return {"plan": {"model": "nemotron-nano-8b", "application": application, **more}, "env": env, "execute": True}


class Asking:
    """The three whom policy asks about production; two must agree, because nobody attests who asked."""

    def __init__(self, workflow: Workflow, people: Mapping[str, Approver]) -> None:
        self.workflow = workflow
        self.people = people
        self._begun: list[str] = []

    def begin(self, application: str, **more: Any) -> Waiting:
        """Start a change of production's and return once everybody was asked. Production allows one at a time."""
        return self.begin_with(change_of(application, **more))

    def begin_with(self, request: dict[str, Any]) -> Waiting:
        """Start any request that people are asked about, however many changes there were this hour."""
        an_hour_passes(self.workflow, request["env"])
        arn = self.workflow.start(request)
        self._begun.append(arn)
        plan_id = self.workflow.waiting_plan(arn)
        return Waiting(arn, plan_id)

    def stop_all(self) -> None:
        """Stop what still waits, and let the sweeper free its endpoint."""
        machines = self.workflow.client("stepfunctions")
        for arn in self._begun:
            if machines.describe_execution(executionArn=arn)["status"] == "RUNNING":
                machines.stop_execution(executionArn=arn)
                self.workflow.closed(arn)

    def approve(self, waiting: Waiting, *names: str) -> list[int]:
        """Let these people (two, by default) approve, each with a code of theirs; return the pages' status."""
        return [self.answer(waiting, name, 0)[0] for name in names or (LEAD, OWNER)]

    def decline(self, waiting: Waiting, name: str = ONCALL, reason: str = "not this week") -> int:
        """Let somebody decline; return the page's status."""
        return self.answer(waiting, name, 1, reason)[0]

    def answer(self, waiting: Waiting, name: str, choice: int, reason: str = "") -> tuple[int, str]:
        """Let somebody answer by their first (to approve) or second link, with a code that they have not used."""
        half_a_minute_passes(self.workflow, name)
        person = self.people[name]
        return person.answer(person.links(waiting.plan_id)[choice], reason=reason)

    def links(self, waiting: Waiting, name: str = LEAD) -> list[str]:
        """Return the newest links of somebody who was asked: to approve, and to decline."""
        return self.people[name].links(waiting.plan_id)

    def mails(self, waiting: Waiting) -> list[dict[str, Any]]:
        """Return all mails about a plan, once everybody who was asked has theirs."""
        for one in self.workflow.records(waiting.plan_id)["approval"]["asked"]:
            self.people[one["approver"]].links(waiting.plan_id)
        return [mail for mail in self.workflow.mails() if waiting.plan_id in mail["body"]]

    def until_decided(self, waiting: Waiting) -> dict[str, Any]:
        """Return the decision on record, once there is one."""
        return until(lambda: self.decision(waiting) or {}, f"{waiting.plan_id} is decided")

    def decision(self, waiting: Waiting) -> dict[str, Any] | None:
        """Return the decision on record."""
        return self.workflow.records(waiting.plan_id).get("decision")
