"""The attack texts as data: what is said, who says it, and the one effect that it has."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal[
    "instructions", "fake-confidence", "fake-citations", "arns-and-wildcards", "code", "markup", "unicode-tags",
    "homoglyphs", "base64", "ansi", "newlines", "oversized", "deep", "nan", "duplicate-keys", "look-alike-url",
]  # fmt: skip
"""Every class of bad input that intents, documents and replies are to be expected to hold."""

Effect = Literal["refused", "neutralised", "none"]
"""Refused with a reason; read and shown as something harmless; or read as it is, and the plan stays what it was."""

_FOLDER = Path(__file__).parent


class Attack(BaseModel):
    """One attack. `fill` is a text and how often it stands where `{FILL}` does in what is said."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    name: str
    effect: Effect
    fill: tuple[str, int] = ("", 0)

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"

    def __repr__(self) -> str:
        return f"{type(self).__name__} {self}"

    @property
    def said(self) -> str:
        """What would be shown if nothing stopped it."""
        raise NotImplementedError

    def filled(self, text: str) -> str:
        return text.replace("{FILL}", self.fill[0] * self.fill[1])


class IntentAttack(Attack):
    """Words of an intent, fields beside them, or a whole input as JSON text.

    Refused: `end` and what the line `says`. Neutralised: `reads`, the fields as they are read. Otherwise, and then too,
    the plan is that of `same_as`, and people are shown what it `reports` as not understood.
    """

    text: str = "deploy llama-3.1 8B for chatbot-x"
    beside: dict[str, Any] = {}
    raw: str = ""
    end: str = ""
    says: str = ""
    reads: dict[str, Any] = {}
    reports: str = ""
    same_as: str = "deploy llama-3.1 8B for chatbot-x"

    @property
    def input(self) -> str:
        """The execution's input."""
        if self.raw:
            return self.filled(self.raw)
        return json.dumps({"intent": self.filled(self.text), "env": "staging", **self.beside})

    @property
    def meant(self) -> str:
        """The input that it is held to where it is not refused."""
        return json.dumps({"intent": self.same_as, "env": json.loads(self.input)["env"]})

    @property
    def said(self) -> str:
        if self.raw:
            return self.input
        return str(self.beside.get("requester") or self.filled(self.text))


class DocumentAttack(Attack):
    """The text under a heading of a knowledge document, and fields of its front matter.

    Refused: the document is left out, and `says` why. Otherwise it is quoted as `quote` (as written, if that is empty).
    """

    text: str
    front: dict[str, str] = {}
    file: str = "chatbot.md"
    says: str = ""
    quote: str = ""

    @property
    def said(self) -> str:
        return self.filled(self.text)


class ReplyAttack(Attack):
    """A reply of the planning model: a text, or `fields` changed in a good one.

    Refused: `says` why. Neutralised: it is read, and the question that people are shown is `shows`.
    """

    text: str = ""
    fields: dict[str, Any] = {}
    finish_reason: str = "stop"
    says: str = ""
    shows: str = ""

    def reply(self, good: dict[str, Any]) -> str:
        """Return the model's words, given a good reply."""
        text = self.text or json.dumps({**good, **self.fields}, ensure_ascii=False)
        return self.filled(text.replace("{GOOD}", json.dumps(good)))

    @property
    def said(self) -> str:
        return self.reply({})


@cache
def intents() -> tuple[IntentAttack, ...]:
    return tuple(map(IntentAttack.model_validate_json, _lines("intents.jsonl")))


@cache
def documents() -> tuple[DocumentAttack, ...]:
    return tuple(map(DocumentAttack.model_validate_json, _lines("documents.jsonl")))


@cache
def replies() -> tuple[ReplyAttack, ...]:
    return tuple(map(ReplyAttack.model_validate_json, _lines("replies.jsonl")))


def _lines(name: str) -> list[str]:
    return (_FOLDER / name).read_text(encoding="utf-8").splitlines()
