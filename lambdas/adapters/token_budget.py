"""The ceilings on a planner's tokens: one record a run and one a day in the plans table, counted up before each call.

Keys: ("tokens#PLAN", "run") and ("tokens#DATE", "day"), the day UTC's. Both are written in one transaction, and only
over what was read: however many runs count at once, none of their tokens is lost.
"""

import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from lambdas.adapters import clients
from lambdas.adapters.entry import logger
from lambdas.adapters.plan_store import PlanStore
from lambdas.adapters.settings import variable
from lambdas.core.contracts.records import TokenCount
from lambdas.core.errors import PlannerBudgetError, StoreUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import PutTypeDef, TransactWriteItemTypeDef

_TRIES = 12
_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 2.0
_NOT_COUNTED = TokenCount(tokens=0)
_CHANGED = frozenset({"ConditionalCheckFailed", "TransactionConflict"})


class TokenBudget:
    """What a run may still use, of its own ceiling and of its day's."""

    def __init__(
        self, plan_id: str, at: str, *, per_run: int, per_day: int, pause: Callable[[float], None] = time.sleep
    ) -> None:
        """Count for this plan; `at` is now, in UTC, ISO 8601. `pause` waits seconds where another run counted first."""
        day = at[:10]
        self._ceilings = {
            (f"tokens#{plan_id}", "run"): (per_run, f"this run ({plan_id})", "tokens_per_run"),
            (f"tokens#{day}", "day"): (per_day, f"{day}, UTC,", "tokens_per_day"),
        }
        self._store = PlanStore(clients.dynamodb(), variable("PLANS_TABLE"))
        self._pause = pause
        self.run_tokens = 0
        """What counted for the run when it was last written."""

    def take(self, tokens: int) -> None:
        """Count tokens that are about to be used. Raises PlannerBudgetError when a ceiling does not allow them."""
        self._add(tokens, held_to_ceilings=True)

    def give_back(self, tokens: int) -> None:
        """Take tokens off the counts that were not used. Where that fails they stay counted: the ceilings hold.

        Fewer than none are tokens that were used beyond those taken: they count, whatever the ceilings say.
        """
        try:
            self._add(-tokens, held_to_ceilings=False)
        except StoreUnavailableError as error:
            logger.warning("unused tokens stay counted", extra={"tokens": tokens, "why": str(error)})

    def _add(self, tokens: int, *, held_to_ceilings: bool) -> None:
        for attempt in range(_TRIES):
            puts: list[TransactWriteItemTypeDef] = []
            counts: dict[str, int] = {}
            for (pk, sk), (ceiling, whose, setting) in self._ceilings.items():
                held = self._store.find(TokenCount, pk, sk)
                used = (held or _NOT_COUNTED).tokens
                if held_to_ceilings and used + tokens > ceiling:
                    message = (
                        f"{whose} has used {used} of {ceiling} tokens of the planning model, and the next call may "
                        f"take {tokens}: see agentops.nim.planner.{setting} in cdk.json"
                    )
                    raise PlannerBudgetError(message)
                counts[sk] = max(0, used + tokens)
                puts.append(_put(pk, sk, TokenCount(tokens=counts[sk]), held))
            if _written(puts):
                self.run_tokens = counts["run"]
                return
            # All runs of a day count in one record: who came second comes back at a time of its own.
            self._pause(random.uniform(0, min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**attempt)))  # noqa: S311
        message = f"the token counts in {variable('PLANS_TABLE')} changed {_TRIES} times while they were counted up"
        raise StoreUnavailableError(message)


def _put(pk: str, sk: str, count: TokenCount, held: TokenCount | None) -> "TransactWriteItemTypeDef":
    put: PutTypeDef = {
        "TableName": variable("PLANS_TABLE"),
        "Item": {"pk": {"S": pk}, "sk": {"S": sk}, "body": {"S": count.model_dump_json()}},
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    if held:
        put["ConditionExpression"] = "body = :held"
        put["ExpressionAttributeValues"] = {":held": {"S": held.model_dump_json()}}
    return {"Put": put}


def _written(puts: "list[TransactWriteItemTypeDef]") -> bool:
    """Return whether the counts were written; False where another run counted first."""
    with clients.store_errors(f"DynamoDB TransactWriteItems on {variable('PLANS_TABLE')}"):
        try:
            clients.dynamodb().transact_write_items(TransactItems=puts)
        except ClientError as error:
            reasons = {str(reason.get("Code")) for reason in error.response.get("CancellationReasons", [])}
            if clients.error_code(error) == "TransactionCanceledException" and reasons & _CHANGED:
                return False
            raise
    return True
