"""Hostile replies of the planning model: refused with a reason that is not theirs, repaired once, or made harmless."""

from __future__ import annotations

import json

import pytest

from lambdas.core.contracts.evidence import Evidence, Passage
from lambdas.core.errors import PlannerReplyError
from lambdas.core.planning.chat import ChatReply, Message
from lambdas.core.planning.draft import Drafted, draft_choice
from lambdas.core.planning.options import Options
from lambdas.core.summaries import question_of_model
from tests.attacks.attack import ReplyAttack, replies

GOOD = {
    "model": "llama-3.1-8b-instruct",
    "instance_type": "ml.g5.12xlarge",
    "citations": ["budgets#staging"],
    "question": "",
}
OPTIONS = Options(
    models=("llama-3.1-8b-instruct",), instance_types=("ml.g5.12xlarge",), passages=("budgets#staging", "canary#why")
)
PASSAGE = Passage(id="budgets#staging", source="b.md", title="B", heading="S", version="1", score=1.0, quote="$20")
EVIDENCE = Evidence(plan_id="p-0123456789abcdef", passages=(PASSAGE,))

THEIR_WORDS = ("evil", "666666666666", "script", "system", "p5", "Subject", "QUJD", "<", "\u0430")


class Model:
    """Says these replies in turn, and remembers what it was asked."""

    def __init__(self, *replies: ChatReply) -> None:
        self.asked: list[list[Message]] = []
        self._replies = iter(replies)

    def draft(self) -> Drafted:
        def ask(messages: list[Message], _: object) -> ChatReply:
            self.asked.append(messages)
            return next(self._replies)

        return draft_choice(ask, text="deploy it", env="staging", options=OPTIONS, prices={}, evidence=EVIDENCE)


def said(attack: ReplyAttack) -> ChatReply:
    return ChatReply(text=attack.reply(GOOD), finish_reason=attack.finish_reason)


@pytest.mark.parametrize("attack", [one for one in replies() if one.effect == "refused"], ids=str)
def test_a_hostile_reply_is_refused_and_repaired_at_most_once(attack: ReplyAttack) -> None:
    stubborn = Model(said(attack), said(attack))
    with pytest.raises(PlannerReplyError) as refused:
        stubborn.draft()
    assert attack.says
    first, second = str(refused.value).split("; and so was its repair: ")
    assert attack.says in first
    assert attack.says in second
    assert not any(word in str(refused.value) for word in THEIR_WORDS)
    assert str(refused.value).isprintable()
    assert len(stubborn.asked) == 2

    mended = Model(said(attack), ChatReply(text=json.dumps(GOOD), finish_reason="stop"))
    done = mended.draft()
    assert (done.draft.model_dump(mode="json"), done.rounds) == (GOOD, 2)
    *asked, own, reason = mended.asked[1]
    assert asked == mended.asked[0]
    assert (own["role"], reason["role"]) == ("assistant", "user")
    assert "<" not in own["content"]
    assert len(own["content"]) <= 24_000


@pytest.mark.parametrize("attack", [one for one in replies() if one.effect == "neutralised"], ids=str)
def test_a_hostile_question_is_shown_as_the_models_in_one_harmless_line(attack: ReplyAttack) -> None:
    draft = Model(said(attack)).draft().draft
    assert draft.model_copy(update={"question": ""}).model_dump(mode="json") == GOOD
    shown = question_of_model(draft.question, ())
    assert shown == f"The planning model asks: {attack.shows}"
    assert shown.isprintable()
