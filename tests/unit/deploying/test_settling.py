"""When a change has ended, over every state that an endpoint can show, before and after the call is to be seen."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.core.contracts.deployment import Undoing
from lambdas.core.deploying.settling import ENDS_WITHIN, SEEN_WITHIN, Asked, after_undoing, has_ended, is_overdue
from lambdas.core.deploying.view import CHANGING, EndpointView, is_settled
from lambdas.core.deploying.way_back import Undo

BEFORE, CALLED = "2026-11-18T09:00:00.000000Z", "2026-11-18T10:00:00.000000Z"
STATUSES = [*sorted(CHANGING), "InService", "OutOfService", "Failed", "UpdateRollbackFailed"]


def after(wait: timedelta) -> str:
    return (datetime.fromisoformat(CALLED) + wait).isoformat().replace("+00:00", "Z")


SOON, LATER = after(timedelta(seconds=30)), after(SEEN_WITHIN + timedelta(seconds=1))


def a_view(config: str, status: str = "InService", pending: str = "", changed_at: str = SOON, **more: Any):
    fields: dict[str, Any] = {"failure_reason": "", "images": (), **more}
    return EndpointView(
        name="x-dev", config_name=config, status=status, pending_config=pending, changed_at=changed_at, **fields
    )


def asked(config: str = "new") -> Asked:
    return Asked(endpoint="x-dev", config=config, at=CALLED)


views = st.none() | st.builds(
    a_view,
    st.sampled_from(["old", "new"]),
    st.sampled_from(STATUSES),
    st.sampled_from(["", "old", "new"]),
    st.sampled_from([BEFORE, SOON]),
)


@given(views, st.sampled_from(["old", "new", ""]), st.sampled_from([SOON, LATER]))
def test_what_changes_has_not_ended_and_what_is_as_asked_has(view, config, now):
    ended = has_ended(view, asked(config), now)
    assert not ended or is_settled(view)
    if is_settled(view) and (view.config_name if view else "") == config:
        assert ended


@pytest.mark.parametrize("reason", ["", "the reason of an earlier change"])
def test_the_endpoint_of_before_is_not_the_end_of_a_change_that_is_not_to_be_seen_yet(reason):
    before = a_view("old", changed_at=BEFORE, failure_reason=reason)
    assert not has_ended(before, asked(), SOON)
    assert has_ended(before, asked(), LATER)


def test_an_endpoint_that_is_not_to_be_seen_yet_is_not_gone():
    assert not has_ended(None, asked(), SOON)
    assert has_ended(None, asked(), LATER)
    assert has_ended(None, asked(""), SOON)


def test_a_change_that_was_taken_back_without_a_word_has_ended():
    assert has_ended(a_view("old", changed_at=SOON), asked(), SOON)


@pytest.mark.parametrize("status", ["Failed", "OutOfService", "UpdateRollbackFailed"])
def test_a_status_that_no_change_begins_from_is_an_end(status):
    assert has_ended(a_view("old", status, changed_at=BEFORE), asked(), SOON)


def undoing(step: str) -> Undoing:
    return Undoing(plan_id="p-0000000000000001", endpoint="x-dev", config_to="old", step=step, at=CALLED)


UNDO = Undo(endpoint="x-dev", config_from="new", config_to="old")


@given(views, st.sampled_from(["nothing", "wait", "update", "delete", "later"]))
def test_roll_back_is_taken_again_only_after_a_step_that_waited_and_where_our_change_stands(view, step):
    then = after_undoing(view, UNDO, undoing(step), SOON)
    if then == "again":
        assert step in {"wait", "later"}
        assert view is not None
        assert (view.config_name, view.status) == ("new", "InService")
    if then == "look":
        assert not has_ended(view, asked("old"), SOON)


def test_a_change_that_outlasts_every_limit_is_looked_at_as_it_is():
    hanging = a_view("new", "Updating")
    end = after(ENDS_WITHIN + timedelta(seconds=1))
    assert (is_overdue(asked(), SOON), is_overdue(asked(), end)) == (False, True)
    assert after_undoing(hanging, UNDO, undoing("wait"), SOON) == "look"
    assert after_undoing(hanging, UNDO, undoing("wait"), end) == ""
