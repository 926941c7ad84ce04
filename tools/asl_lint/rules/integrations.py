"""Service calls: known to botocore, with its parameters, and with no target that a caller could choose."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from botocore.model import ListShape, MapShape, StructureShape

from tools.asl_lint.expressions import read, source_of
from tools.asl_lint.integrations import TOKEN, integration_of
from tools.asl_lint.model import Problem, as_object, is_array, is_object, nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import Shape

    from tools.asl_lint.model import JsonObject, Machine, Step

SUBSTITUTED = re.compile(r"\$\{\w+\}")
TARGETS = re.compile(r".*(Arn|ARN|Arns|ARNs|Url|URL)|FunctionName|TableName|EventBusName|RoleArn")


def check(machine: Machine) -> Iterator[Problem]:
    """Yield unknown integrations, wrong and missing parameters, and targets taken from data."""
    for scope, name, state in machine.tasks():
        for path, (rule, message) in _task(state):
            yield Problem(rule, scope.at(name, *path), message)


def _task(state: JsonObject) -> Iterator[tuple[tuple[Step, ...], tuple[str, str]]]:
    integration = integration_of(state)
    role = as_object(state.get("Credentials")).get("RoleArn")
    if isinstance(role, str) and source_of(role) is not None:
        yield ("Credentials", "RoleArn"), ("target", 'a role computed from data; write "${Name}"')
    if integration is None:
        message = "not written as arn:aws:states:::service:action; invoke functions by lambda:invoke"
        yield ("Resource",), ("integration", message)
        return
    if integration.wrong:
        yield ("Resource",), ("integration", integration.wrong)
    arguments = state.get("Arguments", {})
    if not is_object(arguments):
        yield ("Arguments",), ("arguments", "an expression hides the parameters; write them as a JSON object")
    elif integration.operation is not None:
        shape = integration.operation.input_shape
        yield from _members(arguments, shape, ("Arguments",))
    if integration.resource == "lambda:invoke" and is_object(arguments):
        yield from _function(arguments)
    if integration.pattern == TOKEN and not _sends_token(arguments):
        message = "the token is sent nowhere, so nobody could answer; pass $states.context.Task.Token in Arguments"
        yield ("Arguments",), ("token", message)


def _members(
    value: Any, shape: Shape | None, path: tuple[Step, ...]
) -> Iterator[tuple[tuple[Step, ...], tuple[str, str]]]:
    """Yield what in `value` does not fit botocore's shape; leaves may hold any JSON or an expression."""
    if isinstance(shape, StructureShape) and is_object(value):
        members = {_pascal(name): member for name, member in shape.members.items()}
        by_letters = {name.lower(): name for name in members}
        for key, item in value.items():
            name = by_letters.get(key.lower(), "")
            if not name or not key[:1].isupper():
                yield (*path, key), ("arguments", f"no parameter {key}; {_offer(name, members)}")
                continue
            yield from _target(item, name, (*path, key))
            yield from _members(item, members[name], (*path, key))
        given = {key.lower() for key in value}
        missing = [_pascal(name) for name in shape.required_members if name.lower() not in given]
        if missing:
            yield path, ("arguments", f"without {', '.join(missing)}, which the call requires; add it")
    elif isinstance(shape, ListShape) and is_array(value):
        for index, item in enumerate(value):
            yield from _members(item, shape.member, (*path, index))
    elif isinstance(shape, MapShape) and is_object(value):
        for key, item in value.items():
            yield from _members(item, shape.value, (*path, key))


def _offer(name: str, members: dict[str, Shape]) -> str:
    return f"Step Functions spells it {name}" if name else f"the call takes {', '.join(sorted(members)) or 'none'}"


def _target(value: Any, name: str, path: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], tuple[str, str]]]:
    """A resource that a caller could name would let input choose what this role touches."""
    source = source_of(value) if isinstance(value, str) and TARGETS.fullmatch(name) else None
    if source is None:
        return
    reading = read(source)
    own = {fields for fields in reading.states if fields[:1] == ("context",) and fields[1:3] != ("Execution", "Input")}
    if reading.variables or reading.states - own:
        yield path, ("target", f'{name} is taken from data, so input could choose it; write "${{Name}}"')


def _function(arguments: JsonObject) -> Iterator[tuple[tuple[Step, ...], tuple[str, str]]]:
    function = arguments.get("FunctionName")
    if function is not None and not (isinstance(function, str) and SUBSTITUTED.fullmatch(function)):
        path = ("Arguments", "FunctionName")
        yield path, ("target", 'not a substitution; write "${NameFunction}", so that only the stack chooses it')


def _sends_token(arguments: Any) -> bool:
    sources = [source_of(value) or "" for _, value in nodes(arguments, ("Arguments",)) if isinstance(value, str)]
    return any(fields[:3] == ("context", "Task", "Token") for source in sources for fields in read(source).states)


def _pascal(name: str) -> str:
    return name[:1].upper() + name[1:]
