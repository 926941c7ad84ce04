"""Endpoints that exist: whose they are, what SageMaker could do with them, and in which state they are."""

import pytest

from lambdas.core.contracts.verdict import Finding
from tests.unit.guardrails.factory import a_plan, a_variant, an_endpoint, finding, judge

RULES = ("endpoint-owner", "endpoint-shape", "endpoint-state")


def found(rule: str, *, execute: bool = True, **endpoint) -> Finding:
    plan = a_plan()
    return finding(judge(plan, execute=execute, existing_endpoint=an_endpoint(plan, **endpoint)), rule)


@pytest.mark.parametrize("rule", RULES)
def test_a_new_endpoint_and_one_of_the_same_application_pass(rule):
    assert finding(judge(a_plan()), rule).message == "chatbot-x-staging does not exist yet"
    assert found(rule).outcome == "pass"


@pytest.mark.parametrize("execute", [True, False], ids=["execute", "dry-run"])
@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("managed-by", None, "managed-by is not set, not agentops"),
        ("managed-by", "terraform", "managed-by is terraform, not agentops"),
        ("application", "chatbot", "application is chatbot, not chatbot-x"),
        ("environment", "prod", "environment is prod, not staging"),
        ("environment", None, "environment is not set, not staging"),
    ],
)
def test_somebody_elses_endpoint_is_denied_in_a_dry_run_too(execute, key, value, words):
    tags = {name: text for name, text in {**a_plan().tags, key: value}.items() if text is not None}
    denied = found("endpoint-owner", execute=execute, tags=tags)
    assert (denied.outcome, denied.message) == (
        "deny",
        f"chatbot-x-staging exists and is not this application's: {words}",
    )


def test_a_tag_that_neither_side_has_is_no_proof_of_ownership():
    plan = a_plan(tags={})
    denied = finding(judge(plan, existing_endpoint=an_endpoint(plan, tags={})), "endpoint-owner")
    assert (denied.outcome, denied.message.count("not set, not not set")) == ("deny", 3)


@pytest.mark.parametrize("execute", [True, False], ids=["execute", "dry-run"])
@pytest.mark.parametrize(
    ("names", "has"),
    [
        (("blue",), "1 variant (blue)"),
        (("AllTraffic", "shadow"), "2 variants (AllTraffic, shadow)"),
        ((), "0 variants (none)"),
    ],
)
def test_other_variants_than_the_plans_are_denied(execute, names, has):
    denied = found("endpoint-shape", execute=execute, variants=tuple(map(a_variant, names)))
    assert (denied.outcome, denied.message) == (
        "deny",
        f"chatbot-x-staging has {has}, the plan has 1 (AllTraffic): SageMaker shifts traffic only between equal names",
    )


@pytest.mark.parametrize("execute", [True, False], ids=["execute", "dry-run"])
def test_without_its_configuration_there_is_no_way_back(execute):
    denied = found("endpoint-shape", execute=execute, config_exists=False)
    assert denied.outcome == "deny"
    assert "chatbot-x-staging-0badcafe, an endpoint configuration that was deleted: no rollback could" in denied.message


@pytest.mark.parametrize("status", ["Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"])
def test_a_state_that_passes_is_denied_now_and_warned_of_in_a_dry_run(status):
    denied = found("endpoint-state", status=status)
    words = f"chatbot-x-staging is {status}; it can be changed when it is InService"
    assert (denied.outcome, denied.message) == ("deny", words)
    warned = found("endpoint-state", execute=False, status=status)
    assert (warned.outcome, warned.message) == ("warn", f"{words} (executing now would be denied)")


@pytest.mark.parametrize("execute", [True, False], ids=["execute", "dry-run"])
@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("Failed", "SageMaker lets it only be deleted"),
        ("UpdateRollbackFailed", "fleets of two configurations may be serving"),
        ("OutOfService", "it can be changed when it is InService"),
        ("SomethingNew", "it can be changed when it is InService"),
    ],
)
def test_a_state_that_does_not_pass_by_itself_is_denied_in_a_dry_run_too(execute, status, words):
    denied = found("endpoint-state", execute=execute, status=status)
    assert denied.outcome == "deny"
    assert denied.message.startswith(f"chatbot-x-staging is {status}; ")
    assert words in denied.message
