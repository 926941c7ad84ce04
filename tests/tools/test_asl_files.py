"""The ASL lint on whole files, on what it is told, and on junk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.tools.asl_machines import SETTINGS, good, problems
from tools.asl_lint import Settings, lint_text
from tools.asl_lint.__main__ import main
from tools.asl_lint.expressions import read
from tools.asl_lint.raised import raised_errors
from tools.asl_lint.settings import SettingsError, load_settings


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"TimeoutSeconds": ${Timeout}}', "a ${Name} may stand only inside a string"),
        ('{"States": {"A": 1, "A": 2}}', 'the key "A" stands twice in one object'),
        ("[]", "a state machine is a JSON object"),
    ],
)
def test_a_file_that_is_no_machine_says_why(text, message):
    (problem,) = lint_text(text, SETTINGS)
    assert problem.rule == "json"
    assert message in problem.message


def test_a_recovery_must_name_a_state():
    told = Settings(SETTINGS.raised, {**SETTINGS.recoveries, "Gone Home": "it went"})
    assert [(problem.rule, problem.path) for problem in problems(good(), told)] == [("recoveries", "Gone Home")]


def test_without_its_recovery_a_decider_after_a_catch_is_a_finding():
    found = problems(good(), Settings(SETTINGS.raised))
    assert {(problem.rule, problem.path) for problem in found} == {("failure-succeeds", "Read Request.Catch[0]")}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_malformed_machine_crashes_the_lint(data):
    machine: Any = good()
    holder, key = data.draw(st.sampled_from(list(places(machine))))
    holder[key] = data.draw(JUNK)
    for problem in problems(machine):
        assert problem.path
        assert problem.message


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20) | st.just("{% ( %}"),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside, max_size=3),
    max_leaves=6,
)


def places(node: Any):
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield node, key
        yield from places(value)


@example("/?/")
@given(st.text(alphabet="$abs(){}[].:;,'\"`/=<>&|?@#^~%*+-0 \n") | st.text())
def test_any_text_is_read_or_refused_as_an_expression(text):
    read(text)


def test_a_field_that_statelint_cannot_read_is_a_finding():
    machine = good()
    machine["StartAt"] = []
    assert any("a type that it never has" in problem.message for problem in problems(machine))


def test_deep_nesting_is_refused_not_a_crash():
    assert read("(" * 5_000).error
    assert read("-" * 5_000 + "1").error or read("-" * 5_000 + "1").number == 1


@pytest.mark.parametrize(
    ("expression", "variables"),
    [
        ("( $x := 1; $y := $x; $y + $z )", {"z"}),
        ("( ($x := 1); $x )", {"x"}),
        ("$map($items, function($v, $i) { $v.name & $i & $q })", {"items", "q"}),
        ("( $f := function($n) { $n < 1 ? 1 : $f($n - 1) }; $f($k) )", {"k"}),
        ("$items[price > $max]^(>price).{ 'name': name, 'part': $part }", {"items", "max", "part"}),
        ("$items@$item#$at.{ 'a': $item, 'b': $at, 'c': $other }", {"items", "other"}),
        ("$items{ name: $sum(price) - $off }", {"items", "off"}),
        ("'$in_text' & $out", {"out"}),
    ],
)
def test_an_expression_reads_what_it_does_not_bind_itself(expression, variables):
    reading = read(expression)
    assert (reading.error, reading.contextless) == ("", set())
    assert reading.variables == variables


CODE = {
    "core/errors.py": """
class AgentOpsError(Exception): ...
class TransientError(AgentOpsError): ...
class StoreError(TransientError): ...
class Timetable: ...
class Refused(AgentOpsError): ...
class NeverRaisedError(AgentOpsError): ...
""",
    "step/handler.py": """
from core import errors
BY_STATUS = {429: errors.BusyError}
class BusyError(errors.TransientError): ...
def handler(event: "NeverRaisedError") -> Timetable:
    try:
        raise errors.StoreError("down")
    except errors.NeverRaisedError:
        isinstance(event, errors.AgentOpsError)
        raise Refused from None
    if event:
        raise ValueError("no")
""",
}


def test_an_error_counts_where_code_makes_or_raises_it(tmp_path: Path):
    for name, text in CODE.items():
        file = tmp_path / name
        file.parent.mkdir()
        file.write_text(text, encoding="utf-8")
    assert raised_errors(tmp_path) == {"StoreError", "BusyError", "Refused", "ValueError"}


@pytest.mark.parametrize("text", ['["m.asl.json"]\nA = ""', '["m.asl.json"]\nA = 1', '"m.asl.json" = 1', "[["])
def test_a_recovery_without_a_reason_is_refused(tmp_path: Path, text: str):
    recoveries = tmp_path / "recoveries.toml"
    recoveries.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"recoveries\.toml"):
        load_settings(Path("m.asl.json"), tmp_path, recoveries)


def lint(file: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    status = main([*options, str(file)])
    return status, capsys.readouterr().out


def test_the_command_names_file_state_and_rule(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    machine = good()
    machine["States"]["Went Well?"].pop("Default")
    file = tmp_path / "m.asl.json"
    file.write_text(json.dumps(machine), encoding="utf-8")
    status, shown = lint(file, capsys)
    assert status == 1
    assert f"{file}: Went Well?: a Choice that matches nothing" in shown
    assert "[choice-default]" in shown
    status, shown = lint(file, capsys, "--json")
    assert status == 1
    found = [finding for finding in json.loads(shown) if finding["rule"] == "choice-default"]
    assert [(finding["file"], finding["path"]) for finding in found] == [(str(file), "Went Well?")]


def test_the_command_says_what_it_cannot_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main([str(tmp_path / "none.asl.json")]) == 2
    assert "none.asl.json" in capsys.readouterr().err


def test_the_machines_of_this_repository_are_clean(capsys: pytest.CaptureFixture[str]):
    assert main([]) == 0, capsys.readouterr().out
