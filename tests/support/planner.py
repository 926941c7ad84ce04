"""The planner's stand-in with a script: what it does instead, for the intents of one application, call by call."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from lambdas.core.planning.prompt import DATA_MARK
from stacks.assets import ROOT
from stacks.local.model_server.chat import ApiError
from stacks.local.planner_stand_in import plan_reply

Messages = list[dict[str, Any]]
Act = str | dict[str, Any] | Exception | threading.Event
"""Text said as it is; fields changed in the stand-in's reply; an error raised; or an event that is waited for."""

RATE_LIMITED = ApiError(429, "TooManyRequests", "slow down")
UNKNOWN_MODEL = ApiError(404, "NotFoundError", "The model `x` does not exist.")
NO_ANSWER = ConnectionAbortedError("no answer")
_HELD_S = 60.0


def planner_variable(**changes: Any) -> dict[str, str]:
    """Return a function's variable that names the planning model of `cdk.json`, but for these keys."""
    configured = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]["agentops"]["nim"]["planner"]
    return {"NIM_PLANNER": json.dumps({**configured, **changes})}


class ScriptedPlanner:
    """Answers as the stand-in does, unless the application that an intent names has acts left."""

    def __init__(self) -> None:
        self._acts: dict[str, Iterator[Act]] = {}
        self._asked: dict[str, list[Messages]] = {}
        self._lock = threading.Lock()

    def script(self, application: str, *acts: Act, then: Iterable[Act] = ()) -> str:
        """Plan the replies to intents for `application` (one act a call, then the stand-in), and return its name."""
        with self._lock:
            self._acts[application] = itertools.chain(acts, then)
        return application

    def asked(self, application: str) -> list[Messages]:
        """Return the messages of every call for `application`, in order."""
        with self._lock:
            return list(self._asked.get(application, []))

    def __call__(self, messages: Messages, schema: dict[str, Any] | None) -> str:
        """Return what the model says (`stacks.local.model_server.PlanReply`)."""
        act = self._next(messages)
        if isinstance(act, Exception):
            raise act
        if isinstance(act, str):
            return act
        if isinstance(act, threading.Event):
            act.wait(_HELD_S)
        said = plan_reply(messages, schema)
        return json.dumps({**json.loads(said), **act}) if isinstance(act, dict) else said

    def _next(self, messages: Messages) -> Act | None:
        text = request_of(messages)
        with self._lock:
            for application, acts in self._acts.items():
                if application in text.split():
                    self._asked.setdefault(application, []).append(messages)
                    return next(acts, None)
        return None


def request_of(messages: Messages) -> str:
    """Return the intent that the messages hold; "" for a chat about something else."""
    for message in messages:
        _, mark, block = str(message.get("content")).partition(DATA_MARK)
        if mark:
            return str(json.loads(block)["request"])
    return ""
