"""One plan an endpoint, so many plans an environment, and a rollback that no limit holds back."""

from typing import Literal

import pytest

from lambdas.adapters import leases
from lambdas.adapters.journal import Journal
from lambdas.core.contracts.steps import ExecutionRef
from lambdas.core.errors import LeaseBusyError

Purpose = Literal["deployment", "rollback"]

pytestmark = pytest.mark.usefixtures("aws")

FIRST, SECOND, THIRD = (f"p-{number:016x}" for number in (1, 2, 3))
AT = "2026-11-18T10:00:00.000000Z"


def run_of(plan_id: str) -> ExecutionRef:
    return ExecutionRef(arn=f"arn:aws:states:us-east-1:123456789012:execution:deployment:{plan_id}", started_at=AT)


def journal_of(plan_id: str, at: str = AT) -> Journal:
    return Journal(plan_id, run_of(plan_id), at)


def holder_of(endpoint: str) -> str:
    held = leases.holder(endpoint)
    return held.plan_id if held else ""


def take(plan_id: str, endpoint: str = "x-dev", *, purpose: Purpose = "deployment", most_open: int = 2, at: str = AT):
    return leases.take(
        journal_of(plan_id, at), endpoint, "dev", purpose, most_open=most_open, execution=run_of(plan_id)
    )


def test_the_second_plan_of_an_endpoint_is_told_who_holds_it():
    take(FIRST)
    with pytest.raises(LeaseBusyError, match=f"x-dev is being changed by {FIRST}"):
        take(SECOND)
    assert holder_of("x-dev") == FIRST


def test_the_same_plan_takes_it_again_without_a_second_place_or_line():
    assert take(FIRST) == take(FIRST, at="2026-11-18T10:00:05.000000Z")
    assert take(SECOND, "y-dev").slot == 2
    assert leases.changes_since("dev", AT) == [FIRST, SECOND]


def test_an_environment_has_only_so_many_places_and_gives_them_back():
    take(FIRST, "x-dev")
    take(SECOND, "y-dev")
    with pytest.raises(LeaseBusyError, match="dev has 2 changes open"):
        take(THIRD, "z-dev")
    assert leases.holder("z-dev") is None
    leases.release(journal_of(FIRST), "x-dev")
    assert take(THIRD, "z-dev").slot == 1


def test_a_rollback_needs_no_place_and_counts_as_no_change():
    take(FIRST, "x-dev", most_open=1)
    assert take(SECOND, "y-dev", purpose="rollback", most_open=1).slot == 0
    assert leases.changes_since("dev", AT) == [FIRST]
    leases.release(journal_of(SECOND), "y-dev")
    assert leases.holder("y-dev") is None


def test_only_its_holder_gives_a_lease_back_and_twice_does_no_harm():
    take(FIRST)
    leases.release(journal_of(SECOND), "x-dev")
    assert holder_of("x-dev") == FIRST
    leases.release(journal_of(FIRST), "x-dev")
    take(SECOND)
    leases.release(journal_of(FIRST), "x-dev")
    assert holder_of("x-dev") == SECOND


def test_open_leases_are_listed_and_returned_ones_are_not():
    take(FIRST, "x-dev")
    take(SECOND, "y-dev", at="2026-11-18T10:00:05.000000Z")
    leases.release(journal_of(FIRST), "x-dev")
    assert [lease.endpoint for lease in leases.open_leases()] == ["y-dev"]


def test_changes_are_counted_from_a_moment_on():
    take(FIRST, "x-dev")
    take(SECOND, "y-dev", at="2026-11-18T10:30:00.000000Z")
    assert leases.changes_since("dev", "2026-11-18T10:15:00.000000Z") == [SECOND]
    assert leases.changes_since("prod", AT) == []


def test_a_place_lost_to_another_between_look_and_write_takes_the_next(monkeypatch):
    taken = leases._take_all
    lost: list[int] = []

    def raced(lease):
        if not lost:
            lost.append(lease.slot)
            take_other()
        return taken(lease)

    def take_other() -> None:
        assert take(SECOND, "y-dev").slot == 1

    monkeypatch.setattr(leases, "_take_all", raced)
    assert take(FIRST).slot == 2
