"""Inputs and outputs of the steps of the deployment workflow, as they stand in its ASL.

Ids travel; bodies stay in DynamoDB. `end` is empty while the run goes on, else the name of a row of `core.ends`;
`reason` is one line for people.
"""

from typing import Annotated, Literal

from pydantic import Field

from lambdas.core.contracts.base import Contract, PlanId

Reason = Annotated[str, Field(max_length=1_000)]


class ExecutionRef(Contract):
    """The Step Functions execution that is running: its ARN, and when it started (UTC, ISO 8601)."""

    arn: str
    started_at: str


class ReceiveIntentInput(Contract):
    """The execution's input as the JSON text of `{"input": ...}`, and the input's own length as JSON text.

    As text, because Lambda's runtime cannot read JSON of any depth. Empty when the input is longer than
    `MAX_REQUEST_CHARACTERS`: with it, the payload could exceed Step Functions' 256 KB, which no Catch catches.
    """

    request: str
    request_characters: int
    execution: ExecutionRef


class ReceiveIntentOutput(Contract):
    """`form` says which input form it was; `duplicate_of` names the first plan when the request was planned before."""

    plan_id: PlanId
    form: Literal["intent", "plan", "from_plan", "none"]
    duplicate_of: PlanId | Literal[""] = ""
    end: str = ""
    reason: Reason = ""


class StepInput(Contract):
    """Which plan to work on, and in which execution."""

    plan_id: PlanId
    execution: ExecutionRef


class RetrieveEvidenceOutput(Contract):
    """How many passages were found and recorded (at least one), and which stages were not available."""

    passages: int
    degraded: list[str]


class StepOutput(Contract):
    """Draft Plan, Check Guardrails and Describe Changes say only whether the run ends here, and why."""

    end: str = ""
    reason: Reason = ""


class TokenStepInput(StepInput):
    """A step that waits: it stores `token`, with which whoever sees the wait's end wakes the execution."""

    token: Annotated[str, Field(min_length=1, max_length=2_048)]


Purpose = Literal["deployment", "rollback"]


class RequestApprovalInput(TokenStepInput):
    """Ask people for a deployment (the plan's verdict says whom) or for a rollback outside its run."""

    purpose: Purpose


class RollBackInput(StepInput):
    """Take back the deployment of this plan, or what this plan's RollbackRecord names."""

    purpose: Purpose


class CheckGuardrailsOutput(StepOutput):
    """`next` says where a run goes on that did not end here; `approval_timeout_s` is 0 where nobody is asked."""

    next: Literal["", "describe", "ask", "apply"] = ""
    approval_timeout_s: Annotated[int, Field(ge=0)] = 0


class VerifyDeploymentOutput(Contract):
    """How long our own Bake waits: 0 where SageMaker baked, or nobody wants a bake.

    `settled` is false where the change goes on: there is nothing to verify yet.
    """

    bake_s: Annotated[int, Field(ge=0, le=3_600)]
    settled: bool = True


class VerifyRollbackOutput(StepOutput):
    """How the rollback ended; or, without an end, to `look` again later, or to roll back `again`.

    Without either, nothing had been made: the failure that led here is how the run ends.
    """

    then: Literal["", "look", "again"] = ""


class FindDeploymentOutput(StepOutput):
    """The rollback's own plan id; `ask` is whether people decide, for which `approval_timeout_s` is their time."""

    plan_id: PlanId
    ask: bool = False
    approval_timeout_s: Annotated[int, Field(ge=0)] = 0


class Failure(Contract):
    """An error as the state machine caught it. AWS names both fields."""

    Error: str = ""
    Cause: str = ""


class RecordOutcomeInput(Contract):
    """How the run ends: a row of `core.ends` by name, or a failure that was caught, or both empty (a defect)."""

    plan_id: PlanId | Literal[""]
    execution: ExecutionRef
    duplicate_of: PlanId | Literal[""] = ""
    end: str = ""
    reason: Reason = ""
    failure: Failure | None = None


class RecordOutcomeOutput(Contract):
    """What the execution shows: `summary` comes first, so that the console's output begins with it."""

    summary: str
    plan_id: str
    end: str
    status: str
    succeeded: bool
    error: str
    cause: str
