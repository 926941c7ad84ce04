"""Time and state: what may be right tomorrow. A dry run is warned of it, never denied for it."""

from datetime import datetime, timedelta

from lambdas.core.guardrails.case import Case, Ruling
from lambdas.core.policies import FreezeWindow

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def execute_allowed(case: Case) -> Ruling:
    """Deny to execute where this installation does not allow it; a dry run is always allowed."""
    env, allowed = case.plan.env, case.facts.execute_allowed
    policy = f"cdk.json#/context/agentops/environments/{env}/execute_allowed"
    message = f"{env} has execute_allowed {str(allowed).lower()}; "
    message += "the request asks to execute" if case.facts.execute else "the request asks for a dry run"
    return Ruling("deny" if case.facts.execute and not allowed else "pass", message, policy)


def freeze_window(case: Case) -> Ruling:
    """Refuse changes within a freeze window of the environment."""
    now = datetime.fromisoformat(case.facts.now)
    policy = case.limit("freeze_windows")
    for window in case.limits.freeze_windows:
        if _covers(window, now):
            span = f"{window.starts or window.weekly_from} to {window.ends or window.weekly_until} UTC"
            message = f"{case.plan.env} is frozen ({window.name}, {span}: {window.reason}); it is {case.facts.now}"
            return case.refuse_for_now(message, policy)
    return Ruling("pass", f"no freeze window of {case.plan.env} covers {case.facts.now}", policy)


def kill_switch(case: Case) -> Ruling:
    """Refuse changes unless the kill switch says run; one that cannot be read says what policy makes of it."""
    found = case.facts.kill_switch
    policy = "guardrails.yaml#/kill_switch/unreadable_means"
    if found == "run":
        return Ruling("pass", "the kill switch is at run", policy)
    meant = case.policies.guardrails.kill_switch.unreadable_means
    message = (
        f"the kill switch cannot be read, which means {meant}"
        if found == "unreadable"
        else f"the kill switch is at {found}"
    )
    return case.refuse_for_now(message, policy)


def change_rate(case: Case) -> Ruling:
    """Refuse more changes an hour than the environment allows."""
    number, most = case.facts.changes_last_hour + 1, case.limits.max_changes_per_hour
    message = f"this is change {number} of the last hour; {case.plan.env} allows {most}"
    policy = case.limit("max_changes_per_hour")
    return case.refuse_for_now(message, policy) if number > most else Ruling("pass", message, policy)


def concurrent_changes(case: Case) -> Ruling:
    """Refuse more changes at the same time than the environment allows."""
    number, most = case.facts.changes_open + 1, case.limits.max_concurrent_changes
    changes = "1 change is" if number == 1 else f"{number} changes are"
    message = f"with this plan {changes} open; {case.plan.env} allows {most} at a time"
    policy = case.limit("max_concurrent_changes")
    return case.refuse_for_now(message, policy) if number > most else Ruling("pass", message, policy)


def _covers(window: FreezeWindow, now: datetime) -> bool:
    if window.starts and window.ends:
        return datetime.fromisoformat(window.starts) <= now < datetime.fromisoformat(window.ends)
    if not window.weekly_from or not window.weekly_until:
        return False
    start, end, at = _of_week(window.weekly_from), _of_week(window.weekly_until), _since_monday(now)
    return start <= at < end if start < end else at >= start or at < end


def _of_week(text: str) -> timedelta:
    day, _, clock = text.partition(" ")
    hours, _, minutes = clock.partition(":")
    return timedelta(days=_DAYS.index(day), hours=int(hours), minutes=int(minutes))


def _since_monday(now: datetime) -> timedelta:
    return timedelta(days=now.weekday(), hours=now.hour, minutes=now.minute, seconds=now.second)
