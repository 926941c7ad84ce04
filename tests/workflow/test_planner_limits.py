"""What a planner may use and what it is asked with: its key, and the tokens of a run and of a day."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from lambdas.adapters.nim.chat import MAX_TOKENS
from stacks.local.model_server.dialects import problem
from tests.contract.nim.server import said, serving
from tests.support.faulty_nim import COMPLETION, KEY, PROMPT, FaultyNim, Way, completion, failed_draft, machine_of
from tests.support.model_faults import ModelFaults
from tests.support.planner import planner_variable
from tests.support.variants import Other, variant
from tests.support.workflow import Workflow
from tests.workflow.conftest import intent_for
from tests.workflow.test_dry_runs import FROM_INTENT
from tests.workflow.test_planner import ASKED, UNDRAFTED
from tests.workflow.test_planner_down import LATER
from tests.workflow.test_secrets import logged, stored

pytestmark = pytest.mark.slow

ROTATED = "the-second-key-of-the-api"


@pytest.fixture(scope="module")
def nim() -> Iterator[FaultyNim]:
    with serving() as nim:
        yield FaultyNim(nim, {})


@pytest.fixture(scope="module")
def machine(workflow: Workflow, nim: FaultyNim) -> str:
    return machine_of(workflow, "limited", nim.nim.url)


def test_a_key_that_was_changed_is_fetched_anew(workflow, nim):
    machine = machine_of(workflow, "rotated", nim.nim.url)
    workflow.run(intent_for("before-rotation-bot"), machine=machine).ended("dry-run")
    workflow.client("secretsmanager").put_secret_value(SecretId="rotated", SecretString=ROTATED)
    nim.ways["rotated-bot"] = Way([said({"detail": "bad key"}, 401)], recovers=True)
    begun = len(nim.nim.bearers)
    workflow.run(intent_for("rotated-bot"), machine=machine).ended("dry-run", audited=FROM_INTENT)
    assert nim.nim.bearers[begun:] == [f"Bearer {KEY}", f"Bearer {ROTATED}"]


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_stays_refused_ends_the_run_and_is_told_nowhere(workflow, nim, machine, status):
    name = f"refused-{status}-bot"
    echo = said(problem(status, "Unauthorized", f"Incorrect API key provided: Bearer {KEY}"), status)
    nim.ways[name] = Way([echo])
    seen = workflow.run(intent_for(name), machine=machine).ended("planner-failed", audited=ASKED)
    assert f"answered {status}: Incorrect API key provided: Bearer (key)" in seen.line
    assert nim.asked(name) == 2


def test_a_key_that_a_model_repeats_is_in_nothing_that_anybody_reads(workflow, nim, machine):
    nim.ways["parrot-bot"] = Way([completion(json.dumps({"model": KEY, "question": f"Is {KEY} yours?"}))])
    workflow.run(intent_for("parrot-bot"), machine=machine).ended("planner-failed", audited=UNDRAFTED)
    nim.says["asking-bot"] = {"question": f"Is {KEY} yours?"}
    asked = workflow.run(intent_for("asking-bot"), machine=machine).ended("unclear")
    assert "Is (key) yours?" in asked.line
    lines, items = list(logged(workflow)), list(stored(workflow))
    mails = [mail["subject"] + mail["body"] for mail in workflow.mails()]
    assert any("asking-bot" in item for item in items)
    assert any(asked.arn.rpartition(":")[2] in line for line in lines)
    told = "\n".join([*lines, *items, *mails, *histories(workflow, machine)])
    assert KEY not in told
    assert ROTATED not in told


def histories(workflow: Workflow, machine: str) -> Iterator[str]:
    """Every event of every execution of a machine, which whoever may see the console may read."""
    machines = workflow.client("stepfunctions")
    for execution in machines.list_executions(stateMachineArn=machine)["executions"]:
        yield json.dumps(
            machines.get_execution_history(executionArn=execution["executionArn"], maxResults=1_000), default=str
        )


def test_a_run_whose_tokens_end_before_its_repair_fails_with_both_numbers(workflow, nim, machine):
    nim.ways["costly-bot"] = Way([completion("nonsense", prompt_tokens=59_000)])
    seen = workflow.run(intent_for("costly-bot"), machine=machine).ended("planner-failed", audited=UNDRAFTED)
    assert "PlannerBudgetError" in seen.line
    assert "has used 59007 of 60000 tokens of the planning model" in seen.line
    assert nim.asked("costly-bot") == 1
    details = failed_draft(seen)
    assert (details["error"], details["rounds"], details["run_tokens"]) == ("PlannerBudgetError", 1, 59_007)


def test_a_repair_that_meets_a_busy_model_leaves_the_first_replys_tokens_in_the_audit(workflow, nim, machine):
    nim.ways["interrupted-bot"] = Way([completion("nonsense"), said(LATER, 503, headers={"Retry-After": "600"})])
    seen = workflow.run(intent_for("interrupted-bot"), machine=machine).ended("planner-failed", audited=UNDRAFTED)
    assert failed_draft(seen) == {
        "error": "PlannerBusyError",
        "rounds": 1,
        "prompt_tokens": PROMPT,
        "completion_tokens": COMPLETION,
        "run_tokens": PROMPT + COMPLETION,
    }


def test_a_day_that_may_use_no_more_tokens_asks_nobody(workflow, nim):
    machine = machine_of(workflow, "spent", nim.nim.url, tokens_per_day=20)
    seen = workflow.run(intent_for("spent-bot"), machine=machine).ended("planner-failed", audited=ASKED)
    assert "PlannerBudgetError" in seen.line
    assert "UTC, has used" in seen.line
    assert "of 20 tokens of the planning model" in seen.line
    assert "agentops.nim.planner.tokens_per_day" in seen.line
    assert nim.asked("spent-bot") == 0


def test_what_one_run_may_still_use_is_not_there_for_another(workflow, nim, machine):
    """Room for one call and a half: while the first run waits for its answer, the second asks nobody."""
    today = workflow.run(intent_for("todays-bot"), machine=machine).ended("dry-run").head["created_at"][:10]
    messages = next(one["messages"] for one in nim.nim.asked if "todays-bot" in json.dumps(one))
    call = len(json.dumps(messages, ensure_ascii=False).encode()) + MAX_TOKENS
    used = workflow.records(f"tokens#{today}")["day"]["tokens"]
    narrow = machine_of(workflow, "narrow", nim.nim.url, tokens_per_day=used + call * 3 // 2)
    answer = nim.hold("former-bot")
    former = workflow.start(intent_for("former-bot"), machine=narrow)
    nim.wait_for_held()
    latter = workflow.run(intent_for("latter-bot"), machine=narrow).ended("planner-failed", audited=ASKED)
    assert "PlannerBudgetError" in latter.line
    assert nim.asked("latter-bot") == 0
    answer.set()
    workflow.wait(former).ended("dry-run")
    assert workflow.records(f"tokens#{today}")["day"]["tokens"] == used + PROMPT + COMPLETION


def test_tokens_that_cannot_be_counted_are_not_used(workflow, nim, edge):
    """DynamoDB refuses the transaction of the counts to the last try of the step."""
    machine = variant(
        workflow, "uncounted", draft_plan=Other({"AWS_ENDPOINT_URL_DYNAMODB": edge.url, **planner_variable()})
    )
    edge.throttle("TransactWriteItems", "None", 100)
    with ModelFaults(workflow) as models:
        before = len(models.exchanges())
        seen = workflow.run(intent_for("uncounted-bot"), machine=machine).ended("failed", audited=ASKED)
        assert len(models.exchanges()) == before
    edge.throttle("TransactWriteItems", "None", 0)
    assert "StoreUnavailableError" in seen.line
    assert workflow.tries_of(seen.arn, "Draft Plan") == 4
