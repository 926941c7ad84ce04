"""A call that hangs ends before its function does, and the function before its state.

Otherwise the run ends as Sandbox.Timedout, which no Retry names, instead of with the error that says who is silent.
"""

# pyright: reportPrivateUsage=false
# The limits are of nobody's concern but the adapters' and this test's.

from __future__ import annotations

from typing import Any

import pytest

from lambdas.adapters import clients
from lambdas.adapters.nim.patience import RESERVE_S
from stacks.functions import CHECK_GUARDRAILS, DRAFT_PLAN, STEPS, VERIFY_DEPLOYMENT, Step
from tests.infra.templates import Json, of_type, states_calling

MARGIN_S = 5
"""For the code, and for the calls that do answer."""
SAGEMAKER_ANSWERS_S = 60
"""InvokeEndpoint's limit for a model's answer (SageMaker developer guide, real-time inference)."""
API_GATEWAY_WAITS_S = 30
"""An HTTP API's limit for an integration (API Gateway quotas)."""
ROUNDS = 2
"""A draft and its one repair. No call begins that could end within the step's last RESERVE_S seconds."""


def hung_s(config: Any) -> float:
    """How long a call can hang: every try, with botocore's pauses between them (standard mode: up to 1, 2, 4 ... s)."""
    tries = config.retries["total_max_attempts"]
    return tries * (config.connect_timeout + config.read_timeout) + sum(2**n for n in range(tries - 1))


def worst_s(step: Step) -> float:
    """How long a step takes at worst: one call that hangs ends it."""
    one = hung_s(clients._QUICK)
    if step is DRAFT_PLAN:
        return ROUNDS * hung_s(clients._MODEL) + RESERVE_S
    if step is VERIFY_DEPLOYMENT:  # the smoke request, and a look at the endpoint
        return hung_s(clients._MODEL) + one
    # An unreadable kill switch is an answer: the step goes on to its other calls.
    return 2 * one if step is CHECK_GUARDRAILS else one


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_hung_call_ends_before_the_function_and_the_function_before_its_state(workflow: Json, step: Step) -> None:
    [function] = [
        f
        for f in of_type(workflow, "AWS::Lambda::Function").values()
        if f["Handler"] == f"lambdas.{step.name}.handler.handler"
    ]
    assert worst_s(step) + MARGIN_S < function["Timeout"]
    for name, state in states_calling(workflow, step.placeholder).items():
        if isinstance(state["TimeoutSeconds"], int):
            assert function["Timeout"] < state["TimeoutSeconds"], name
        else:  # a wait, which lasts as long as a plan or a policy says
            assert state["Resource"].endswith(".waitForTaskToken"), name


def test_the_page_answers_before_api_gateway_gives_up(workflow: Json) -> None:
    [function] = [
        f for f in of_type(workflow, "AWS::Lambda::Function").values() if "decide_approval" in f.get("Handler", "")
    ]
    assert function["Timeout"] < API_GATEWAY_WAITS_S


def test_a_store_that_hangs_after_the_last_answer_still_ends_before_the_function() -> None:
    assert hung_s(clients._QUICK) + MARGIN_S < RESERVE_S


def test_the_client_waits_as_long_as_sagemaker_lets_a_model_take() -> None:
    config: Any = clients._MODEL
    assert config.read_timeout > SAGEMAKER_ANSWERS_S
    assert config.retries["total_max_attempts"] == 1
