"""How many attacks there are, and of what."""

from collections import Counter
from typing import get_args

from tests.attacks.attack import Effect, Kind, documents, intents, replies

ALL = (*intents(), *documents(), *replies())


def test_there_are_enough_attacks_of_every_class_and_none_of_more_than_ten():
    of_kind = Counter(attack.kind for attack in ALL)
    assert len(ALL) >= 120
    assert set(of_kind) == set(get_args(Kind))
    assert max(of_kind.values()) <= 10


def test_every_class_comes_by_every_way_and_every_effect_is_seen():
    for carried in (intents(), documents(), replies()):
        assert {attack.kind for attack in carried} == set(get_args(Kind))
    assert {attack.effect for attack in ALL} == set(get_args(Effect))


def test_no_attack_stands_there_twice():
    said = [attack.model_dump_json(exclude={"name"}) for attack in ALL]
    assert len(set(said)) == len(said)
    assert len({(type(attack), attack.kind, attack.name) for attack in ALL}) == len(ALL)
