"""What a run that died left standing, and which end that is: read off the records and the endpoint as it is."""

from collections.abc import Sequence
from typing import NamedTuple

from lambdas.core.contracts.deployment import DeploymentRecord, RollbackRecord
from lambdas.core.deploying.view import EndpointView, why_not_live
from lambdas.core.deploying.way_back import undo_of, way_back


class Left(NamedTuple):
    """How the run is to end, by the ends table, and what was seen. No end: its endpoint still changes."""

    end: str
    seen: str


def what_is_left(
    record: DeploymentRecord | RollbackRecord | None, view: EndpointView | None, firing: Sequence[str]
) -> Left:
    """Return how a dead run ends. `firing`: which of its alarms are in ALARM.

    - Nothing was changed, or all is as it was: `died`. Operations has been told of the death itself; nothing is needed.
    - A deployment that Verify Deployment had found good serves just so, and its alarms are quiet: `deployed`, as its
      next step would have recorded. Recording it is what keeps it watched: only alarms on record are answered by a
      rollback. Where our own bake was still to come or cut short, it is `unexercised`: no bake vouches for it.
    - Everything else is `needs-person`: the run knew what it was about to do, and nobody else does. So is a rollback
      that has gone back and was to put alarms and records back, too.
    """
    if record is None:
        return Left(end="died", seen="it had changed nothing")
    if _is_good(record, view, firing):
        watched = isinstance(record, DeploymentRecord) and record.baked_by != "agentops"
        return Left(end="deployed" if watched else "unexercised", seen=f"{view}, as was verified")
    back = way_back(view, undo_of(record))
    if back.step in {"wait", "later"}:
        return Left(end="", seen=back.reason)
    if back.step == "nothing" and isinstance(record, DeploymentRecord):
        return Left(end="died", seen=back.reason)
    alarms = f"; alarm {', '.join(firing)} is in ALARM" if firing else ""
    return Left(end="needs-person", seen=back.reason + alarms)


def _is_good(record: DeploymentRecord | RollbackRecord, view: EndpointView | None, firing: Sequence[str]) -> bool:
    if not isinstance(record, DeploymentRecord) or not record.verified or firing or view is None:
        return False
    return not why_not_live(view, record.endpoint, record.config_after) and view.resolved_images == record.images_after
