"""How scenes speak: what was asked, what was seen, and what went wrong, a short line each."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable
from typing import Any

from cli.demo.people import Mail
from cli.stage import Ended, SceneError, Stage
from cli.stage_scores import stage_scores
from cli.terminal import out

_LONGEST = 150
_SHOWN = ("Model:", "Fleet:", "Configuration:", "Unchanged:")
"""Lines of a change that are worth their place here; the mail and the page have all."""


def tell(line: str, style: str = "") -> None:
    """Print a line of a scene: whole to a program, between words on as many lines as a terminal needs."""
    if out.is_terminal:
        line = textwrap.fill(
            line, out.width - 2, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
        )
    out.print(textwrap.indent(line, "  "), style=style or None)


def tell_request(request: dict[str, Any], how: str = "StartExecution") -> None:
    """Print what was asked."""
    tell(f"{how} {json.dumps(request)}", "dim")


def tell_end(ended: Ended) -> None:
    """Print the line that the execution shows."""
    tell(ended.output.get("summary") or f"{ended.error}: {ended.cause}", "green" if ended.output else "yellow")


def tell_citation(citation: dict[str, Any], passage: dict[str, Any]) -> None:
    """Print where a cited passage stands, what each stage of retrieval gave it, its words, and what rests on them."""
    tell(f"cites {citation['source']} {citation['version']}: {passage['title']} > {passage['heading']}")
    tell(f"  {stage_scores(passage['scores'])}")
    tell(f'  "{" ".join(citation["quote"].split())}"', "dim")
    for ground in citation["grounds"]:
        tell(f'  {ground["field"]} rests on "{" ".join(ground["quote"].split())}"')


def tell_mail(mail: Mail) -> None:
    """Print what a mail asks: its subject, the change, the cost."""
    tell(f"mail to {mail.to}: {mail.subject}")
    for line in mail.section("WHAT CHANGES"):
        if line.startswith(_SHOWN):
            tell(f"  {line}")
    tell(f"  cost {'; '.join(mail.section('WHAT IT COSTS'))}")


def tell_states(stage: Stage, execution: str, since: str) -> None:
    """Print the states that a run passed, from one of them on."""
    states = [name for name in stage.states(execution) if name and not name.endswith("?")]
    tell(f"states {' > '.join(states[states.index(since) :])}", "dim")


def shortened(text: str) -> str:
    """Return the beginning of a long text, cut between words."""
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[:_LONGEST].rsplit(" ", 1)[0] + " ..."


def expect(found: object, wanted: object, what: str) -> None:
    """Raise SceneError where something else was found than was wanted."""
    if found != wanted:
        raise SceneError(f"{what}: {found!r} instead of {wanted!r}")


def expect_end(ended: Ended, *wanted: str) -> Ended:
    """Return how a run ended, if it ended well and so, or failed with an error of that name. Raise SceneError."""
    seen = ended.output.get("end") if ended.status == "SUCCEEDED" else ended.error
    if seen not in wanted:
        raise SceneError(f"ended as {ended.status} {seen}: {ended.cause or ended.output.get('summary')}")
    return ended


def expect_words(text: str, words: Iterable[str]) -> None:
    """Raise SceneError where a text lacks one of these."""
    for word in words:
        if word not in text:
            raise SceneError(f"{word!r} is missing from: {text}")
