"""A proposal without the endpoint's name, for the assurance that has a person type it.

What a mail scanner finds in the mail or on the page must not be what it needs to submit.
"""

import re
from collections.abc import Callable
from typing import TypeVar

from lambdas.core.contracts.approval import Proposal
from lambdas.core.contracts.base import Contract

Model = TypeVar("Model", bound=Contract)


def masked_name(endpoint: str) -> str:
    """Return as much of a name as tells which endpoint it is to somebody who knows it: its first third."""
    return f"{endpoint[: len(endpoint) // 3]}***"


def masked(proposal: Proposal) -> Proposal:
    """Return the proposal with the endpoint's name masked wherever it stands, in names made from it too."""
    name = re.compile(re.escape(proposal.endpoint), re.IGNORECASE)
    shown = masked_name(proposal.endpoint)

    def hide(text: str) -> str:
        return name.sub(shown, text)

    return _hidden(proposal, hide).model_copy(
        update={
            "plan_id": proposal.plan_id,
            "rows": tuple(_hidden(row, hide) for row in proposal.rows),
            "rules": tuple(_hidden(rule, hide) for rule in proposal.rules),
            "evidence": tuple(_hidden(one, hide) for one in proposal.evidence),
            "requester": _hidden(proposal.requester, hide),
            "unread": tuple(map(hide, proposal.unread)),
        }
    )


def shown(proposal: Proposal, assurance: str) -> Proposal:
    """Return what may be shown where this assurance holds."""
    return masked(proposal) if assurance == "typed-name" else proposal


def _hidden(model: Model, hide: Callable[[str], str]) -> Model:
    return model.model_copy(update={key: hide(value) for key, value in model if isinstance(value, str)})
