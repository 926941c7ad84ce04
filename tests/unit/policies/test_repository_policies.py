"""What the policy files of this repository promise."""

import json
import re
from pathlib import Path

import pytest

from lambdas.core.errors import PolicyError
from lambdas.core.policies import PolicySet, exceeds
from stacks.policy_files import load_policy_files

POLICIES = Path(__file__).parents[3] / "policies"


@pytest.fixture(scope="module")
def policies() -> PolicySet:
    return load_policy_files(POLICIES)


def test_json_carries_the_same_policies_and_digest(policies):
    again = PolicySet.from_json(policies.to_json())
    assert again == policies
    assert again.digest == policies.digest
    assert re.fullmatch("[0-9a-f]{64}", policies.digest)


def test_the_digest_changes_with_any_number(policies):
    data = json.loads(policies.to_json())
    data["guardrails"]["environments"]["prod"]["budget_usd_per_hour"] += 0.01
    assert PolicySet.from_json(json.dumps(data)).digest != policies.digest


def test_json_that_is_no_policy_set_is_refused_with_every_reason(policies):
    data = json.loads(policies.to_json())
    data["prices"]["currency"] = "EUR"
    data["guardrails"]["naming"]["max_length"] = 64
    with pytest.raises(PolicyError, match=r"(?s)guardrails\.naming\.max_length.*prices\.currency"):
        PolicySet.from_json(json.dumps(data))


def test_three_models_or_more_can_be_created_in_three_regions(policies):
    creatable = [model for model in policies.catalogue.models if model.creatable]
    assert len(policies.catalogue.models) >= 20
    assert len(creatable) >= 3
    for model in creatable:
        assert {"us-east-1", "us-west-2", "eu-west-1"} <= set(model.sources)


def test_every_package_is_isolated_and_every_open_weight_is_pinned(policies):
    for model in policies.catalogue.models:
        kinds = {source.kind for source in model.sources.values()}
        assert len(kinds) <= 1
        if kinds == {"package"}:
            assert model.network_isolation
        if "HF_MODEL_ID" in model.container_environment:
            pinned = re.fullmatch("[0-9a-f]{40}", model.container_environment.get("OPTION_REVISION", ""))
            assert pinned or (not model.creatable and "OPTION_REVISION" in model.creatable_note)
            assert not model.network_isolation


def test_every_creatable_model_can_be_deployed_in_some_environment_as_it_comes(policies):
    for model in filter(lambda model: model.creatable, policies.catalogue.models):
        for limits in policies.guardrails.environments.values():
            cost = policies.prices.usd_per_hour(model.instance_types[0], limits.default_instances)
            assert cost is not None
            if not exceeds(cost, limits.budget_usd_per_hour):
                break
        else:
            pytest.fail(f"{model.id} fits no budget")


def test_every_listed_gpu_type_holds_its_model(policies):
    for model in policies.catalogue.models:
        if model.memory:
            for name in model.instance_types:
                assert policies.prices.instances[name].total_accelerator_memory_gb >= model.memory.total_gb


def test_the_catalogue_holds_every_family_that_intents_are_labelled_with(policies):
    families = {model.family for model in policies.catalogue.models}
    assert families >= {
        *("llama-3.1", "llama-3.2", "llama-3.3", "nemotron-nano", "nemotron-super", "mistral", "mistral-small"),
        *("mixtral", "qwen-2.5", "qwen-3", "gemma-2", "phi-4", "xgboost", "scikit-learn", "embedqa", "rerankqa"),
    }


def test_what_cannot_be_created_says_what_is_missing(policies):
    for model in policies.catalogue.models:
        if not model.creatable:
            assert "set creatable to true" in model.creatable_note, model.id


def test_an_open_weight_serves_the_context_that_its_memory_was_worked_out_for(policies):
    for model in policies.catalogue.models:
        served = model.container_environment.get("OPTION_MAX_MODEL_LEN")
        assert served is None or (model.memory and int(served) == model.memory.context_tokens), model.id


def test_budgets_and_care_grow_towards_production(policies):
    dev, staging, prod = (policies.guardrails.environments[env] for env in ("dev", "staging", "prod"))
    assert dev.budget_usd_per_hour < staging.budget_usd_per_hour < prod.budget_usd_per_hour
    assert dev.traffic.bake_s <= staging.traffic.bake_s <= prod.traffic.bake_s
    assert dev.max_changes_per_hour >= staging.max_changes_per_hour >= prod.max_changes_per_hour
    assert prod.min_instances >= 2
    assert prod.traffic.required
    assert prod.require_network_isolation


def test_the_design_rules_of_approval_stand_in_the_file(policies):
    rules = {rule.id: rule for rule in policies.approvals.rules}
    assert rules["approval-env"].when.envs == ("prod",)
    assert rules["approval-env"].needed_when_claimed == 2
    assert rules["approval-env"].assurance == "totp"
    assert rules["approval-cost"].when.usd_per_hour_over == 20.0
    assert rules["approval-instances"].when.model_dump(exclude_none=True) == {
        "envs": ("staging",),
        "instance_count_at_least": 3,
    }
    assert policies.approvals.silence == "decline"


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("ml.g5.48xlarge", True),
        ("ml.p4d.24xlarge", True),
        ("ml.p4d.48xlarge", False),
        ("ml.g5n.xlarge", False),
        ("ML.G5.xlarge", False),
    ],
)
def test_a_type_is_allowed_by_its_name_or_its_familys_and_by_nothing_else(policies, name, allowed):
    assert policies.guardrails.environments["prod"].allows_instance_type(name) is allowed
