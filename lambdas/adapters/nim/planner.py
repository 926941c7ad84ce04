"""The planning model as the planner asks it: within its tokens and its time, and with the planner's own errors."""

from typing import Any

from lambdas.adapters.nim.chat import NimChat
from lambdas.adapters.nim.failures import ModelAbsentError, ModelBusyError, ModelRefusedError, ModelReplyError
from lambdas.adapters.nim.patience import Patience
from lambdas.adapters.token_budget import TokenBudget
from lambdas.core.contracts.audit import Detail
from lambdas.core.errors import (
    AgentOpsError,
    PlannerBusyError,
    PlannerNotConfiguredError,
    PlannerRefusedError,
    PlannerReplyError,
)
from lambdas.core.planning.chat import ChatReply, Message


class BudgetedPlanner:
    """Asks a chat model for one run. `rounds` is how many answers came, of whatever worth."""

    def __init__(self, chat: NimChat, budget: TokenBudget, patience: Patience) -> None:
        """Use this model, within this budget and time."""
        self._chat = chat
        self._budget = budget
        self._patience = patience
        self.rounds = 0
        self._prompt_tokens = self._completion_tokens = 0

    def spent(self) -> dict[str, Detail]:
        """Return what the answers took, as audit entries tell it, also where nothing came of them.

        `run_tokens` is what counts against the run's ceiling: with earlier tries of the step, and in full where a model
        did not say what it used.
        """
        return {
            "rounds": self.rounds,
            "prompt_tokens": self._prompt_tokens,
            "completion_tokens": self._completion_tokens,
            "run_tokens": self._budget.run_tokens,
        }

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
            self.rounds += 1
            raise PlannerReplyError(str(error)) from error
        except (ModelBusyError, ModelRefusedError, ModelAbsentError) as error:
            self._budget.give_back(most)
            raise _ours(error) from error
        except AgentOpsError:  # of the store that holds the key
            self._budget.give_back(most)
            raise
        self.rounds += 1
        self._prompt_tokens += reply.prompt_tokens
        self._completion_tokens += reply.completion_tokens
        used = reply.prompt_tokens + reply.completion_tokens
        if used:
            self._budget.give_back(most - used)
        return reply


def _ours(error: ModelBusyError | ModelRefusedError | ModelAbsentError) -> AgentOpsError:
    if isinstance(error, ModelBusyError):
        return PlannerBusyError(str(error))
    if isinstance(error, ModelRefusedError):
        return PlannerRefusedError(str(error))
    return PlannerNotConfiguredError(str(error))
