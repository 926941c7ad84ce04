"""The ASL lint on what a machine is made of: one change, exactly that rule's finding."""

from __future__ import annotations

import json

import pytest

from tests.tools.asl_machines import (
    REMOVE,
    SETTINGS,
    assert_only,
    caught,
    good,
    problems,
    put,
    put_all,
    read_request,
    retrier,
    state,
)
from tools.asl_lint import lint_text

SHAPES = [
    ("shape", state(True, "Tell Others", "End"), "(machine)", "Tell Others"),
    ("shape", state(1, "Tell Others", "Colour"), "(machine)", 'Field "Colour" not allowed'),
    ("shape", state("Sleep", "Cool Down", "Type"), "(machine)", "Cool Down"),
    ("query-language", put("JSONPath", "QueryLanguage"), "(machine)", "set it at the top"),
]

GRAPH = [
    ("start-at", put(REMOVE, "StartAt"), "(machine)", "StartAt is missing"),
    ("start-at", put("Read Reqest", "StartAt"), "StartAt", 'no state "Read Reqest" here'),
    (
        "start-at",
        state("Nowhere", "Fan Out", "Branches", 0, "StartAt"),
        "Fan Out.Branches[0].StartAt",
        'no state "Nowhere"',
    ),
    ("dangling", state("Nowhere", "Tell Others", "Catch", 0, "Next"), "Tell Others.Catch[0].Next", "name one of this"),
    (
        "unreachable",
        state({"Type": "Fail", "Error": "Lost", "Cause": "Lost."}, "Lost"),
        "Lost",
        "no path from StartAt comes here",
    ),
    ("choice-default", state(REMOVE, "Went Well?", "Default"), "Went Well?", "give it a Default"),
]

HOUSE = [
    ("comment", put(REMOVE, "Comment"), "(machine)", "what the machine is for"),
    ("output", read_request(REMOVE, "Output"), "Read Request", "the service's whole reply would travel on"),
    ("fail", state(REMOVE, "Failed", "Cause"), "Failed", "a Fail without Cause"),
    ("query-language", state("JSONPath", "Done", "QueryLanguage"), "Done", "remove its QueryLanguage"),
    ("jsonpath", read_request("$.kind", "Arguments", "Payload", "kind"), "Payload.kind", "taken as plain text"),
    ("jsonpath", read_request(1, "Arguments", "Payload", "kind.$"), "Payload.kind.$", 'write "kind": "{% … %}"'),
    ("jsonpath", read_request("$", "ResultPath"), "Read Request.ResultPath", "use Assign or Output"),
    ("jsonpath", state({}, "Each Item", "Parameters"), "Each Item.Parameters", "ItemSelector in a Map"),
]

TIMES = [
    ("machine-timeout", put(REMOVE, "TimeoutSeconds"), "(machine)", "a stuck run would stand a year"),
    ("seconds", put("${Timeout}", "TimeoutSeconds"), "TimeoutSeconds", "takes only an integer"),
    ("task-timeout", read_request(REMOVE, "TimeoutSeconds"), "Read Request", "no TimeoutSeconds"),
    *(
        ("seconds", read_request(value, "TimeoutSeconds"), "Read Request.TimeoutSeconds", message)
        for value, message in (
            (0, "0 is out of range"),
            (-3, "-3 is out of range"),
            (100_000_000, "write 1 to 99,999,999 seconds"),
            (2.5, "no whole number"),
            (True, "no whole number"),
            ("30", "write an integer without quotes"),
            ("${Timeout}", """write "{% $number('${Timeout}') %}\""""),
            ("{% 0 %}", "{% 0 %} is out of range"),
        )
    ),
    ("seconds", state(-1, "Cool Down", "Seconds"), "Cool Down.Seconds", "write 0 to 99,999,999"),
    ("heartbeat", read_request(30, "HeartbeatSeconds"), "Read Request.HeartbeatSeconds", "not below TimeoutSeconds"),
    *(
        ("retry-figures", read_request(value, "Retry", 0, field), "Read Request.Retry[0]", message)
        for field, value, message in (
            ("IntervalSeconds", 0, "IntervalSeconds is 0"),
            ("MaxAttempts", "3", "MaxAttempts is '3'"),
            ("MaxDelaySeconds", 31_622_400, "write an integer from 1 to 31,622,399"),
            ("BackoffRate", 0.5, "at least 1"),
            ("MaxDelaySeconds", 1, "not above IntervalSeconds"),
        )
    ),
]

FAULTS = [
    ("retry", read_request(REMOVE, "Retry"), "Read Request", "no Retry; name the transient errors"),
    ("catch", read_request(REMOVE, "Catch"), "Read Request", "no Catch; catch States.ALL last"),
    ("catch", state(REMOVE, "Fan Out", "Catch"), "Fan Out", "a failure inside ends the run unrecorded"),
    ("catch-all", state(["States.Timeout"], "Tell Others", "Catch", 0, "ErrorEquals"), "Tell Others.Catch", "the last"),
    *(
        ("retry-whole", read_request(REMOVE, "Retry", 0, field), "Read Request.Retry[0]", f"without {field};")
        for field in ("MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy")
    ),
    ("retry-jitter", read_request("NONE", "Retry", 0, "JitterStrategy"), "Read Request.Retry[0]", "write FULL"),
    (
        "wildcard",
        read_request(["States.ALL", "BusyError"], "Retry", 1, "ErrorEquals"),
        "Read Request.Retry[1]",
        "let it stand alone, and last",
    ),
    (
        "wildcard",
        read_request(["States.ALL"], "Retry", 0, "ErrorEquals"),
        "Read Request.Retry[0]",
        "matches everything",
    ),
    (
        "wildcard",
        read_request(["States.TaskFailed"], "Retry", 0, "ErrorEquals"),
        "Read Request.Retry[0]",
        "matches all but timeouts",
    ),
    (
        "never-matches",
        read_request(["Lambda.ServiceException"], "Retry", 1, "ErrorEquals"),
        "Read Request.Retry[1]",
        "Retry[0] matches it first",
    ),
    (
        "token-retry",
        state([retrier("BusyError")], "Ask Person", "Retry"),
        "Ask Person.Retry[0]",
        "a retry of BusyError would ask again",
    ),
    ("token-heartbeat", state(5, "Ask Person", "HeartbeatSeconds"), "Ask Person.HeartbeatSeconds", "remove Heartbeat"),
]

ENDINGS = [
    (
        "failure-succeeds",
        state("Done", "Tell Others", "Catch", 0, "Next"),
        "Tell Others.Catch[0]",
        "a caught error can end in success at Done (Done)",
    ),
    (
        "failure-succeeds",
        state([caught("Went Well?", Assign={"outcome": {}})], "Note Outcome", "Catch"),
        "Note Outcome.Catch[0]",
        "(Went Well? -> Done); lead it to a Fail",
    ),
    (
        "failure-succeeds",
        state(
            [caught("Part Stored", "States.Timeout"), caught("Part Lost")],
            *("Fan Out", "Branches", 0, "States", "Store Part", "Catch"),
        ),
        "Fan Out.Branches[0].Store Part.Catch[0]",
        "a caught error can end in success at Part Stored",
    ),
    (
        "failure-never-fails",
        put_all(
            state({"Type": "Wait", "Seconds": 1, "Next": "Wait Forever"}, "Wait Forever"),
            state([caught("Wait Forever")], "Tell Others", "Catch"),
        ),
        "Tell Others.Catch[0]",
        'no Fail can be reached from "Wait Forever"',
    ),
]

CASES = [*SHAPES, *GRAPH, *HOUSE, *TIMES, *FAULTS, *ENDINGS]


def test_a_machine_without_a_fault_has_no_findings():
    assert problems(good()) == []


@pytest.mark.parametrize(("rule", "change", "path", "message"), CASES)
def test_one_change_gives_exactly_its_finding(rule, change, path, message):
    assert_only(rule, change, path, message)


@pytest.mark.parametrize("name", ["done", "DONE_NOW", "All done", "Done?", "Done" * 21])
def test_state_names_are_titles(name):
    found = lint_text(json.dumps(good()).replace('"Done"', json.dumps(name)), SETTINGS)
    assert [(problem.rule, problem.path) for problem in found] == [("title-case", name)]
