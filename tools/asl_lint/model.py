"""The state machine as the rules see it: scopes of states, and the transitions between them.

A machine may be malformed anywhere; these readers pass over what has the wrong shape, because statelint
reports shapes and a rule must not crash on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

JsonObject: TypeAlias = dict[str, Any]
Step: TypeAlias = str | int

INNER_MACHINES = frozenset({"ItemProcessor", "Iterator", "Branches"})
"""The fields of a state that hold machines of their own."""


class Problem(NamedTuple):
    """One broken rule: which, at what path inside the machine, and what to do about it."""

    rule: str
    path: str
    message: str


class Finding(NamedTuple):
    """A problem in a file."""

    file: str
    path: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.path}: {self.message} [{self.rule}]"


@dataclass(frozen=True)
class Transition:
    """A way from one state to the next, and the variables that taking it assigns."""

    source: str
    target: str
    field: tuple[Step, ...]
    assigns: frozenset[str]

    @property
    def is_catch(self) -> bool:
        """Whether an error takes this way."""
        return self.field[0] == "Catch"


class Text(NamedTuple):
    """One string of a state and the field that it stands in."""

    field: tuple[Step, ...]
    value: str


def join(*steps: Step) -> str:
    """Write a path as `State.Retry[0].ErrorEquals`."""
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def is_object(value: object) -> TypeGuard[JsonObject]:
    """Whether a value of JSON is an object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[Any]]:
    """Whether a value of JSON is an array."""
    return isinstance(value, list)


def as_object(value: object) -> JsonObject:
    """Return the object, or an empty one in place of anything else."""
    return value if is_object(value) else {}


def kind_of(state: JsonObject) -> str:
    """Return the state's Type, or an empty one."""
    kind = state.get("Type")
    return kind if isinstance(kind, str) else ""


def as_objects(value: object) -> list[tuple[int, JsonObject]]:
    """Return the objects of an array, each with its index."""
    items = value if is_array(value) else []
    return [(index, item) for index, item in enumerate(items) if is_object(item)]


def as_strings(value: object) -> list[str]:
    """Return the strings of an array."""
    items = value if is_array(value) else []
    return [item for item in items if isinstance(item, str)]


def nodes(value: object, field: tuple[Step, ...] = ()) -> Iterator[tuple[tuple[Step, ...], object]]:
    """Yield every value below a state with its path, but not the machines inside it."""
    yield field, value
    if is_object(value):
        for key, item in value.items():
            if field or key not in INNER_MACHINES:
                yield from nodes(item, (*field, key))
    elif is_array(value):
        for index, item in enumerate(value):
            yield from nodes(item, (*field, index))


@dataclass(frozen=True, eq=False)
class Scope:
    """One `States` object: the machine's own, a Map's processor, or a branch of a Parallel."""

    definition: JsonObject
    path: str = ""
    holder: tuple[Scope, str] | None = None

    @cached_property
    def states(self) -> Mapping[str, JsonObject]:
        """The states by name."""
        states = as_object(self.definition.get("States"))
        return {name: state for name, state in states.items() if is_object(state)}

    @property
    def start(self) -> str:
        """The name that StartAt gives, or an empty one."""
        start = self.definition.get("StartAt")
        return start if isinstance(start, str) else ""

    @property
    def isolated(self) -> bool:
        """Whether it sees no variable of the scope around it, as a distributed Map's processor."""
        return as_object(self.definition.get("ProcessorConfig")).get("Mode") == "DISTRIBUTED"

    def at(self, *steps: Step) -> str:
        """Return the path of something in this scope, for a person to find."""
        return join(*((self.path,) if self.path else ()), *steps) or "(machine)"

    @cached_property
    def transitions(self) -> tuple[Transition, ...]:
        """Every way between two states of this scope, dangling ones included."""
        return tuple(way for name, state in self.states.items() for way in _ways_from(name, state))

    def texts(self, state: str) -> Iterator[Text]:
        """Yield the strings of a state that could hold an expression; comments could not."""
        for field, value in self.values(state):
            if isinstance(value, str) and field[-1] != "Comment":
                yield Text(field, value)

    def values(self, state: str) -> Iterator[tuple[tuple[Step, ...], object]]:
        """Yield every value of a state with its field, and nothing of the machines inside it."""
        return nodes(self.states[state])


@dataclass(frozen=True, eq=False)
class Machine:
    """A parsed file: `text` as written, `definition` as read."""

    text: str
    definition: JsonObject

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        """The machine's own scope first, then those inside it."""
        return tuple(_with_inner(Scope(self.definition)))

    def states(self) -> Iterator[tuple[Scope, str, JsonObject]]:
        """Yield every state of every scope."""
        for scope in self.scopes:
            for name, state in scope.states.items():
                yield scope, name, state

    def tasks(self) -> Iterator[tuple[Scope, str, JsonObject]]:
        """Yield every Task state of every scope."""
        return (found for found in self.states() if kind_of(found[2]) == "Task")


def _ways_from(name: str, state: JsonObject) -> Iterator[Transition]:
    """A Choice's own Assign counts only on its Default; a Catch has its own in place of the state's."""

    def way(field: tuple[Step, ...], target: object, holder: JsonObject) -> Iterator[Transition]:
        if isinstance(target, str):
            yield Transition(name, target, field, frozenset(as_object(holder.get("Assign"))))

    yield from way(("Next",), state.get("Next"), state)
    for index, rule in as_objects(state.get("Choices")):
        yield from way(("Choices", index, "Next"), rule.get("Next"), rule)
    yield from way(("Default",), state.get("Default"), state)
    for index, catcher in as_objects(state.get("Catch")):
        yield from way(("Catch", index, "Next"), catcher.get("Next"), catcher)


def _with_inner(scope: Scope) -> Iterator[Scope]:
    yield scope
    for name, state in scope.states.items():
        inner: Iterable[tuple[tuple[Step, ...], JsonObject]] = [
            *(((key,), as_object(state[key])) for key in ("ItemProcessor", "Iterator") if key in state),
            *((("Branches", index), branch) for index, branch in as_objects(state.get("Branches"))),
        ]
        for field, definition in inner:
            yield from _with_inner(Scope(definition, scope.at(name, *field), (scope, name)))
