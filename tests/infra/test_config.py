"""cdk.json: what is wrong is told in a line with file, line, key, value and what is allowed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack

from lambdas.adapters.nim.access import Access, EmbeddingAccess, PlannerAccess, RerankingAccess
from stacks.config import Configuration, check_region, load_configuration
from stacks.errors import ConfigurationError
from stacks.nim_settings import EmbeddingNim, NimModel, PlannerNim
from stacks.permissions import invoke_endpoint
from stacks.policy_files import load_policy_files
from tests.infra.templates import ROOT, Json

REMOVE = object()


def written(folder: Path, *changes: tuple[str, Any]) -> Path:
    """A copy of the project's cdk.json with keys below `agentops` changed (`nim.provider`) or removed."""
    document = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))
    for place, value in changes:
        *parents, last = place.split(".")
        section: Json = document["context"]["agentops"]
        for parent in parents:
            section = section[parent]
        if value is REMOVE:
            del section[last]
        else:
            section[last] = value
    path = folder / "cdk.json"
    path.write_text(json.dumps(document, indent=2), encoding="utf-8")
    return path


def load(folder: Path, *changes: tuple[str, Any]) -> Configuration:
    return load_configuration(written(folder, *changes))[0]


def refusal(path: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load_configuration(path)
    return str(caught.value).splitlines()


def test_the_projects_own_configuration_is_right_and_executes_nowhere() -> None:
    configuration, context = load_configuration(ROOT / "cdk.json")
    assert not any(environment.execute_allowed for environment in configuration.environments.values())
    assert "agentops" not in context
    assert context["@aws-cdk/aws-iam:minimizePolicies"] is True


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_an_environment_executes_where_an_operator_says_so_and_nowhere_else(tmp_path: Path, environment: str) -> None:
    configuration, _ = load_configuration(written(tmp_path, (f"environments.{environment}.execute_allowed", True)))
    assert [name for name, it in configuration.environments.items() if it.execute_allowed] == [environment]


@pytest.mark.parametrize("value", ["true", 1, None])
def test_execution_is_allowed_by_a_plain_true_alone(tmp_path: Path, value: object) -> None:
    [line] = refusal(written(tmp_path, ("environments.dev.execute_allowed", value)))
    assert f"agentops.environments.dev.execute_allowed: {json.dumps(value)} is not allowed. Allowed: true or" in line


SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:nim-AbCdEf"
WRONG = [
    ("region", "moon-1", '"moon-1"', "an AWS region like us-east-1"),
    ("region", REMOVE, "missing", "an AWS region like us-east-1"),
    ("account", "12345", '"12345"', "12 digits"),
    ("account", 123456789012, "123456789012", "12 digits"),
    ("names_prefix", "Agent_Ops", '"Agent_Ops"', "at most 20 lower-case letters"),
    ("environments", {}, "{}", "at least one of dev, staging and prod"),
    ("environments.qa", {"audit_lock": {"mode": "GOVERNANCE", "days": 1}}, '"qa"', "dev, staging and prod"),
    ("environments.dev.execute_allowed", "no", '"no"', "false"),
    ("environments.dev.audit_lock", REMOVE, "missing", '{"mode": "GOVERNANCE", "days": 1}'),
    ("environments.dev.audit_lock.mode", "governance", '"governance"', "GOVERNANCE or COMPLIANCE"),
    ("environments.prod.audit_lock.days", 0, "0", "from 1 to 36500"),
    ("environments.prod.audit_lock.days", 1.5, "1.5", "a whole number of days"),
    ("nim", REMOVE, "missing", "an object with planner, embedding and reranking"),
    ("nim.planner", REMOVE, "missing", "an object with provider"),
    ("nim.planner.provider", "openai", '"openai"', "sagemaker, hosted, compatible or none"),
    ("nim.planner.endpoint", "Has_Underscore", '"Has_Underscore"', "63 letters"),
    ("nim.planner.endpoint", "", "planner", "provider sagemaker needs endpoint"),
    ("nim.planner.provider", "compatible", "planner", "provider compatible needs url"),
    ("nim.planner.model", "two words", '"two words"', "a NIM model's name"),
    ("nim.planner.url", "http://plain.example", '"http://plain.example"', "an https address"),
    ("nim.planner.secret", "nvapi-key", '"nvapi-key"', "the whole ARN of a secret"),
    ("nim.planner.secret", SECRET, "planner", "provider sagemaker takes no secret of yours"),
    ("nim.planner.structured_output", "json", '"json"', "auto, response_format, nvext or guided_json"),
    ("nim.planner.thinking_off", "think less", '"think less"', "detailed thinking off, /no_think"),
    ("nim.planner.tokens_per_run", 19_999, "19999", "a whole number from 20000 to"),
    ("nim.planner.tokens_per_day", 1.5, "1.5", "a whole number from 20000 to"),
    ("nim.embedding.dimensions", 4_097, "4097", "a whole number from 1 to 4096, or null"),
    ("nim.embedding.input_type", "prefix", '"prefix"', "field, suffix or omit"),
    ("nim.embedding.over_long", "drop", '"drop"', "truncate, split or refuse"),
    ("nim.reranking.model", "", "reranking", "provider sagemaker needs model"),
    ("nim.reranking.top_k", 3, "unknown key", "provider, endpoint, url, model, secret"),
    ("vectors", "opensearch", '"opensearch"', "memory or s3-vectors"),
    ("log_retention_days", 8, "8", "one of 1, 3, 5, 7"),
    ("log_retention_days", "90", '"90"', "one of 1, 3, 5, 7"),
    ("audit_trail", "yes", '"yes"', "existing or create"),
    ("operations_emails", "a@example.com", '"a@example.com"', "a list of at most 10 e-mail addresses"),
    ("operations_emails", ["not an address"], '"not an address"', "e-mail"),
    ("retention", 90, "unknown key", "region, names_prefix, environments"),
    ("nim.api_key", "secret", "unknown key", "planner, embedding, reranking"),
]


@pytest.mark.parametrize(("place", "value", "shown", "allowed"), WRONG)
def test_a_wrong_value_is_told_with_key_value_and_what_is_allowed(
    tmp_path: Path, place: str, value: Any, shown: str, allowed: str
) -> None:
    [line] = refusal(written(tmp_path, (place, value)))
    assert line.startswith("cdk.json:")
    assert place.split(".", maxsplit=1)[0] in line
    assert shown in line
    assert allowed in line


def test_every_configuration_key_has_a_wrong_value_above() -> None:
    covered = {place for place, *_ in WRONG}

    def keys(model: Any, above: str) -> Sequence[str]:
        return [f"{above}{name}" for name in model.model_fields]

    for key in keys(Configuration, ""):
        assert any(place == key or place.startswith(f"{key}.") for place in covered), key


def test_all_problems_are_told_at_once_each_with_its_own_line(tmp_path: Path) -> None:
    path = written(tmp_path, ("region", "x"), ("environments.prod.audit_lock.days", -1), ("audit_trail", "no"))
    text = path.read_text(encoding="utf-8").splitlines()
    problems = refusal(path)
    assert len(problems) == 3
    for problem, wanted in zip(problems, ('"region": "x"', '"days": -1', '"audit_trail": "no"'), strict=True):
        assert wanted in text[int(problem.split(":")[1]) - 1]


def test_a_missing_key_is_told_with_the_line_of_its_section(tmp_path: Path) -> None:
    path = written(tmp_path, ("environments.dev.audit_lock", REMOVE))
    [problem] = refusal(path)
    assert '"dev": {' in path.read_text(encoding="utf-8").splitlines()[int(problem.split(":")[1]) - 1]


def test_what_is_not_json_is_told_with_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "cdk.json"
    path.write_text('{\n  "context": {,}\n}', encoding="utf-8")
    [line] = refusal(path)
    assert line.startswith("cdk.json:2: not JSON: ")
    assert line.endswith("(column 15)")


@pytest.mark.parametrize("text", ["[]", "{}", '{"context": {}}', '{"context": 1}', "null"])
def test_a_file_without_our_key_says_where_it_belongs(tmp_path: Path, text: str) -> None:
    path = tmp_path / "cdk.json"
    path.write_text(text, encoding="utf-8")
    assert refusal(path) == ["cdk.json: context.agentops: missing. Allowed: an object; see README.md"]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    [line] = refusal(tmp_path / "cdk.json")
    assert line.startswith("cdk.json: cannot be read")


@pytest.mark.parametrize(
    ("provider", "kept"),
    [("hosted", {"model"}), ("none", set()), ("sagemaker", {"endpoint", "model"}), ("compatible", {"url", "model"})],
)
def test_a_provider_needs_only_what_it_uses(tmp_path: Path, provider: str, kept: set[str]) -> None:
    whole = {"endpoint": "planner", "url": "https://nim.example/v1", "model": "nvidia/some-model"}
    model = {"provider": provider, **{name: whole[name] for name in kept}}
    nim = load(tmp_path, ("nim", {"planner": model})).nim
    assert (nim.planner.provider, nim.embedding.provider, nim.reranking.provider) == (provider, "none", "none")


@pytest.mark.parametrize(
    ("section", "access"),
    [(PlannerNim, PlannerAccess), (EmbeddingNim, EmbeddingAccess), (NimModel, RerankingAccess)],
)
def test_what_is_configured_is_what_the_functions_read(section: type[NimModel], access: type[Access]) -> None:
    model = section(provider="compatible", url="https://nim.example/v1", model="nvidia/some-model", secret=SECRET)
    assert access.model_validate_json(model.model_dump_json()).model_dump() == model.model_dump()


def test_an_endpoint_goes_by_its_name_as_it_was_made_and_its_arn_in_lower_case(tmp_path: Path) -> None:
    """InvokeEndpoint compares names to the letter, and SageMaker writes its ARNs small."""
    model = {"provider": "sagemaker", "endpoint": "NIM-Planner", "model": "nvidia/some-model"}
    assert load(tmp_path, ("nim.planner", model)).nim.planner.endpoint == "NIM-Planner"
    allowed = Stack(App()).resolve(invoke_endpoint("planner", "NIM-Planner").statement.to_statement_json())
    assert [arn["Fn::Join"][1][-1] for arn in allowed["Resource"]] == [":endpoint/NIM-Planner", ":endpoint/nim-planner"]


def test_one_environment_alone_can_be_served_and_its_own_lock_counts(tmp_path: Path) -> None:
    dev = {"audit_lock": {"mode": "GOVERNANCE", "days": 1}}
    configuration = load(tmp_path, ("environments", {"dev": dev}))
    assert set(configuration.environments) == {"dev"}
    assert configuration.strictest_audit_lock.model_dump() == {"mode": "GOVERNANCE", "days": 1}


def region_problems(folder: Path, region: str) -> list[str]:
    path = written(folder, ("region", region))
    configuration, _ = load_configuration(path)
    with pytest.raises(ConfigurationError) as caught:
        check_region(path, configuration, load_policy_files(ROOT / "policies"))
    text = path.read_text(encoding="utf-8").splitlines()
    problems = str(caught.value).splitlines()
    assert all(f'"region": "{region}"' in text[int(problem.split(":")[1]) - 1] for problem in problems)
    assert all(f'agentops.region: "{region}" is not allowed. Allowed: ' in problem for problem in problems)
    return problems


def test_a_region_without_prices_is_refused_with_the_command_that_gets_them(tmp_path: Path) -> None:
    [problem] = region_problems(tmp_path, "eu-west-1")
    assert "Allowed: us-east-1" in problem
    assert problem.endswith("./agentops prices refresh --region eu-west-1")


def test_a_region_for_which_no_model_has_a_source_is_refused_with_those_that_do(tmp_path: Path) -> None:
    prices, sources = region_problems(tmp_path, "sa-east-1")
    assert "prices refresh --region sa-east-1" in prices
    assert "eu-west-1" in sources
    assert "policies/models.yaml" in sources


def test_the_projects_own_region_has_prices_and_models() -> None:
    configuration, _ = load_configuration(ROOT / "cdk.json")
    check_region(ROOT / "cdk.json", configuration, load_policy_files(ROOT / "policies"))


def test_the_strictest_lock_is_never_looser_than_any_environments(tmp_path: Path) -> None:
    configuration = load(tmp_path, ("environments.dev.audit_lock.days", 900))
    assert configuration.strictest_audit_lock.model_dump() == {"mode": "COMPLIANCE", "days": 900}
