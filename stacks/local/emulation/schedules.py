"""Scheduled rules fire: by the clock, for whoever keeps asking what is due, or at once, when somebody wants to see it.

As on AWS the first time is a whole period after the rule was made or enabled.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# moto's EventBridge is typed only in part.

from __future__ import annotations

import datetime
from typing import Any, Final

from moto.events.exceptions import ValidationException
from moto.events.models import EventsBackend, Rule, events_backends

from stacks.local.emulation import eventbridge, runtime
from stacks.local.emulation.patching import patch
from stacks.local.emulation.schedule_expressions import ScheduleError, parse

BUS: Final = "default"
_stock_put_rule = EventsBackend.put_rule


class NoScheduleError(LookupError):
    """There is no scheduled rule of this name."""


def fire_due(account: str, region: str) -> list[str]:
    """Fire every enabled scheduled rule whose time has come, and return their names; a time that was missed is lost."""
    now, fired = _now(), list[str]()
    for rule in _scheduled(account, region):
        due: datetime.datetime | None = _clock(rule).get("next")
        if rule.state != "ENABLED":
            _clock(rule).clear()
        elif due is None:
            _clock(rule)["next"] = parse(str(rule.scheduled_expression)).next_after(now)
        elif due <= now:
            _clock(rule)["next"] = parse(str(rule.scheduled_expression)).next_after(max(due, now))
            eventbridge.fire(rule)
            fired.append(rule.name)
    return fired


def fire_now(account: str, region: str, name: str) -> None:
    """Fire a scheduled rule out of its turn, whether it is enabled or not. Raise `NoScheduleError`."""
    rule = next((rule for rule in _scheduled(account, region) if rule.name == name), None)
    if rule is None:
        known = ", ".join(rule.name for rule in _scheduled(account, region)) or "none"
        raise NoScheduleError(f"there is no scheduled rule {name!r}. There are: {known}")
    eventbridge.fire(rule)


def listed(account: str, region: str) -> list[dict[str, Any]]:
    """Each scheduled rule: name, expression, state, and when it is due next (ISO 8601, or None)."""
    shown: list[dict[str, Any]] = []
    for rule in _scheduled(account, region):
        due = _clock(rule).get("next")
        shown.append(
            {
                "name": rule.name,
                "schedule": rule.scheduled_expression,
                "state": rule.state,
                "next": due and due.isoformat(),
            }
        )
    return shown


def put_rule(self: EventsBackend, name: str, *args: Any, **kwargs: Any) -> Rule:
    """Stock moto takes `rate(0 minutes)` and any text in `cron(...)`, and never fires; AWS refuses, and fires."""
    rule = kwargs.get("scheduled_expression")
    try:
        schedule = parse(rule) if rule else None
    except ScheduleError as error:
        raise ValidationException(f"Parameter ScheduleExpression is not valid. {error}") from error
    made = _stock_put_rule(self, name, *args, **kwargs)
    if schedule is not None and made.state == "ENABLED":
        _clock(made)["next"] = schedule.next_after(_now())
    return made


def _scheduled(account: str, region: str) -> list[Rule]:
    bus = events_backends[account][region].event_buses[BUS]
    return [rule for rule in list(bus.rules.values()) if rule.scheduled_expression]


def _clock(rule: Rule) -> dict[str, Any]:
    return vars(rule).setdefault("_clock", {})


def _now() -> datetime.datetime:
    return datetime.datetime.fromtimestamp(runtime.hooks().now(), datetime.UTC)


def install() -> None:
    """Patch PutRule."""
    patch(EventsBackend, "put_rule", put_rule)
