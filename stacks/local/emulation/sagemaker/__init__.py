"""SageMaker's endpoints: they take time, refuse what AWS refuses, tell of themselves by events, and serve requests."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateUsage=false
# moto's API layer is typed only in part.

from __future__ import annotations

import json
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.sagemaker.responses import SageMakerResponse

from stacks.local.emulation.patching import patch
from stacks.local.emulation.refusals import RefusalError
from stacks.local.emulation.sagemaker.api import answer, answers
from stacks.local.emulation.sagemaker.plane import control_plane, end_changes

__all__ = ["control_plane", "end_changes", "install"]

_stock_call_action: Final = SageMakerResponse.call_action


def call_action(self: SageMakerResponse) -> Any:
    """Stock moto's endpoints are InService at once, cannot be updated, run on few instance types and refuse nothing.

    AWS answers, then works: endpoints are created, updated under alarms and taken back over time, and every step is
    told by an event. What AWS refuses is refused in its words.
    """
    operation = str(self._get_action())
    try:
        request = json.loads(self.body or "{}")
    except ValueError:
        request = None
    if not isinstance(request, dict) or not answers(operation, request):
        return _stock_call_action(self)
    try:
        reply = answer(control_plane(self.current_account, self.region), operation, request)
    except RefusalError as refusal:
        headers = {str(key): str(value) for key, value in refusal.get_headers()}
        return refusal.code, headers, refusal.description
    return self.serialized(ActionResult(reply))


def install() -> None:
    """Answer the operations on models, endpoint configurations and endpoints."""
    patch(SageMakerResponse, "call_action", call_action)
