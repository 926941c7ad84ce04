"""Has a change that was asked for come to its end? SageMaker may show the endpoint of before for a while."""

from datetime import datetime, timedelta
from typing import Literal

from lambdas.core.contracts.base import Contract, EndpointName, Timestamp
from lambdas.core.contracts.deployment import Undoing
from lambdas.core.deploying.view import EndpointView, is_settled
from lambdas.core.deploying.way_back import Undo, way_back

SEEN_WITHIN = timedelta(minutes=5)
"""How long a description may lag behind the call that began a change. SageMaker states no figure; it takes seconds."""
ENDS_WITHIN = timedelta(hours=10)
"""Longer than SageMaker lets a deployment take (MaximumExecutionTimeoutInSeconds: 8 hours at most)."""


class Asked(Contract):
    """What the last call asked of an endpoint. Empty `config`: that it be gone. `at`: a moment before that call."""

    endpoint: EndpointName
    config: str
    at: Timestamp


def has_ended(view: EndpointView | None, asked: Asked, now: str) -> bool:
    """Does nothing happen to the endpoint by itself any more, and is what is seen later than the call?

    What was asked for is there: it has ended. Something else is there: then either SageMaker took the change back,
    which it may do without a word, and the endpoint has changed since; or this is the endpoint of before, and the
    change is not to be seen yet. A FailureReason proves neither, for it may be that of an earlier change. Where
    nothing of the change is seen for `SEEN_WITHIN`, none will be: whoever verifies says what stands.
    """
    if not is_settled(view):
        return False
    if (view.config_name if view else "") == asked.config:
        return True
    if view is not None and (view.changed_at > asked.at or view.status != "InService"):
        return True
    return _since(asked, now) > SEEN_WITHIN


def is_overdue(asked: Asked, now: str) -> bool:
    """Has the change gone on for longer than any may?"""
    return _since(asked, now) > ENDS_WITHIN


def after_undoing(view: EndpointView | None, undo: Undo, undoing: Undoing, now: str) -> Literal["", "look", "again"]:
    """Return what follows a step of Roll Back: look at its end; `look` again later; or roll back `again`.

    Again only where that step was to wait, because SageMaker changes and deletes nothing that changes already, and
    what it waited for stands now. What Roll Back called and SageMaker did not do is not called a second time.
    """
    asked = Asked(endpoint=undo.endpoint, config=undo.config_to, at=undoing.at)
    if not has_ended(view, asked, now):
        return "" if is_overdue(asked, now) else "look"
    waited = undoing.step in {"later", "wait"}
    return "again" if waited and way_back(view, undo).step in {"update", "delete"} else ""


def _since(asked: Asked, now: str) -> timedelta:
    return datetime.fromisoformat(now) - datetime.fromisoformat(asked.at)
