"""Where the approvers of a policy meet their deployment: clients, topics, how each one stands, and what is next."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cli import subscriptions
from cli.aws_session import QUICK, told_in_one_line
from cli.settings import DATA_STACK
from cli.target import Target, open_target
from cli.terminal import ROOT, CommandError
from lambdas.core.errors import PolicyError
from lambdas.core.policies.approvals import Approver

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_ssm import SSMClient

_RESERVED = (".example.com", ".example.org", ".example.net", ".example", ".invalid", ".test")
"""Domains that no mail reaches (RFC 2606)."""


@dataclass(frozen=True)
class Standing:
    """How an approver stands: `subscription` in words, and what to do next, empty where nothing is missing."""

    id: str
    address: str
    subscription: str
    enrolled: bool
    next: str


@dataclass(frozen=True)
class Desk:
    """The clients, the approvers of the policy, and the topics that are deployed (id: ARN)."""

    target: Target
    local: bool
    sns: "SNSClient"
    ssm: "SSMClient"
    approvers: dict[str, Approver]
    topics: dict[str, str]

    def approver(self, name: str) -> tuple[Approver, str]:
        """Return an approver and their topic. Raise `CommandError` where the policy or the deployment has none."""
        if name not in self.approvers:
            raise CommandError(f"policies/approvals.yaml has no approver {name!r}; it has {', '.join(self.approvers)}")
        if name not in self.topics:
            raise CommandError(f"{name} has no topic yet: {self.redeploy}")
        return self.approvers[name], self.topics[name]

    @property
    def redeploy(self) -> str:
        """What brings the deployment to the policy."""
        return "start ./agentops local anew" if self.local else "run ./agentops deploy"

    @property
    def hosts(self) -> frozenset[str]:
        """Where a confirmation link may lead: this region's SNS, or the local stack."""
        hosts = {f"sns.{self.target.session.region_name}.amazonaws.com"}
        if self.target.endpoint_url:
            hosts.add(urlsplit(self.target.endpoint_url).netloc)
        return frozenset(hosts)

    @property
    def option(self) -> str:
        """What the next command needs too."""
        return " --local" if self.local else ""


@contextmanager
def desk(doing: str, *, local: bool) -> Generator[Desk]:
    """Open the approvers of a deployment. Turn what AWS raises meanwhile into one line."""
    from stacks.policy_files import load_policy_files

    try:
        policy = load_policy_files(ROOT / "policies").approvals
    except PolicyError as error:
        raise CommandError(f"the policy files are wrong:\n{error}") from None
    target = open_target(DATA_STACK, local=local)
    sns = target.session.client("sns", config=QUICK, endpoint_url=target.endpoint_url)
    ssm = target.session.client("ssm", config=QUICK, endpoint_url=target.endpoint_url)
    approvers = {approver.id: approver for approver in policy.approvers}
    with told_in_one_line(doing):
        yield Desk(target, local, sns, ssm, approvers, json.loads(target.output("ApproverTopics")))


def standing_of(at: Desk, approver: Approver, *, enrolled: bool) -> Standing:
    """Look at one approver."""
    topic = at.topics.get(approver.id)
    if topic is None:
        return Standing(approver.id, approver.email, "no topic", enrolled, at.redeploy)
    state = subscriptions.state_of(at.sns, topic, approver.email)
    return Standing(
        approver.id,
        approver.email,
        subscriptions.STATES[state],
        enrolled,
        _next(at, approver, state, enrolled=enrolled),
    )


def _next(at: Desk, approver: Approver, state: subscriptions.State, *, enrolled: bool) -> str:
    """Say the one thing to do next for an approver."""
    if _is_reserved(approver.email) and not at.local:
        return "put a real address into policies/approvals.yaml"
    if state == "none":
        return f"./agentops approvers invite {approver.id}{at.option}"
    if state == "pending":
        return f"./agentops approvers confirm {approver.id} 'LINK'{at.option}, with the link of the mail, unopened"
    if state != "confirmed":
        return f"./agentops approvers invite {approver.id} --replace{at.option}"
    return "" if enrolled else f"./agentops approvers enrol {approver.id}{at.option}"


def _is_reserved(address: str) -> bool:
    return f".{address.rpartition('@')[2].lower()}".endswith(_RESERVED)


def refuse_reserved(approver: Approver, *, local: bool) -> None:
    """Raise `CommandError` for an address that no mail reaches; the local inbox takes every one."""
    if _is_reserved(approver.email) and not local:
        raise CommandError(
            f"no mail reaches {approver.email}: put the real address of {approver.id} into policies/approvals.yaml"
        )
