"""The steps of the workflows as Lambda functions: one table of what they need, one factory that makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.log_groups import log_group
from stacks.nag import acknowledge
from stacks.permissions import Permission, write_log
from stacks.principals import lambda_role

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms

    from stacks.config import Configuration

METRICS_NAMESPACE = "AgentOps"
SERVICE = "agentops"
"""Powertools' service name: the dimension `service` of every metric that the functions emit."""


@dataclass(frozen=True)
class Step:
    """A step of the workflow: the folder `lambdas/<name>`, its handler and what it runs with."""

    name: str
    timeout_s: int
    memory_mb: int = 512
    layers: tuple[str, ...] = ("common",)
    invoked_by: Literal["machine", "events", "page", "command"] = "machine"

    @property
    def handler(self) -> str:
        """The handler string: the module below the asset's root, and the function."""
        return f"lambdas.{self.name}.handler.handler"

    @property
    def construct_id(self) -> str:
        """The name in the template, and (with `Function` behind it) in the state machine's placeholders."""
        return self.name.title().replace("_", "")

    @property
    def placeholder(self) -> str:
        """The `${...}` in the state machine that stands for this function's version."""
        return f"{self.construct_id}Function"


RECEIVE_INTENT = Step("receive_intent", timeout_s=15)
# Each of two small models has half a minute to answer. The memory holds `vector_index.MOST_IN_MEMORY` passages and is
# the most that a new AWS account may ask for.
RETRIEVE_EVIDENCE = Step("retrieve_evidence", timeout_s=75, memory_mb=3008, layers=("common", "retrieval"))
# A NIM may take 60 s an answer, for which the clients wait up to 73: a draft, its one repair, and a store that hangs.
DRAFT_PLAN = Step("draft_plan", timeout_s=180)
# A kill switch that hangs counts as unreadable, after which another call may hang.
CHECK_GUARDRAILS = Step("check_guardrails", timeout_s=30)
DESCRIBE_CHANGES = Step("describe_changes", timeout_s=30)
RECORD_OUTCOME = Step("record_outcome", timeout_s=30)
# Mails go out one by one, and each topic is looked at first.
REQUEST_APPROVAL = Step("request_approval", timeout_s=60)
CLOSE_APPROVAL = Step("close_approval", timeout_s=30)
# Some ten calls, each with an audit entry before it.
APPLY_DEPLOYMENT = Step("apply_deployment", timeout_s=120)
AWAIT_ENDPOINT = Step("await_endpoint", timeout_s=30)
# The smoke request may take as long as a model may answer.
VERIFY_DEPLOYMENT = Step("verify_deployment", timeout_s=150)
START_BAKE = Step("start_bake", timeout_s=30)
VERIFY_BAKE = Step("verify_bake", timeout_s=60)
ROLL_BACK = Step("roll_back", timeout_s=60)
VERIFY_ROLLBACK = Step("verify_rollback", timeout_s=60)
FIND_DEPLOYMENT = Step("find_deployment", timeout_s=40)
DECIDE_APPROVAL = Step("decide_approval", timeout_s=25, invoked_by="page")
WITHDRAW_PLAN = Step("withdraw_plan", timeout_s=30, invoked_by="command")
RESUME_ON_EVENT = Step("resume_on_event", timeout_s=30, invoked_by="events")
SWEEP = Step("sweep", timeout_s=240, invoked_by="events")
ATTEST_REQUESTER = Step("attest_requester", timeout_s=20, invoked_by="events")
# A model embeds some hundred passages a second; whoever changes this changes `builder_claim.CLAIM_S`.
INDEX_KNOWLEDGE = Step(
    "index_knowledge", timeout_s=300, memory_mb=3008, layers=("common", "retrieval"), invoked_by="events"
)
SEARCH_KNOWLEDGE = Step(
    "search_knowledge", timeout_s=60, memory_mb=3008, layers=("common", "retrieval"), invoked_by="command"
)
STEPS = (
    RECEIVE_INTENT,
    RETRIEVE_EVIDENCE,
    DRAFT_PLAN,
    CHECK_GUARDRAILS,
    DESCRIBE_CHANGES,
    REQUEST_APPROVAL,
    CLOSE_APPROVAL,
    APPLY_DEPLOYMENT,
    AWAIT_ENDPOINT,
    VERIFY_DEPLOYMENT,
    START_BAKE,
    VERIFY_BAKE,
    ROLL_BACK,
    VERIFY_ROLLBACK,
    FIND_DEPLOYMENT,
    RECORD_OUTCOME,
    DECIDE_APPROVAL,
    WITHDRAW_PLAN,
    RESUME_ON_EVENT,
    SWEEP,
    ATTEST_REQUESTER,
    INDEX_KNOWLEDGE,
    SEARCH_KNOWLEDGE,
)
"""Every function that ships: the machines' steps first, then what events, the page and the command line invoke."""

_NO_FAILURE_DESTINATION = {
    "machine": "Step Functions invokes it synchronously; a failure goes to the step's Catch.",
    "events": "Lambda tries twice more, its errors are watched, and the next sweep looks at what an event told.",
    "page": "API Gateway invokes it synchronously; a failure is the answer.",
    "command": "The command line invokes it synchronously; a failure is the answer.",
}


class StepFunction(Construct):
    """A step's function with its own role and log group, called by `version` only.

    The role may write its own log, trace, and what is `allowed`; nothing comes from a managed policy.
    """

    def __init__(
        self,
        scope: Construct,
        step: Step,
        *,
        configuration: Configuration,
        code: lambda_.Code,
        layers: Mapping[str, lambda_.LayerVersion],
        logs_key: kms.Key,
        environment: Mapping[str, str],
        allowed: Sequence[Permission],
    ) -> None:
        super().__init__(scope, step.construct_id)
        self.step = step
        function_name = f"{configuration.names_prefix}-{step.name.replace('_', '-')}"
        log = log_group(self, name=f"/aws/lambda/{function_name}", days=configuration.log_retention_days, key=logs_key)
        role = _role(self, [write_log(log), *allowed])
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=function_name,
            description=f"AgentOps workflow step {step.name}",
            code=code,
            handler=step.handler,
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=step.memory_mb,
            timeout=Duration.seconds(step.timeout_s),
            layers=[layers[name] for name in step.layers],
            role=cast(iam.IRole, role),
            log_group=log,
            logging_format=lambda_.LoggingFormat.JSON,
            tracing=lambda_.Tracing.ACTIVE,
            environment={
                "POWERTOOLS_SERVICE_NAME": SERVICE,
                "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
                "POWERTOOLS_LOG_LEVEL": "INFO",
                **environment,
            },
            # An execution that began on a version ends on it: a redeploy adds versions and deletes none.
            current_version_options=lambda_.VersionOptions(removal_policy=RemovalPolicy.RETAIN),
        )
        self.version = self.function.current_version
        why = _NO_FAILURE_DESTINATION[step.invoked_by]
        acknowledge(self.function, {"Serverless-LambdaDLQ": why, "Serverless-LambdaAsyncFailureDestination": why})


def _role(scope: Construct, allowed: Sequence[Permission]) -> iam.Role:
    role = lambda_role(scope)
    for permission in allowed:
        role.add_to_policy(permission.statement)
        acknowledge(role, permission.accepted)
    acknowledge(role, {"AwsSolutions-IAM5[Resource::*]": "X-Ray's two Put actions, from the CDK, take no resource."})
    return role
