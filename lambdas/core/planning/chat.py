"""The chat protocol as the planner needs it, without any server's ways of speaking it."""

from collections.abc import Callable
from typing import Any, Literal, TypedDict

from lambdas.core.contracts.base import Contract


class Message(TypedDict):
    """One message of a chat-completions request."""

    role: Literal["system", "user", "assistant"]
    content: str


class ChatReply(Contract):
    """A model's answer: its text as it came, why it stopped ("stop", "length", ...), and the tokens it used."""

    text: str
    finish_reason: str
    prompt_tokens: int = 0
    completion_tokens: int = 0


Ask = Callable[[list[Message], dict[str, Any]], ChatReply]
"""Asks a model with these messages for JSON of this schema. Raises the Planner* errors of `core.errors`."""
