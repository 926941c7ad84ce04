"""What the scenes share: the stage, the people, and the runs that go on in the background while others are told."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from cli.demo.people import Person, people_of_production
from cli.demo.reader import Reader
from cli.stage import ROLLBACK, Ended, SceneError, Stage

_AT_ONCE = 12

T = TypeVar("T")


class Story:
    """The stage with its people. Where a reader takes part, nothing runs ahead of what is told."""

    def __init__(self, stage: Stage, pool: ThreadPoolExecutor, reader: Reader | None) -> None:
        self.stage = stage
        self.reader = reader
        self.people: dict[str, Person] = {}
        self._pool = pool

    def later(self, work: Callable[[], T]) -> Callable[[], T]:
        """Begin `work` now, and return how to wait for what comes of it; what it raises is raised there."""
        return _when_asked(work) if self.reader else self._pool.submit(work).result

    def gather(self) -> None:
        """Let everybody who is asked about production be there."""
        self.people = people_of_production(self.stage)

    def warm_up(self) -> None:
        """Ask for two rollbacks of what is not there: an alarm's answer comes before the run that it concerns ends."""
        for _ in range(2):
            self.stage.start({"endpoint": "nothing-here-prod", "reason": "is anybody there?"}, machine=ROLLBACK)

    def plan_of(self, execution: str) -> str:
        """Return the plan of an execution that waits for people, once they were asked. Raise SceneError if it ends."""
        plan_id = self.stage.until(lambda: self._planned(execution), f"{execution} has made no plan")
        return self.stage.until(lambda: self._asked(execution, plan_id), f"{execution} has asked nobody")

    def _planned(self, execution: str) -> str | None:
        return next((head["plan_id"] for head in self.stage.heads() if head["execution_arn"] == execution), None)

    def _asked(self, execution: str, plan_id: str) -> str | None:
        if self.stage.find(plan_id, "approval"):
            return plan_id
        if ended := self.stage.ended(execution):
            raise SceneError(f"it asked nobody and ended: {told(ended)}")
        return None

    def approve(self, plan_id: str, *names: str) -> None:
        """Let these people approve a plan, one after the other."""
        for name in names:
            self.people[name].answer(plan_id, "approve")


def told(ended: Ended) -> str:
    """Return how a run ended, in its own words."""
    return ended.cause or str(ended.output.get("summary", ended.status))


def _when_asked(work: Callable[[], T]) -> Callable[[], T]:
    """Return `work` as something that is done once, when it is first asked for, however it ends."""
    done: Future[T] = Future()

    def result() -> T:
        if not done.done():
            try:
                done.set_result(work())
            except SceneError as wrong:
                done.set_exception(wrong)
        return done.result()

    return result


@contextmanager
def open_story(stage: Stage, reader: Reader | None) -> Generator[Story]:
    """Open a story on a stage; in the end, what still waits in the background is let go."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            yield Story(stage, pool, reader)
        finally:
            stage.stop()
            pool.shutdown(cancel_futures=True)
