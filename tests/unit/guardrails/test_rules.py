"""Each rule by example: the outcome and the words with the numbers."""

import pytest

from lambdas.core.guardrails import check
from tests.unit.guardrails.factory import (
    a_citation,
    a_plan,
    finding,
    judge,
    policies,
    policies_with,
    some_facts,
)


def test_a_plan_within_all_limits_is_allowed_and_every_rule_says_so():
    verdict = judge(a_plan())
    assert verdict.outcome == "allow"
    assert {item.outcome for item in verdict.findings} == {"pass"}
    assert verdict.approval is None


def test_the_main_example_fits_staging_and_warns_that_marketplace_knows_no_canary():
    verdict = judge(a_plan(model="llama-3.1-8b-instruct"))
    assert verdict.outcome == "allow"
    assert finding(verdict, "budget").message == "2 x ml.g5.12xlarge costs $14.18 an hour; staging allows $20.00"
    warned = finding(verdict, "traffic-policy")
    assert warned.outcome == "warn"
    assert "ignores the plan's canary by 50 % and 600 s of bake" in warned.message


def test_over_budget_is_denied_with_both_numbers():
    verdict = judge(a_plan(instance_type="ml.g5.48xlarge"))
    found = finding(verdict, "budget")
    assert (found.outcome, verdict.outcome) == ("deny", "deny")
    assert found.message == "2 x ml.g5.48xlarge costs $40.72 an hour; staging allows $20.00"
    assert found.policy == "guardrails.yaml#/environments/staging/budget_usd_per_hour"
    assert verdict.approval is None


def test_the_requesters_own_budget_binds_below_the_environments():
    found = finding(judge(a_plan(budget_usd_per_hour=3.0)), "requested-budget")
    assert (found.outcome, found.message) == (
        "deny",
        "2 x ml.g5.2xlarge costs $3.03 an hour; the request allows $3.00",
    )
    assert finding(judge(a_plan(budget_usd_per_hour=3.03)), "requested-budget").outcome == "pass"


def test_all_findings_come_at_once():
    plan = a_plan(instance_type="ml.p5.48xlarge", instance_count=5, tags={}, endpoint="x", alarms=())
    denied = {item.rule for item in judge(plan).findings if item.outcome == "deny"}
    assert denied == {"instance-type", "instance-count", "budget", "endpoint-name", "required-tags", "alarms"}


@pytest.mark.parametrize(
    ("changes", "rule", "words"),
    [
        ({"instance_type": "ml.p9.48xlarge"}, "price-known", "no price of ml.p9.48xlarge"),
        ({"region": "eu-west-1"}, "price-known", "./agentops prices refresh --region eu-west-1"),
        (
            {"estimated_usd_per_hour": 0.01},
            "price-known",
            "states $0.01 an hour for 2 x ml.g5.2xlarge; prices.yaml makes it",
        ),
        ({"estimated_usd_per_hour": None}, "price-known", "states no price an hour"),
        (
            {"instance_type": "ml.p4d.24xlarge"},
            "instance-type",
            "ml.p4d.24xlarge is not allowed in staging; allowed are",
        ),
        ({"instance_count": 5}, "instance-count", "5 instances; staging allows 1 to 4"),
        ({"instance_type": "ml.g5.xlarge", "model": "llama"}, "memory-fit", "needs 38.3 GB of accelerator memory"),
        ({"instance_type": "ml.m5.large"}, "memory-fit", "ml.m5.large has no accelerator"),
        ({"region": "ap-south-1"}, "region", "the plan is for ap-south-1"),
        ({"endpoint": "chatbot-y-staging"}, "endpoint-name", "the name is like chatbot-x-staging"),
        ({"endpoint": "chatbot-x-prod"}, "endpoint-name", "the name is like chatbot-x-staging"),
        (
            {"endpoint": "chatbot-x-eu-staging"},
            "endpoint-name",
            "the name is like chatbot-x-staging or chatbot-x--words-staging",
        ),
        ({"application": "chatbot"}, "endpoint-name", "the endpoint is chatbot-x-staging; for chatbot in staging"),
        ({"application": "system", "endpoint": "system-staging"}, "endpoint-name", "begins with system-"),
        ({"application": "agentops-x", "endpoint": "agentops-x-staging"}, "endpoint-name", "begins with agentops-"),
        ({"endpoint": "chatbot-x-" + "b" * 40 + "-staging"}, "endpoint-name", "has 58 characters; 54 are allowed"),
        ({"citations": ()}, "evidence", "cites 0 passages; staging wants 1 at least"),
    ],
)
def test_a_broken_limit_denies_with_the_numbers(changes, rule, words):
    model = "llama-3.1-8b-instruct" if changes.pop("model", "") else "qwen2.5-7b-instruct"
    found = finding(judge(a_plan(model=model, **changes)), rule)
    assert found.outcome == "deny"
    assert words in found.message


@pytest.mark.parametrize("name", ["chatbot-x-staging", "chatbot-x--eu-staging", "chatbot-x--eu-west-staging"])
def test_an_application_names_its_further_endpoints_after_a_double_hyphen(name):
    assert finding(judge(a_plan(endpoint=name)), "endpoint-name").outcome == "pass"


def test_a_package_runs_only_where_its_seller_lists_it():
    found = finding(judge(a_plan(model="llama-3.1-8b-instruct", instance_type="ml.g6e.2xlarge")), "instance-type")
    assert found.outcome == "deny"
    assert found.message == (
        "the package of llama-3.1-8b-instruct runs on ml.g5.12xlarge, ml.g5.24xlarge, not on ml.g6e.2xlarge"
    )


@pytest.mark.parametrize(
    ("env", "outcome"), [("dev", "warn"), ("staging", "needs_approval"), ("prod", "needs_approval")]
)
def test_a_type_that_the_catalogue_does_not_list_for_the_model_is_for_people_to_judge(env, outcome):
    verdict = judge(a_plan(env, instance_type="ml.g5.xlarge"))
    found = finding(verdict, "instance-type")
    assert (found.outcome, finding(verdict, "memory-fit").outcome) == (outcome, "pass")
    assert found.message == (
        f"ml.g5.xlarge is allowed in {env}, but qwen2.5-7b-instruct is listed for ml.g5.2xlarge, ml.g5.4xlarge, "
        "ml.g6.2xlarge, ml.g6e.2xlarge, ml.g5.12xlarge: it may not start there"
    )


def test_people_are_asked_about_an_unlisted_type_where_no_approval_rule_asks():
    verdict = judge(a_plan("staging", instance_type="ml.g5.xlarge"))
    assert verdict.outcome == "needs_approval"
    assert verdict.approval is not None


def test_memory_that_just_fits_is_told_with_the_sum():
    found = finding(judge(a_plan()), "memory-fit")
    assert found.message == (
        "qwen2.5-7b-instruct needs 19.7 GB of accelerator memory (weights 15.2, KV cache 1.9 at 8,192 tokens, "
        "runtime 15 %); ml.g5.2xlarge has 22 GB (1 x A10G)"
    )


def test_a_cpu_model_runs_on_its_listed_types_alone():
    assert finding(judge(a_plan(model="xgboost-1.7")), "memory-fit").outcome == "pass"
    found = finding(judge(a_plan(model="xgboost-1.7", instance_type="ml.m5.4xlarge")), "memory-fit")
    assert (found.outcome, "the plan has ml.m5.4xlarge" in found.message) == ("deny", True)


def test_a_model_that_is_not_creatable_is_denied_with_what_is_missing():
    found = finding(judge(a_plan(model="xgboost-1.7")), "model-source")
    assert found.outcome == "deny"
    assert "add model_data_s3_uri to sources" in found.message


def test_a_model_outside_the_catalogue_is_denied_by_every_rule_that_needs_to_know_it():
    plan = a_plan()
    foreign = plan.model_copy(update={"model": plan.model.model_copy(update={"catalogue_id": "gpt-9"})})
    verdict = judge(foreign)
    denied = {item.rule for item in verdict.findings if item.outcome == "deny"}
    assert {"model-source", "region", "memory-fit"} <= denied
    assert finding(verdict, "model-source").message.startswith("gpt-9 is not in the catalogue; it has llama-3.1-8b")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("container_environment", {"HF_MODEL_ID": "someone/else"}, "container environment differ"),
        ("startup_timeout_s", 60, "startup timeout differ"),
        ("download_timeout_s", 3600, "download timeout differ"),
        ("inference_ami", None, "inference AMI differ"),
        ("network_isolation", True, "network isolation differ"),
    ],
)
def test_a_plan_that_bends_its_catalogue_entry_is_denied(field, value, words):
    plan = a_plan()
    bent = plan.model_copy(update={"model": plan.model.model_copy(update={field: value})})
    found = finding(judge(bent), "model-source")
    assert found.outcome == "deny"
    assert words in found.message


def test_a_source_that_is_not_the_catalogues_is_denied():
    plan = a_plan()
    source = plan.model.source.model_copy(update={"reference": "111122223333.dkr.ecr.us-east-1.amazonaws.com/evil:1"})
    bent = plan.model_copy(update={"model": plan.model.model_copy(update={"source": source})})
    found = finding(judge(bent), "model-source")
    assert (found.outcome, "is not the catalogue's" in found.message) == ("deny", True)


def test_a_publisher_that_the_environment_does_not_trust_is_denied():
    wary = policies_with("guardrails", "environments", "staging", "model_sources", value=["nvidia-marketplace"])
    found = finding(check(a_plan(), some_facts(), wary), "model-source")
    assert (found.outcome, found.message) == (
        "deny",
        "qwen2.5-7b-instruct comes from aws-deep-learning-containers; staging allows nvidia-marketplace",
    )


def test_production_refuses_a_container_with_network_access():
    found = finding(judge(a_plan("prod")), "network-isolation")
    assert found.outcome == "deny"
    assert found.message == "the container runs with network access; prod requires network isolation"


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"cost-center": " "}, "missing or empty: cost-center"),
        ({"application": "other"}, "application is 'other', not 'chatbot-x'"),
        ({"environment": "prod"}, "environment is 'prod', not 'staging'"),
        ({"managed-by": "me"}, "managed-by is 'me', not 'agentops'"),
        ({"aws:created": "x"}, "wrong ones ['aws:created']"),
        ({"note": "x" * 257}, "wrong ones ['note']"),
    ],
)
def test_tags_that_are_missing_untrue_or_impossible_are_denied(tags, words):
    plan = a_plan()
    found = finding(judge(plan.model_copy(update={"tags": {**plan.tags, **tags}})), "required-tags")
    assert found.outcome == "deny"
    assert words in found.message


def test_a_typed_plan_needs_no_evidence_and_a_repeated_passage_counts_once():
    typed = finding(judge(a_plan(citations=()), from_intent=False), "evidence")
    assert (typed.outcome, typed.message) == ("pass", "no language model drafted the plan: it needs no evidence")
    assert "no language model" not in finding(judge(a_plan(citations=())), "evidence").message
    twice = a_plan("prod", model="llama-3.1-8b-instruct", citations=(a_citation("a#b"), a_citation("a#b")))
    found = finding(judge(twice), "evidence")
    assert (found.outcome, found.message) == ("deny", "the plan cites 1 passage; prod wants 2 at least")


def test_the_verdict_names_the_plan_and_the_policies_that_it_judged():
    plan = a_plan()
    verdict = check(plan, some_facts(), policies())
    assert (verdict.plan_digest, verdict.policy_digest) == (plan.digest(), policies().digest)


@pytest.mark.parametrize(
    ("env", "down", "outcome"),
    [
        ("prod", (), "pass"),
        ("prod", ("embedding",), "deny"),
        ("prod", ("reranking",), "deny"),
        ("staging", ("embedding", "reranking"), "warn"),
        ("dev", ("reranking",), "warn"),
    ],
)
@pytest.mark.parametrize("execute", [True, False])
def test_evidence_found_without_a_stage_is_for_policy_to_judge(env, down, outcome, execute):
    found = finding(judge(a_plan(env), degraded=down, execute=execute), "grounding")
    assert found.outcome == outcome
    assert all(stage in found.message for stage in down)
    assert found.policy == f"guardrails.yaml#/environments/{env}/full_grounding_required"


def test_a_typed_plan_needs_no_grounding():
    found = finding(judge(a_plan("prod"), degraded=("embedding",), from_intent=False), "grounding")
    assert found.outcome == "pass"
