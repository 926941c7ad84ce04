"""Wrong values in policy files, one at a time, each told with its file and reason."""

import re

import pytest

from lambdas.core.policies.approvals import MOST_APPROVERS
from tests.unit.policies.edits import edit, problems

CASES = [
    ("guardrails.yaml", "budget_usd_per_hour: 20.00", "budget_usd_per_hour: -1", r"greater than 0 \(found -1\)"),
    ("guardrails.yaml", "budget_usd_per_hour: 20.00", 'budget_usd_per_hour: "20"', r"valid number \(found '20'\)"),
    ("guardrails.yaml", "budget_usd_per_hour: 20.00", "budget_usd_per_hour: .nan", r"valid number \(found '\.nan'\)"),
    ("guardrails.yaml", "budget_usd_per_hour: 20.00", "budget_usd_per_hour: 1e999", "finite|100000"),
    ("guardrails.yaml", "max_instances: 2 ", "max_instances: 2.5 ", "valid integer"),
    ("guardrails.yaml", '"ml.g6e.*"', '"ml.*"', "environments.staging.instance_types.5: .*pattern"),
    ("guardrails.yaml", '"ml.g6e.*"', '"ml.g66.*"', "ml.g66.* matches no type in prices.yaml"),
    ("guardrails.yaml", '"Fri 15:00"', '"Friday 15:00"', "freeze_windows.0.weekly_from: .*pattern"),
    ("guardrails.yaml", "max_length: 54", "max_lenght: 54", "naming.max_lenght: no such key"),
    ("guardrails.yaml", "shift: canary", "shift: gradual", "'all_at_once', 'canary', 'linear' or 'rolling'"),
    ("guardrails.yaml", "enabled: false ", "enabled: no ", r"valid boolean \(found 'no'\)"),
    ("guardrails.yaml", "unreadable_means: no-new-changes", "unreadable_means: run", "'no-new-changes' or 'stop-all'"),
    (
        "guardrails.yaml",
        'endpoint_pattern: "{application}',
        'endpoint_pattern: "({application}',
        "is no regular expression",
    ),
    (
        "guardrails.yaml",
        'endpoint_pattern: "{application}(--',
        'endpoint_pattern: "{application}(-',
        "the application app could take app-x-dev from the application app-x",
    ),
    (
        "guardrails.yaml",
        'endpoint_template: "{application}-{env}"',
        'endpoint_template: "{application}"',
        "endpoint_template's app does not fit endpoint_pattern",
    ),
    ("approvals.yaml", "silence: decline", "silence: approve", "'decline'"),
    ("approvals.yaml", "requester_may_approve: false", "requester_may_approve: true", "False"),
    ("approvals.yaml", "email: ml-platform-lead@example.com", "email: nobody", "approvers.0.email: .*pattern"),
    (
        "approvals.yaml",
        "to: [ml-platform-lead]",
        "to: [the-boss]",
        "rules.0.escalation: the-boss is not among the appr",
    ),
    (
        "approvals.yaml",
        "approvers: [ml-platform-lead, ml-platform-oncall]",
        "approvers: [ml-platform-lead, nobody]",
        "nobody is",
    ),
    (
        "approvals.yaml",
        "assurance: typed-name #",
        "assurance: sign-in #",
        r"rules.2.assurance: .*no identity provider.* write totp",
    ),
    ("approvals.yaml", "assurance: typed-name #", "assurance: nod #", "'typed-name' or 'totp'"),
    ("prices.yaml", "ml.m5.large: {usd_per_hour: 0.115}", "ml.m5.large: {usd_per_hour: 0}", "greater than 0"),
    ("prices.yaml", "ml.m5.large:", "m5.large:", "pattern"),
    ("prices.yaml", "ml.p5e.48xlarge,", "ml.g5.xlarge,", "unpriced.0: ml.g5.xlarge has a price in instances"),
    (
        "models.yaml",
        "id: nemotron-nano-8b",
        "id: llama-3.1-8b-instruct",
        "models.1.id: llama-3.1-8b-instruct stands twice",
    ),
    (
        "models.yaml",
        "aliases: [xgboost,",
        "aliases: [XGBOOST, Nemotron Nano,",
        "'nemotron nano' already means nemotron-nano-8b",
    ),
    (
        "models.yaml",
        "instance_types: [ml.g6e.12xlarge]",
        "instance_types: [ml.g7.xlarge]",
        "prices.yaml has no ml.g7.xlarge: pric",
    ),
    (
        "models.yaml",
        "weights_gb: 15.2 ",
        "weights_gb: 7.6 ",
        "weights_gb is 7.6, but 7 billion parameters in bf16 take about",
    ),
    *(
        (
            "models.yaml",
            "weights_gb: 487.1",
            f"weights_gb: {weights}",
            f"weights_gb is {weights}, but 405 billion parameters in fp8 take about 405 GB",
        )
        for weights in (340, 507)
    ),
    ("models.yaml", "HF_MODEL_ID: Qwen", "HF_TOKEN: Qwen", "HF_TOKEN looks like a secret"),
    (
        "models.yaml",
        "683313688378.dkr.ecr.us-east-1",
        "683313688378.dkr.ecr.us-east-2",
        "us-east-1: the reference is one of us-east-2",
    ),
    ("models.yaml", "865070037744", "111122223333", "lists no publisher of packages with the account"),
    (
        "models.yaml",
        "{registry: nvidia-marketplace,",
        "{registry: nowhere,",
        "one registry of nvidia-marketplace, aws-",
    ),
    (
        "models.yaml",
        "{account}.dkr.ecr.{region}",
        "{account}.dkr.ecr.here",
        "sources: .*reference is one of here|pattern",
    ),
    ("models.yaml", "    sources: {registry: nvidia-marketplace", "    sources: {} # ", "can be created needs one"),
    ("models.yaml", "download_timeout_s: 3600", "download_timeout_s: 3601", "less than or equal to 3600"),
    ("models.yaml", "startup_timeout_s: 1800", "startup_timeout_s: 3601", "less than or equal to 3600"),
    ("models.yaml", '"max_tokens":8', '"max_tokens":', "smoke_request: body is no JSON"),
    ("models.yaml", "kind: package", "kind: hub", "'image' or 'package'"),
]


@pytest.mark.parametrize(("file", "old", "new", "reason"), CASES, ids=[f"{case[0]}-{case[2][:30]}" for case in CASES])
def test_a_wrong_value_is_named_with_file_and_reason(folder, file, old, new, reason):
    edit(folder, file, old, new)
    found = problems(folder)
    assert any(line.startswith(f"{file}:") and re.search(reason, line) for line in found), found


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        (
            "guardrails.yaml",
            "min_instances: 2 ",
            "min_instances: 3 ",
            "min_instances 3, default_instances 2 and max_instances 4",
        ),
        ("guardrails.yaml", 'ends: "2027-01-04T07:00:00Z"', 'ends: "2026-12-18T07:00:00Z"', "before it starts"),
        ("guardrails.yaml", 'ends: "2027-01-04T07:00:00Z"', 'weekly_until: "Mon 07:00"', "give either starts and ends"),
        (
            "guardrails.yaml",
            'weekly_until: "Mon 07:00"',
            'weekly_until: "Fri 15:00"',
            "starts and ends at the same moment",
        ),
        (
            "guardrails.yaml",
            "      sampling_percent: 10 ",
            "      sampling_percent: 0 ",
            "enabled is True but sampling_percent is 0",
        ),
        ("guardrails.yaml", "step_percent: 50 ", "step_percent: 51 ", "SageMaker's canary takes 50 % at most"),
        (
            "guardrails.yaml",
            "shift: canary\n      step_percent: 50 ",
            "shift: rolling\n      step_percent: 4 ",
            "SageMaker's rolling takes 5 % at least",
        ),
        ("guardrails.yaml", "      - key: latency", "      - key: errors", "two alarms have the same key"),
        ("guardrails.yaml", "\n  prod:\n", "\n  production:\n", "environments.production"),
        (
            "guardrails.yaml",
            '"057799348421" # us-east-2',
            '"763104351884" # us-east-2',
            "763104351884 has two publishers",
        ),
        ("guardrails.yaml", "min: 1 ", "min: 11 ", "less than or equal to 10"),
        (
            "approvals.yaml",
            "needed: 1\n    # A",
            "needed: 3\n    # A",
            "needed_when_claimed .2. is less than needed .3.",
        ),
        (
            "approvals.yaml",
            "needed_when_claimed: 2",
            "needed_when_claimed: 3",
            "3 approvers for 3 needed: name at least 4",
        ),
        ("approvals.yaml", "after_s: 7200", "after_s: 14400", "comes too late: timeout_s is 14400"),
        ("approvals.yaml", "[3600, 10800]", "[10800, 3600]", "not in ascending order"),
        (
            "approvals.yaml",
            "{envs: [staging], instance_count_at_least: 3}",
            "{}",
            "name at least one of envs, usd_per_hour_over",
        ),
        (
            "approvals.yaml",
            "id: ml-platform-oncall, email",
            "id: ml-platform-lead, email",
            "ml-platform-lead stands twice",
        ),
        (
            "approvals.yaml",
            "email: ml-platform-oncall@example.com",
            "email: ML-platform-lead@example.com",
            "ml-platform-lead@example.com stands twice: one person would count as two approvers",
        ),
        (
            "models.yaml",
            "      expect_json_pointer: /choices/0/message/content",
            "      expect_json_pointer: null",
            "expect_contains",
        ),
        (
            "models.yaml",
            "      weights_gb: 16.1 ",
            "      # weights_gb: 16.1 ",
            "models.0.memory.weights_gb: Field required",
        ),
    ],
)
def test_values_that_contradict_each_other_are_refused(folder, file, old, new, reason):
    edit(folder, file, old, new)
    assert any(line.startswith(f"{file}:") and re.search(reason, line) for line in problems(folder)), problems(folder)


def test_more_approvers_than_a_functions_environment_holds_are_refused(folder):
    extra = "".join(f"  - {{id: extra-{n}, email: extra-{n}@example.com}}\n" for n in range(MOST_APPROVERS - 3))
    edit(folder, "approvals.yaml", "approvers:\n", f"approvers:\n{extra}")
    assert any(re.search(f"approvers: .*at most {MOST_APPROVERS} items", line) for line in problems(folder))
