"""What one JSONata expression reads, found by walking its syntax tree with JSONata's own scoping.

Step Functions implements JSONata 2.0.6 without `$eval` and with six functions of its own (developer guide,
"Transforming data with JSONata"). The parser here is jsonata-python's, which reads 2.1: its two newer
operators are taken out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from jsonata.jexception import JException
from jsonata.jsonata import Jsonata
from jsonata.parser import Parser

OWN_FUNCTIONS = frozenset({"partition", "range", "hash", "random", "uuid", "parse"})
_builtin: Any = Jsonata.static_frame
FUNCTIONS: frozenset[str] = OWN_FUNCTIONS | frozenset(_builtin.bindings) - {"eval"}
NEWER_OPERATORS = ("??", "?:")
SUBSTITUTION = re.compile(r"\$\{(\w+)\}")
PLACEHOLDER = "substitution_of_"


@dataclass
class Reading:
    """What an expression takes from outside itself.

    `variables` and `functions` are names without their dollar sign; `states` holds the fields followed from
    `$states`, as `("input", "plan_id")`; `contextless` what would need a context item, which Step Functions
    does not give; `unquoted` substitutions outside quotes; `error` why it does not parse; `number` its value
    where it is only a number.
    """

    variables: set[str] = field(default_factory=set[str])
    functions: set[str] = field(default_factory=set[str])
    states: set[tuple[str, ...]] = field(default_factory=set[tuple[str, ...]])
    contextless: set[str] = field(default_factory=set[str])
    unquoted: set[str] = field(default_factory=set[str])
    error: str = ""
    number: float | None = None


def source_of(text: str) -> str | None:
    """Return what stands between `{%` and `%}` where they enclose the whole string, else None."""
    return text[2:-2].strip() if len(text) >= 4 and text.startswith("{%") and text.endswith("%}") else None


@lru_cache(maxsize=1024)
def read(source: str) -> Reading:
    """Read one expression, without its delimiters. A `${Name}` counts as text of no particular value."""
    parser = Parser()
    for operator in NEWER_OPERATORS:
        del parser.symbol_table[operator]
    reading = Reading()
    try:
        tree: Any = parser.parse(SUBSTITUTION.sub(rf"{PLACEHOLDER}\1", source))
        _Walk(reading).visit(tree, _Place())
        reading.number = tree.value if tree.type == "number" else None
    except JException as error:
        reading.error = f"{error} (at character {error.location})"
    except KeyError as error:
        reading.error = f"the operator {error.args[0]} is not in JSONata 2.0.6"
    except (AttributeError, IndexError, RecursionError, TypeError, ValueError, re.error) as error:
        reading.error = f"no JSONata ({error})"
    return reading


class _Place(NamedTuple):
    """Where a node stands: which variables the expression itself has bound, and whether `$` means something.

    It does, as do bare names, after a dot, in a filter and in a sort term.
    """

    bound: frozenset[str] = frozenset()
    in_context: bool = False

    def binding(self, *names: str) -> _Place:
        return self._replace(bound=self.bound.union(names))

    def within(self) -> _Place:
        return self._replace(in_context=True)


class _Walk:
    """Visits a syntax tree; each visit returns the place for what is evaluated next."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def visit(self, node: Any, place: _Place) -> _Place:
        if node is None:
            return place
        visitor = getattr(self, f"_visit_{node.type}", self._visit_parts)
        after = visitor(node, place)
        for attached in (*(node.predicate or ()), *(node.stages or ())):
            self.visit(attached, after.within())
        if node.group is not None:
            self._visit_pairs(node.group, after.within())
        return after

    def _visit_each(self, nodes: Any, place: _Place) -> _Place:
        for node in nodes or ():
            place = self.visit(node, place)
        return place

    def _visit_pairs(self, node: Any, place: _Place) -> None:
        for pair in node.lhs_object or ():
            self._visit_each(pair, place)

    def _visit_parts(self, node: Any, place: _Place) -> _Place:
        parts = (node.lhs, node.rhs, node.condition, node.then, node._else, node.expression)  # noqa: SLF001
        place = self._visit_each((*parts, *(node.expressions or ())), place)
        self._visit_pairs(node, place)
        return place

    def _visit_path(self, node: Any, place: _Place) -> _Place:
        first, *rest = node.steps
        if first.type == "variable" and first.value == "states" and "states" not in place.bound:
            names = [step.value if step.type == "name" else "" for step in rest]
            self.reading.states.add(tuple(names[: names.index("")] if "" in names else names))
        step_place = place
        for step in node.steps:
            self.visit(step, step_place)
            named = [name for name in (step.focus, step.index) if isinstance(name, str)]
            step_place = step_place.binding(*named).within()
        return place

    def _visit_name(self, node: Any, place: _Place) -> _Place:
        if str(node.value).startswith(PLACEHOLDER):
            self.reading.unquoted.add(str(node.value).removeprefix(PLACEHOLDER))
            return place
        return self._visit_context(node, place)

    def _visit_context(self, node: Any, place: _Place) -> _Place:
        if not place.in_context:
            self.reading.contextless.add(str(node.value))
        return place

    _visit_wildcard = _visit_context
    _visit_descendant = _visit_context
    _visit_parent = _visit_context

    def _visit_variable(self, node: Any, place: _Place) -> _Place:
        if node.value == "$" or (node.value == "" and not place.in_context):
            self.reading.contextless.add(f"${node.value}")
        elif node.value not in {"", "states", *place.bound}:
            self.reading.variables.add(node.value)
        return place

    def _visit_function(self, node: Any, place: _Place) -> _Place:
        called = node.procedure
        if called.type != "variable":
            self.visit(called, place)
        elif called.value not in place.bound:
            self.reading.functions.add(called.value)
        return self._visit_each(node.arguments, place)

    _visit_partial = _visit_function

    def _visit_lambda(self, node: Any, place: _Place) -> _Place:
        self.visit(node.body, place.binding(*(argument.value for argument in node.arguments or ())))
        return place

    def _visit_bind(self, node: Any, place: _Place) -> _Place:
        after = place.binding(str(node.lhs.value))
        self.visit(node.rhs, after if node.rhs.type == "lambda" else place)
        return after

    def _visit_block(self, node: Any, place: _Place) -> _Place:
        self._visit_each(node.expressions, place)
        return place

    def _visit_filter(self, node: Any, place: _Place) -> _Place:
        self.visit(node.expr, place.within())
        return place

    def _visit_sort(self, node: Any, place: _Place) -> _Place:
        self._visit_each([term.expression for term in node.terms], place.within())
        return place

    def _visit_transform(self, node: Any, place: _Place) -> _Place:
        self._visit_each((node.pattern, node.update, node.delete), place.within())
        return place

    def _visit_index(self, node: Any, place: _Place) -> _Place:
        return place.binding(str(node.value))
