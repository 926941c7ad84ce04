"""The planning model as the planner asks it: within its tokens and its time, and with the planner's own errors."""

from typing import Any

from lambdas.adapters.nim.chat import NimChat
from lambdas.adapters.nim.failures import ModelAbsentError, ModelBusyError, ModelRefusedError, ModelReplyError
from lambdas.adapters.nim.patience import Patience
from lambdas.adapters.token_budget import TokenBudget
from lambdas.core.errors import (
    PlannerBusyError,
    PlannerNotConfiguredError,
    PlannerRefusedError,
    PlannerReplyError,
)
from lambdas.core.planning.chat import ChatReply, Message


class BudgetedPlanner:
    """Asks a chat model for one run."""

    def __init__(self, chat: NimChat, budget: TokenBudget, patience: Patience) -> None:
        """Use this model, within this budget and time."""
        self._chat = chat
        self._budget = budget
        self._patience = patience

    def ask(self, messages: list[Message], schema: dict[str, Any]) -> ChatReply:
        """Return the model's answer. Raises the Planner* errors of `core.errors`.

        What a call can use is taken from the budget before it, and what it did not use is given back after it. A reply
        that cannot be read gives nothing back: nobody knows what it used.
        """
        most = self._chat.most_tokens(messages)
        self._budget.take(most)
        try:
            reply = self._chat.ask(messages, schema, self._patience)
        except ModelReplyError as error:
            raise PlannerReplyError(str(error)) from error
        except ModelBusyError as error:
            self._budget.give_back(most)
            raise PlannerBusyError(str(error)) from error
        except ModelRefusedError as error:
            self._budget.give_back(most)
            raise PlannerRefusedError(str(error)) from error
        except ModelAbsentError as error:
            self._budget.give_back(most)
            raise PlannerNotConfiguredError(str(error)) from error
        used = reply.prompt_tokens + reply.completion_tokens
        if used:
            self._budget.give_back(most - used)
        return reply
