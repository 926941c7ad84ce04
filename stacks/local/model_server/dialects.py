"""How servers of chat completions differ: the field that holds a JSON schema, and the shape of a refusal.

Source: NVIDIA's pages on structured generation (NIM for LLMs 1.1 to 2.0) and its guide to migrating from 1.x.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ErrorShape = Callable[[int, str, str], dict[str, Any]]


def flat_error(status: int, kind: str, message: str) -> dict[str, Any]:
    """Word an error as vLLM's older protocol does."""
    return {"object": "error", "message": message, "type": kind, "param": None, "code": status}


def nested_error(status: int, kind: str, message: str) -> dict[str, Any]:
    """Word an error as OpenAI and newer vLLM do."""
    return {"error": {"message": message, "type": kind, "param": None, "code": status}}


def problem(status: int, kind: str, message: str) -> dict[str, Any]:
    """Word an error as NVIDIA's hosted API does."""
    return {"status": status, "title": kind, "detail": message}


@dataclass(frozen=True)
class Dialect:
    """Of `nvext`, `response_format` and `guided_json`, which a server `reads` and which it `refuses` with 400.

    It passes over the others, with status 200.
    """

    reads: frozenset[str]
    refuses: frozenset[str] = frozenset()
    error: ErrorShape = flat_error


DIALECTS = {
    "any": Dialect(frozenset({"nvext", "response_format", "guided_json"})),
    "nim-1": Dialect(frozenset({"nvext"})),
    "nim-1-strict": Dialect(frozenset({"nvext"}), frozenset({"response_format"})),
    "nim-1.14": Dialect(frozenset({"nvext", "guided_json"})),
    "nim-2": Dialect(frozenset({"response_format"}), error=nested_error),
    "openai": Dialect(frozenset({"response_format"}), frozenset({"nvext", "guided_json"}), nested_error),
    "hosted": Dialect(frozenset({"response_format"}), error=problem),
}
"""`any` is the laptop's: it takes whatever a configuration asks with."""
