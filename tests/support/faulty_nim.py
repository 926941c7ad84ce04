"""A planning NIM over HTTP that fails in the ways that a test writes down, each application's calls in its own way."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import Any

from stacks.local.planner_stand_in import plan_reply
from tests.contract.nim.server import Nim, Reply, said
from tests.support.planner import planner_variable, request_of
from tests.support.seen import Seen
from tests.support.variants import Other, variant
from tests.support.workflow import Workflow

KEY = "the-first-key-of-the-api"
STEP_S = 27
"""What the step has here, of which its calls have 12 seconds and the rest of the step 15."""
PROMPT, COMPLETION = 11, 7
"""Tokens that each answer says it took."""


def completion(content: str | None, finish_reason: str = "stop", prompt_tokens: int = PROMPT) -> Reply:
    usage = {"prompt_tokens": prompt_tokens, "completion_tokens": COMPLETION}
    message = {"role": "assistant", "content": content}
    return said({"choices": [{"index": 0, "message": message, "finish_reason": finish_reason}], "usage": usage})


@dataclass(frozen=True)
class Way:
    """What the server answers, call by call, and what becomes of the run. `asked` is how often it is asked.

    The last reply stays, unless it `recovers`: then it answers well. `rounds` is how many answers the audit tells of.
    """

    replies: list[Reply]
    told: list[str] = field(default_factory=list[str])
    asked: int | None = None
    rounds: int = 0
    recovers: bool = False


class FaultyNim:
    """Answers each application's calls by its way, and as the stand-in does where it has none.

    `says` changes fields of the stand-in's reply; an answer is `held` until its event is set.
    """

    def __init__(self, nim: Nim, ways: dict[str, Way]) -> None:
        self.nim = nim
        nim.answers = self._answer
        self.ways = ways
        self.says: dict[str, dict[str, Any]] = {}
        self._held: dict[str, threading.Event] = {}
        self._came = threading.Event()
        self._calls: dict[str, int] = {}

    def asked(self, application: str) -> int:
        """Return how often an application's draft was asked for."""
        return self._calls.get(application, 0)

    def hold(self, application: str) -> threading.Event:
        """Return what lets an application's answers go."""
        return self._held.setdefault(application, threading.Event())

    def wait_for_held(self) -> None:
        """Return once an answer is held."""
        assert self._came.wait(20), "nobody has asked within 20 s"

    def _answer(self, sent: dict[str, Any]) -> Reply:
        words = request_of(sent["messages"]).split()
        application = next(word for word in words if word.endswith("-bot"))
        number = self._calls[application] = self.asked(application) + 1
        if application in self._held:
            self._came.set()
            self._held[application].wait(20)
        way = self.ways.get(application)
        if way and (number <= len(way.replies) or not way.recovers):
            return way.replies[min(number, len(way.replies)) - 1]
        reply = json.loads(plan_reply(sent["messages"], {}))
        return completion(json.dumps({**reply, **self.says.get(application, {})}))


def machine_of(workflow: Workflow, name: str, url: str, **changes: Any) -> str:
    """Return a machine whose planner is a server of HTTP with a key in a secret of this name."""
    secret = workflow.client("secretsmanager").create_secret(Name=name, SecretString=KEY)["ARN"]
    reached = {"provider": "compatible", "url": f"{url}/v1", "secret": secret, "structured_output": "response_format"}
    told = planner_variable(**{**reached, **changes})
    return variant(workflow, name, draft_plan=Other(told, timeout_s=STEP_S))


def counted(workflow: Workflow, seen: Seen) -> int:
    """Return the tokens that count against the ceiling of a run."""
    return workflow.records(f"tokens#{seen.plan_id}").get("run", {}).get("tokens", 0)


def failed_draft(seen: Seen) -> dict[str, Any]:
    """Return what the audit tells of a draft that came to nothing."""
    [details] = [entry.fact.details for entry in seen.chain if entry.fact.event == "draft.failed"]
    return dict(details)
