"""Hostile knowledge documents: left out by name, or quoted for what they are, and the plan is what it would be."""

from __future__ import annotations

import json
from functools import cache

import pytest

from lambdas.core.indexing import Fetched, Library, Listed, read_library
from lambdas.core.knowledge import Document, parse_document
from lambdas.core.planning.prompt import DATA_MARK
from tests.attacks.attack import DocumentAttack, documents
from tests.attacks.planning import Planned, plan_of
from tests.unit.guardrails.factory import POLICIES

pytestmark = pytest.mark.slow

HEADING = "Deploying llama-3.1 8B for chatbot-x in staging"
INPUT = json.dumps({"intent": "deploy llama-3.1 8B for chatbot-x", "env": "staging"})
BUDGETS = "knowledge/budgets.md"


@pytest.mark.parametrize("attack", documents(), ids=str)
def test_a_hostile_document_has_its_one_effect(attack: DocumentAttack) -> None:
    library = indexed(attack)
    if attack.effect == "refused":
        [left_out] = library.left_out
        assert attack.says
        assert attack.says in left_out.reason
        assert left_out.reason.isprintable()
        assert [one.source for one in library.documents] == [BUDGETS]
        return
    assert library.left_out == ()
    harmless, found = planned_with("Nothing else holds."), planned_with(attack)
    assert found.without_citations == harmless.without_citations
    quotes = [passage.quote for passage in found.evidence.passages if passage.id.startswith("chatbot#")]
    assert quotes, "it is not what retrieval finds: this shows nothing"
    assert bool(attack.quote) == (attack.effect == "neutralised")
    if attack.kind == "oversized":
        assert all(quote in attack.said for quote in quotes)
    else:
        assert quotes == [attack.quote or attack.said]


@pytest.mark.parametrize("attack", [one for one in documents() if one.effect != "refused"], ids=str)
def test_its_words_reach_the_model_inside_the_data_and_nowhere_else(attack: DocumentAttack) -> None:
    harmless, found = planned_with("Nothing else holds."), planned_with(attack)
    assert [message["role"] for message in found.messages] == ["user"]
    (user,), (usual,) = found.messages, harmless.messages
    told, mark, data = user["content"].partition(DATA_MARK)
    assert (told, mark) == (usual["content"].partition(DATA_MARK)[0], DATA_MARK)
    assert not any(sign in data for sign in ("<", "[INST]", "[/INST]", "\n"))
    given = {passage["id"]: passage["text"] for passage in json.loads(data)["passages"]}
    assert given == {passage.id: passage.quote for passage in found.evidence.passages}


def indexed(attack: DocumentAttack) -> Library:
    """What a build makes of the document beside one that ships."""
    shipped = (POLICIES / "knowledge" / "budgets.md").read_bytes()
    both = ((BUDGETS, shipped), (attack.file, written(attack).encode()))
    return read_library(Fetched(Listed(key, "etag"), content, None) for key, content in both)


def planned_with(attack: DocumentAttack | str) -> Planned:
    return (
        _planned(attack.file, written(attack)) if isinstance(attack, DocumentAttack) else _planned(*_harmless(attack))
    )


@cache
def _planned(file: str, text: str) -> Planned:
    document: Document = parse_document(file, text)
    found = plan_of(INPUT, [document])
    assert isinstance(found, Planned), found
    return found


def _harmless(text: str) -> tuple[str, str]:
    attack = DocumentAttack(kind="code", name="none", effect="none", text=text)
    return attack.file, written(attack)


def written(attack: DocumentAttack, heading: str = HEADING) -> str:
    """The document as a file."""
    fields = {
        "title": "Chatbot",
        "owner": "Team",
        "version": "2026.11",
        "effective": "2026-11-01",
        "environments": "[dev, staging, prod]",
        "doc_type": "policy",
    } | attack.front
    lines = [f"{key}: {value}" for key, value in fields.items()]
    return attack.filled("\n".join(["---", *lines, "---", "", f"## {heading}", "", attack.text, ""]))
