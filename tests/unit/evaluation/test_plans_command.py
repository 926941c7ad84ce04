"""`./agentops evaluate plans`: what is scored, how it is told, and which lines are refused."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.evaluate import app
from cli.evaluate.labels import same
from cli.terminal import ROOT, CommandError
from stacks.local.model_server.server import ModelServer
from stacks.local.planner_stand_in import plan_reply

pytestmark = pytest.mark.slow

OWN = ROOT / "evaluation" / "intents" / "own.jsonl"
GOOD: dict[str, Any] = {
    "text": "deploy llama-3.1 8B for chatbot-x",
    "env": "staging",
    "expect": {"operation": "deploy", "env": "staging"},
}


def written(folder: Path, *lines: Any) -> Path:
    file = folder / "labelled.jsonl"
    file.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return file


def run(file: Path, *arguments: str) -> str:
    result = CliRunner().invoke(app, ["plans", "--file", str(file), *arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def scores(file: Path, *arguments: str) -> dict[str, Any]:
    return json.loads(run(file, "--json", *arguments))


def test_our_own_labels_are_all_read_as_they_say():
    told = scores(OWN)
    assert told["misses"] == []
    assert (told["whole_intent_accuracy"], told["field_accuracy"]) == (1.0, 1.0)
    assert told["intents"] >= 110


def test_the_own_half_holds_every_kind():
    kinds = {json.loads(line)["kind"] for line in OWN.read_text(encoding="utf-8").splitlines()}
    assert kinds == {
        *("plain", "budget", "count_type", "environment", "typo", "traffic", "operation"),
        *("ambiguous", "hostile", "not_a_deployment"),
    }


def test_the_held_out_half_is_the_one_that_was_named_before():
    digest, name = (OWN.parent / "held_out.sha256").read_text(encoding="utf-8").split()
    assert hashlib.sha256((OWN.parent / name).read_bytes()).hexdigest() == digest


def test_the_held_out_half_stays_read_as_well_as_it_has_to_be():
    told = scores(OWN.parent / "held_out.jsonl")
    assert told["intents"] >= 100
    assert told["field_accuracy"] >= 0.97
    assert told["whole_intent_accuracy"] >= 0.92


def test_a_missing_key_is_not_scored_and_null_must_be_absent(tmp_path):
    line = {**GOOD, "text": GOOD["text"] + " on 3 instances", "expect": {"operation": "deploy", "instance_count": None}}
    told = scores(written(tmp_path, GOOD, line))
    assert told["whole_intent_accuracy"] == 0.5
    assert told["field_accuracy"] == 0.75
    assert told["per_field"]["instance_count"] == {"accuracy": 0.0, "right": 0, "scored": 1}
    assert "application" not in told["per_field"]
    (miss,) = told["misses"]
    assert (miss["line"], miss["field"], miss["expected"], miss["found"]) == (2, "instance_count", None, 3)


@pytest.mark.parametrize(
    ("expected", "found", "equal"),
    [
        (20, 20.0, True),
        (4.11, 4.1095, True),
        (4.0, 4.03, False),
        (None, 0, False),
        (True, 1, False),
        (False, False, True),
        ("dev", "dev", True),
        (3, None, False),
    ],
)
def test_numbers_are_equal_within_half_a_percent(expected, found, equal):
    assert same(expected, found) is equal


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", ":2: "),
        ({"text": "x"}, ":2: expect"),
        ({"text": 3, "expect": {}}, ":2: text"),
        ({"text": "x", "expect": {"budget": 3}}, ":2: expect.budget: no such key"),
        ({"text": "x", "expect": {"env": "qa"}}, ":2: expect.env"),
        ("[1]", ":2: "),
    ],
)
def test_a_bad_line_is_named_with_its_number_and_nothing_is_measured(tmp_path, line, told):
    with pytest.raises(CommandError) as refused:
        run(written(tmp_path, GOOD, line))
    assert told in str(refused.value)
    assert "docs/evaluation.md" in str(refused.value)


def test_a_file_that_is_not_there_or_empty_is_told(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        run(tmp_path / "none.jsonl")
    with pytest.raises(CommandError, match="holds no line"):
        run(written(tmp_path, ""))


def test_a_mark_of_the_byte_order_and_a_count_with_a_point_do_no_harm(tmp_path):
    line = {**GOOD, "text": f"{GOOD['text']} on 3 instances", "expect": {"instance_count": 3.0}}
    file = tmp_path / "labelled.jsonl"
    file.write_text(json.dumps(line) + "\r\n\r\n", encoding="utf-8-sig")
    assert scores(file)["whole_intent_accuracy"] == 1.0


def test_people_see_the_beginning_of_a_long_text_and_programs_all_of_it(tmp_path):
    text = "deploy phi-4 " * 300
    file = written(tmp_path, {"text": text, "expect": {"model_family": "phi-4"}})
    assert len(run(file).splitlines()[-1]) < 300
    assert scores(file)["misses"][0]["text"] == text


def test_people_see_the_accuracy_and_each_miss(tmp_path):
    shown = run(written(tmp_path, {**GOOD, "kind": "plain", "expect": {"env": "prod"}}))
    assert "1 intents: 0.0% whole, fields 0.0%" in shown
    assert "line 1: env: expected 'prod', found 'staging'" in shown


def test_a_planning_model_is_asked_only_where_the_rules_leave_a_choice(tmp_path):
    open_choice = {
        **GOOD,
        "text": "deploy llama 3.1 for chatbot-x",
        "expect": {"model_family": "llama-3.1", "unclear": False},
    }
    file = written(tmp_path, GOOD, open_choice)
    server, environment = ModelServer(["planner"], plan_reply), dict(os.environ)
    try:
        provider = ("--provider", "compatible", "--url", f"{server.url}/v1", "--model", "planner")
        assert scores(file, *provider)["whole_intent_accuracy"] == 1.0
        assert os.environ == environment
        assert len(server.exchanges) == 1
    finally:
        server.close()
    assert scores(file)["whole_intent_accuracy"] == 0.5


def test_a_provider_that_is_not_configured_is_told(tmp_path):
    with pytest.raises(CommandError, match=r"cdk.json has the planning model at provider \w+, not hosted"):
        run(written(tmp_path, GOOD), "--provider", "hosted")
    with pytest.raises(CommandError, match="--url and --model go together"):
        run(written(tmp_path, GOOD), "--provider", "compatible", "--url", "http://127.0.0.1:1/v1")
