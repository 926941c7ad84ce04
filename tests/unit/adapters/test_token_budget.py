"""A planner's tokens: never more than the ceilings, however many runs count at once and whatever breaks."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from lambdas.adapters import clients
from lambdas.adapters.nim.failures import (
    ModelAbsentError,
    ModelBusyError,
    ModelRefusedError,
    ModelReplyError,
)
from lambdas.adapters.nim.patience import Patience
from lambdas.adapters.nim.planner import BudgetedPlanner
from lambdas.adapters.token_budget import TokenBudget
from lambdas.core.errors import (
    AgentOpsError,
    PlannerBudgetError,
    PlannerBusyError,
    PlannerNotConfiguredError,
    PlannerRefusedError,
    PlannerReplyError,
    RecordError,
    StoreUnavailableError,
)
from lambdas.core.planning.chat import ChatReply
from tests.support.aws_in_process import emulated_aws

PLAN, OTHER = "p-0123456789abcdef", "p-fedcba9876543210"
AT = "2026-11-21T23:59:59.000000Z"
NEXT_DAY = "2026-11-22T00:00:00.000000Z"

# Each test sets an emulated AWS up.
pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with emulated_aws(monkeypatch):
        yield


def budget(plan: str = PLAN, at: str = AT, *, per_run: int = 100, per_day: int = 150) -> TokenBudget:
    return TokenBudget(plan, at, per_run=per_run, per_day=per_day)


def counted(pk: str, sk: str) -> int:
    item = boto3.client("dynamodb").get_item(TableName="plans", Key={"pk": {"S": pk}, "sk": {"S": sk}}).get("Item")
    return json.loads(item["body"]["S"])["tokens"] if item else 0


def counts() -> tuple[int, int]:
    return counted(f"tokens#{PLAN}", "run"), counted("tokens#2026-11-21", "day")


def test_what_is_taken_counts_for_the_run_and_for_the_day():
    budget().take(60)
    budget(OTHER).take(40)
    assert counts() == (60, 100)
    budget().give_back(50)
    assert counts() == (10, 50)


def test_a_run_may_use_its_ceiling_and_not_one_token_more():
    budget().take(60)
    budget().take(40)
    with pytest.raises(
        PlannerBudgetError, match=r"this run \(p-0123456789abcdef\) has used 100 of 100 tokens.* may take 1:"
    ) as over:
        budget().take(1)
    assert "agentops.nim.planner.tokens_per_run in cdk.json" in str(over.value)
    assert counts() == (100, 100)


def test_all_runs_of_a_day_share_its_ceiling_and_the_next_day_has_its_own():
    budget().take(100)
    with pytest.raises(PlannerBudgetError, match=r"2026-11-21, UTC, has used 100 of 150 tokens.*tokens_per_day"):
        budget(OTHER).take(51)
    assert counted(f"tokens#{OTHER}", "run") == 0
    budget(OTHER, NEXT_DAY).take(51)
    assert counted("tokens#2026-11-22", "day") == 51


@pytest.fixture
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let moto carry out one request after the other: a transaction of its own is not atomic, one of DynamoDB's is."""
    edge: Any = clients.dynamodb()
    lock, call = threading.Lock(), edge._make_api_call

    def serial(operation: str, arguments: dict[str, Any]) -> Any:
        with lock:
            return call(operation, arguments)

    monkeypatch.setattr(edge, "_make_api_call", serial)


@pytest.mark.usefixtures("one_at_a_time")
def test_no_token_is_lost_where_many_count_at_once():
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: budget(per_run=1_000, per_day=1_000).take(7), range(20)))
    assert counts() == (140, 140)


@pytest.mark.usefixtures("one_at_a_time")
def test_many_at_once_do_not_pass_the_ceiling_together():
    def take(_: int) -> bool:
        try:
            budget(per_run=1_000, per_day=50).take(10)
        except PlannerBudgetError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(take, range(12)))
    assert sum(taken) == 5
    assert counts() == (50, 50)


THROTTLED = "ProvisionedThroughputExceededException"


def failing(monkeypatch: pytest.MonkeyPatch, code: str, operation: str = "transact_write_items") -> None:
    """Let DynamoDB refuse every call of an operation."""

    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "not now"}}, operation)

    monkeypatch.setattr(clients.dynamodb(), operation, refuse)


@pytest.mark.parametrize("operation", ["get_item", "transact_write_items"])
@pytest.mark.parametrize(
    ("code", "error"),
    [
        (THROTTLED, StoreUnavailableError),
        ("InternalServerError", StoreUnavailableError),
        ("AccessDeniedException", RecordError),
        ("ResourceNotFoundException", RecordError),
    ],
)
def test_what_cannot_be_counted_is_not_used(
    monkeypatch: pytest.MonkeyPatch, operation: str, code: str, error: type[AgentOpsError]
):
    failing(monkeypatch, code, operation)
    model = Model(ChatReply(text="{}", finish_reason="stop"))
    with pytest.raises(error):
        asked(model)
    assert model.asked == 0


def test_a_count_that_cannot_be_understood_lets_nobody_use_any():
    body = {"S": '{"tokens": "few"}'}
    boto3.client("dynamodb").put_item(
        TableName="plans", Item={"pk": {"S": "tokens#2026-11-21"}, "sk": {"S": "day"}, "body": body}
    )
    with pytest.raises(RecordError, match="tokens#2026-11-21"):
        budget().take(1)


def test_what_cannot_be_given_back_stays_counted(monkeypatch: pytest.MonkeyPatch):
    budget().take(60)
    failing(monkeypatch, THROTTLED)
    budget().give_back(60)
    assert counts() == (60, 60)


class Model:
    """A chat model at the edge: what it answers or raises, and what was counted while it thought."""

    def __init__(self, answer: ChatReply | Exception) -> None:
        self.answer = answer
        self.counted: tuple[int, int] = (0, 0)
        self.asked = 0

    def most_tokens(self, messages: Any) -> int:
        return 90

    def ask(self, messages: Any, schema: Any, patience: Patience) -> ChatReply:
        self.asked += 1
        self.counted = counts()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def asked(model: Any) -> ChatReply:
    return BudgetedPlanner(model, budget(), Patience(until=0.0)).ask([], {})


def test_a_call_is_counted_in_full_before_it_and_as_used_after_it():
    model = Model(ChatReply(text="{}", finish_reason="stop", prompt_tokens=20, completion_tokens=5))
    assert asked(model).text == "{}"
    assert model.counted == (90, 90)
    assert counts() == (25, 25)


def test_a_call_that_does_not_fit_is_not_made():
    budget().take(11)
    model = Model(ChatReply(text="{}", finish_reason="stop"))
    with pytest.raises(PlannerBudgetError):
        asked(model)
    assert model.asked == 0


def test_a_model_that_does_not_say_what_it_used_used_it_all():
    asked(Model(ChatReply(text="{}", finish_reason="stop")))
    assert counts() == (90, 90)


@pytest.mark.parametrize(
    ("failure", "error", "left"),
    [
        (ModelBusyError("later"), PlannerBusyError, 0),
        (ModelRefusedError(404, "no such model"), PlannerRefusedError, 0),
        (ModelAbsentError("none"), PlannerNotConfiguredError, 0),
        (ModelReplyError("nonsense"), PlannerReplyError, 90),
        (StoreUnavailableError("Secrets Manager"), StoreUnavailableError, 0),
    ],
)
def test_a_call_that_fails_is_not_counted_unless_it_was_answered(
    failure: Exception, error: type[AgentOpsError], left: int
):
    with pytest.raises(error, match=str(failure)):
        asked(Model(failure))
    assert counts() == (left, left)


def test_a_model_that_used_more_than_it_could_is_answered_and_then_asked_no_more():
    model = Model(ChatReply(text="{}", finish_reason="stop", prompt_tokens=120, completion_tokens=5))
    assert asked(model).text == "{}"
    assert counts() == (125, 125)
    with pytest.raises(PlannerBudgetError, match="has used 125 of 100 tokens"):
        asked(model)
    assert model.asked == 1


def test_what_all_answers_took_is_told_whatever_became_of_them():
    first = ChatReply(text="nonsense", finish_reason="stop", prompt_tokens=20, completion_tokens=5)
    model: Any = Model(first)
    asking = BudgetedPlanner(model, budget(per_run=1_000, per_day=1_000), Patience(until=0.0))
    asking.ask([], {})
    model.answer = ModelBusyError("later")
    with pytest.raises(PlannerBusyError):
        asking.ask([], {})
    assert asking.spent() == {"rounds": 1, "prompt_tokens": 20, "completion_tokens": 5, "run_tokens": 25}
    model.answer = ModelReplyError("nobody knows what this took")
    with pytest.raises(PlannerReplyError):
        asking.ask([], {})
    assert asking.spent() == {"rounds": 2, "prompt_tokens": 20, "completion_tokens": 5, "run_tokens": 115}


def test_a_step_that_is_tried_again_tells_of_its_earlier_tries_too():
    model: Any = Model(ChatReply(text="{}", finish_reason="stop", prompt_tokens=20, completion_tokens=5))
    for count in (25, 50):
        asking = BudgetedPlanner(model, budget(per_run=1_000, per_day=1_000), Patience(until=0.0))
        asking.ask([], {})
        assert asking.spent()["run_tokens"] == count
