"""The reader as an approver: what they need to answer, and how long there is."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime

from cli.demo.people import LEAD, ONCALL, OWNER, Mail, Person, decided
from cli.stage import Stage
from cli.terminal import notes, out

_STEP_S = 30


class Reader:
    """Waits for the reader's own click at the approvals, with all that a real approver has."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def waits_for_approval(self, people: Mapping[str, Person], plan_id: str, mail: Mail) -> None:
        """Return once two people's approvals stand, or anything else was decided."""
        out.print(f"  Your turn: {mail.subject}", style="bold")
        self._wait(people, plan_id, (LEAD, ONCALL, OWNER), "open the newest mails, and approve as two of the three")

    def waits_for_refusal(self, people: Mapping[str, Person], plan_id: str) -> None:
        """Return once somebody has declined, or anything else was decided."""
        self._wait(people, plan_id, (ONCALL,), "open the newest mail's second link, say why, and decline")

    def _wait(self, people: Mapping[str, Person], plan_id: str, names: tuple[str, ...], what: str) -> None:
        out.print(f"  {self._stage.outputs['inbox_url']}  {what}")
        until = datetime.fromisoformat(self._stage.document(plan_id, "approval")["expires_at"])
        with notes.status("") as status:

            def look() -> bool | None:
                codes = "   ".join(f"{name} {people[name].code()}" for name in names)
                left = until - datetime.now(UTC)
                hours, minutes = divmod(int(left.total_seconds()) // 60, 60)
                new = _STEP_S - int(time.time()) % _STEP_S
                # On a line of their own: a narrow terminal cuts what is too long for it.
                status.update(f"{codes}\n  new codes in {new} s; {hours} h {minutes} min left; Ctrl-C ends the demo")
                return True if decided(self._stage, plan_id) else None

            self._stage.until(look, "nobody decided", seconds=(until - datetime.now(UTC)).total_seconds())
        for person in people.values():
            person.forget_codes()
