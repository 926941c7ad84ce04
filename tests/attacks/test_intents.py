"""Hostile intents: refused with a reason, read without what hides in them, or planned as if nothing had been said."""

from __future__ import annotations

import pytest

from tests.attacks.attack import IntentAttack, intents
from tests.attacks.planning import Answered, Planned, plan_of

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("attack", intents(), ids=str)
def test_a_hostile_intent_has_its_one_effect(attack: IntentAttack) -> None:
    found = plan_of(attack.input)

    if attack.effect == "refused":
        assert isinstance(found, Answered)
        assert found.end == attack.end
        assert attack.says
        assert attack.says in found.line
        assert found.line.isprintable()
        assert len(found.line) <= 1_000
        return
    assert isinstance(found, Planned), found
    usual = plan_of(attack.meant)
    assert isinstance(usual, Planned)
    assert found.without_citations == usual.without_citations
    assert attack.reports in "\n".join(found.reading.not_understood)
    assert bool(attack.reads) == (attack.effect == "neutralised")
    assert {field: getattr(found.request, field) for field in attack.reads} == attack.reads
