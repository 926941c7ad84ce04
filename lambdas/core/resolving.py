"""From a request and its reading to an intent that can be planned, or to the end that answers it."""

from collections.abc import Collection

from lambdas.core.contracts.base import Contract, Environment, Operation
from lambdas.core.contracts.intent import Constraints, Intent, Request, Requester
from lambdas.core.contracts.reading import IntentReading, Problem
from lambdas.core.receiving import Received, one_line

_MAX_REASON = 1_000

_ANSWERS: dict[Operation, str] = {
    "pause": "SageMaker cannot pause an endpoint: it bills until it is deleted. `aws sagemaker delete-endpoint` keeps "
    "its configuration, from which it can be made again; fewer instances cost less meanwhile",
    "resume": "a paused endpoint does not exist in SageMaker. Say the whole deployment, such as 'deploy llama-3.1 8B "
    "for chatbot-x in staging'",
    "restart": "SageMaker has no restart. Deploy the same model again, which replaces the fleet blue/green",
    "scale": "say the whole deployment with its new instance count, such as 'deploy llama-3.1 8B for chatbot-x "
    "on 2 instances'",
    "retire": "plans deploy, and delete nothing. `aws sagemaker delete-endpoint` ends an endpoint, and its bill",
    "rollback": "`./agentops rollback ENDPOINT --reason WHY` goes back to the last good configuration: at once "
    "within 24 hours of the deployment, later under the same approvals",
    "question": "this workflow plans deployments. `./agentops plans list` and `plans show` answer what was planned, "
    "`./agentops knowledge search` what policies say",
}


class Ending(Contract):
    """A request that is answered instead of planned: a row of `core.ends`, and one line why."""

    end: str
    reason: str


class Asked(Contract):
    """Where and when a request arrived: the facts that no request may state itself."""

    plan_id: str
    execution_arn: str
    region: str
    at: str


def resolve(
    received: Received,
    reading: IntentReading | None,
    env: Environment | None,
    asked: Asked,
    served: Collection[str],
    *,
    ways: Collection[str] = (),
) -> Intent | Ending:
    """Return the intent, or how it is answered. `env` is the stored plan's for `from_plan`, else None.

    `reading` is that of the request's text; None for the other two forms. `ways` are whole requests to send instead
    of a text that is not clear.
    """
    request = received.request
    if reading and stands_unclear(reading):
        return Ending(end="unclear", reason=questions(reading.problems, ways))
    if reading and reading.operation != "deploy":
        return Ending(end="unsupported", reason=f"{reading.operation}: {_ANSWERS[reading.operation]}")
    if reading and reading.problems:
        return Ending(end="invalid", reason=f"region: {questions(reading.problems)}")
    chosen = reading.env if reading else request.env or env
    reason = _misplaced(request, chosen, env, asked.region, served)
    if chosen is None or reason:
        return Ending(end="invalid", reason=reason)
    return _intent(received, reading, chosen, asked)


def stands_unclear(reading: IntentReading) -> bool:
    """Whether a text is answered with a question: it deploys, or may, and is not clear enough to be planned."""
    if any(_says_nothing(found) for found in reading.problems):
        return True
    return reading.operation == "deploy" and not all(_is_elsewhere(found) for found in reading.problems)


def _says_nothing(problem: Problem) -> bool:
    return (problem.kind, problem.about) == ("not_understood", "operation")


def _is_elsewhere(problem: Problem) -> bool:
    """Whether the text asks for another region than the stack's own: that is clear, and told so."""
    return (problem.kind, problem.about) == ("unsupported", "region")


def _misplaced(
    request: Request, chosen: Environment | None, earlier: Environment | None, region: str, served: Collection[str]
) -> str:
    """Return why the request is not for this stack or contradicts itself, or "" where it can be planned."""
    if beside := _beside_the_point(request):
        return beside
    if request.region and request.region != region:
        return (
            f"region: this stack deploys to {region}; the request names {request.region}. Start it in the stack "
            "of that region"
        )
    if chosen is None:
        return f"env: missing; give one of {', '.join(sorted(served))}"
    if earlier and chosen != earlier:
        return f"env: {chosen} was given, but plan {request.from_plan} is for {earlier}"
    if chosen not in served:
        return (
            f"env: {chosen} is not served by this stack, which serves {', '.join(sorted(served))} "
            "(cdk.json, agentops.environments)"
        )
    return ""


def _beside_the_point(request: Request) -> str:
    """Return which constraint the request's form has no use for: it would be ignored without a word."""
    limits = request.constraints
    if request.from_plan and limits != Constraints():
        return f"constraints: plan {request.from_plan} is taken exactly as it was shown; leave them out"
    for name in ("instance_type", "instance_count"):
        if request.plan and getattr(limits, name) is not None:
            return f"constraints.{name}: a typed plan says it itself; give it as plan.{name}"
    return ""


def questions(problems: Collection[Problem], ways: Collection[str] = ()) -> str:
    """Return what is not clear as one line: every question, then whole requests, or each question's ways to say it."""
    asked = [
        f"{found.question} (for example: {'; '.join(found.suggestions)})"
        if found.suggestions and not ways
        else found.question
        for found in problems
    ]
    if not ways:
        return one_line(" ".join(asked), _MAX_REASON)
    examples = f" (for example: {'; '.join(ways)})"
    return one_line(" ".join(asked), max(_MAX_REASON - len(examples), _MAX_REASON // 3)) + examples


def _intent(received: Received, reading: IntentReading | None, env: Environment, asked: Asked) -> Intent:
    request = received.request
    return Intent(
        plan_id=asked.plan_id,
        request_key=received.key,
        text=request.intent,
        choice=request.plan,
        from_plan=request.from_plan,
        drafted_by_model=request.intent is not None,
        operation="deploy",
        env=env,
        region=asked.region,
        execute=request.execute,
        constraints=request.constraints,
        reading=reading,
        requester=Requester(name=request.requester or received.default_requester, assurance="claimed"),
        execution_arn=asked.execution_arn,
        received_at=asked.at,
    )


def asked_for(request: Request) -> str:
    """Return what a request asks, in a line that lists can show."""
    if request.intent:
        return one_line(request.intent, 120)
    if request.plan:
        return f"typed plan: {request.plan.model}"
    return f"from plan {request.from_plan}"
