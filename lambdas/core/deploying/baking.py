"""Who watches a new fleet after its traffic has come, and whether a smoke request was answered rightly."""

import json
from typing import Any, Literal, NamedTuple, cast

from lambdas.core.contracts.deployment import MAX_BAKE_S
from lambdas.core.contracts.plan import Plan
from lambdas.core.fleets import real_shift
from lambdas.core.policies.catalogue import SmokeRequest

_SHOWN = 200


class Baking(NamedTuple):
    """Who bakes, and for how many seconds our own Bake waits."""

    by: Literal["sagemaker", "agentops", "nobody"]
    own_s: int


def baking_of(plan: Plan, *, exists: bool, leaves_package: bool) -> Baking:
    """Return who bakes the plan.

    SageMaker bakes an update, where the old fleet still stands; not a first deployment, not a rolling update, which
    leaves no old fleet, and not an endpoint of a Marketplace package, new or old (`leaves_package`), whose fleet it
    exchanges at once without a word.
    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html
    """
    if not plan.traffic.bake_s or not plan.alarms:
        return Baking("nobody", 0)
    is_package = leaves_package or plan.model.source.kind == "package"
    if exists and not is_package and real_shift(plan) != "rolling":
        return Baking("sagemaker", 0)
    return Baking("agentops", min(plan.traffic.bake_s, MAX_BAKE_S))


def smoke_fault(smoke: SmokeRequest, answer: bytes) -> str:
    """Return what is wrong with the answer to a smoke request, in words; empty when it is right."""
    if not answer.strip():
        return "the answer is empty"
    if smoke.expect_json_pointer is None:
        return ""
    text = answer.decode(errors="replace")
    try:
        found = _at(json.loads(text), smoke.expect_json_pointer)
    except (ValueError, LookupError, TypeError, RecursionError):
        return f"the answer has no {smoke.expect_json_pointer}: {text[:_SHOWN]!r}"
    if smoke.expect_contains is None:
        return ""
    said = found if isinstance(found, str) else json.dumps(found)
    if smoke.expect_contains in said:
        return ""
    return f"{smoke.expect_json_pointer} is {said[:_SHOWN]!r}; expected was {smoke.expect_contains!r} in it"


def _at(value: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        value = cast("list[Any]", value)[int(key)] if isinstance(value, list) else value[key]
    return value
