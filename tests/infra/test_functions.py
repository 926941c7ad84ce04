"""Each step's function: what it runs on, what it is told, and that it may do what its code does and nothing else."""

from __future__ import annotations

import json
import re

import pytest

from stacks.functions import APPLY_DEPLOYMENT, STEPS, Step
from tests.infra.handler_needs import actions_called, variables_read
from tests.infra.templates import (
    ROOT,
    Json,
    actions_of,
    all_statements,
    as_list,
    machines_of,
    of_type,
    statements_of,
    states_calling,
)

each_step = pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
TRACE = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
OWN_LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}
# The operations topic is encrypted: whoever publishes on it uses its key.
TOPIC_KEY = {"kms:Decrypt", "kms:GenerateDataKey"}
HOSTED_NIM = {"secretsmanager:GetSecretValue"}
# What a call takes besides its own action, for what stands in its parameters: tags, a retention, a role to pass.
BESIDES = {
    "cloudwatch:PutMetricAlarm": {"cloudwatch:TagResource"},
    # Who may not list a bucket hears AccessDenied, and not that an object is not there.
    "s3:GetObject": {"s3:ListBucket"},
    "sagemaker:CreateModel": {"sagemaker:AddTags", "iam:PassRole"},
}
ANCHORS = {"s3:PutObjectRetention"}
# Their service defines no resource for them (Service Authorization Reference, November 2026).
WITHOUT_RESOURCE = {
    *TRACE,
    *("states:SendTaskFailure", "states:SendTaskSuccess"),
    *("cloudwatch:GetMetricStatistics", "servicequotas:ListServiceQuotas", "sns:GetSubscriptionAttributes"),
}


def function_of(workflow: Json, step: Step) -> Json:
    [found] = [
        f
        for f in of_type(workflow, "AWS::Lambda::Function").values()
        if f.get("FunctionName") == f"agentops-{file_name(step)}"
    ]
    return found


def file_name(step: Step) -> str:
    return step.name.replace("_", "-")


@each_step
def test_a_step_runs_on_the_newest_python_and_arm_and_is_traced(workflow: Json, step: Step) -> None:
    function = function_of(workflow, step)
    assert (function["Runtime"], function["Architectures"]) == ("python3.14", ["arm64"])
    assert function["TracingConfig"] == {"Mode": "Active"}
    module, _, name = function["Handler"].rpartition(".")
    assert (ROOT.joinpath(*module.split(".")).with_suffix(".py")).exists()
    assert name == "handler"


@each_step
def test_a_step_has_the_common_layer_and_only_retrieval_has_numpy(workflow: Json, step: Step) -> None:
    described = {name: layer["Description"] for name, layer in of_type(workflow, "AWS::Lambda::LayerVersion").items()}
    layers = [described[layer["Ref"]] for layer in function_of(workflow, step)["Layers"]]
    computing = ("retrieve_evidence", "index_knowledge", "search_knowledge")
    assert layers == (["layer-common", "layer-retrieval"] if step.name in computing else ["layer-common"])


@each_step
def test_a_step_is_told_what_its_code_reads_and_nothing_else(workflow: Json, step: Step) -> None:
    told = set(function_of(workflow, step)["Environment"]["Variables"])
    shared = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL"}
    threads = {"OPENBLAS_NUM_THREADS"} if "retrieval" in step.layers else set()
    assert told - shared - threads == variables_read(ROOT / "lambdas" / step.name / "handler.py")


@each_step
def test_a_step_may_make_the_calls_that_its_code_makes_and_no_others(workflow: Json, step: Step) -> None:
    role = function_of(workflow, step)["Role"]["Fn::GetAtt"][0]
    allowed = actions_of(statements_of(workflow, role)) - OWN_LOG - TRACE
    handler = ROOT / "lambdas" / step.name / "handler.py"
    needed = actions_called(handler) - HOSTED_NIM
    if "AUDIT_LOCKS" in variables_read(handler):
        needed |= ANCHORS
    if "sns:Publish" in needed:
        needed |= TOPIC_KEY
    besides = {action for call, actions in BESIDES.items() if call in needed for action in actions}
    assert allowed == needed | besides


def test_every_step_has_a_role_of_its_own(workflow: Json) -> None:
    roles = [json.dumps(function_of(workflow, step)["Role"]) for step in STEPS]
    assert len(set(roles)) == len(STEPS)


def test_no_policy_allows_everything_of_a_service_or_deletes_or_updates_records(data: Json, workflow: Json) -> None:
    steps = [
        statement
        for step in STEPS
        for statement in statements_of(workflow, function_of(workflow, step)["Role"]["Fn::GetAtt"][0])
    ]
    assert not [action for action in actions_of(steps) if "*" in action]
    every = actions_of([*all_statements(data), *all_statements(workflow)])
    assert not [action for action in every if action.endswith(":*") or action == "*"]
    changing = ("dynamodb:Delete", "dynamodb:Update", "dynamodb:BatchWrite", "dynamodb:PartiQL")
    assert not [action for action in every if action.startswith(changing)]
    of_steps = actions_of(steps)
    assert not [action for action in of_steps if action.startswith(("s3:DeleteObjectVersion", "s3:BypassGovernance"))]
    [removing] = [statement for statement in steps if "s3:DeleteObject" in as_list(statement["Action"])]
    assert "BucketsIndex" in json.dumps(removing["Resource"])


def test_one_step_alone_passes_one_role_and_to_sagemaker_alone(data: Json, workflow: Json) -> None:
    passing = [
        statement
        for statement in [*all_statements(data), *all_statements(workflow)]
        if "iam:PassRole" in as_list(statement["Action"])
    ]
    [statement] = passing
    assert statement in statements_of(workflow, function_of(workflow, APPLY_DEPLOYMENT)["Role"]["Fn::GetAtt"][0])
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    [role] = [name for name in of_type(data, "AWS::IAM::Role") if name.startswith("Models")]
    [export] = [
        output["Export"]["Name"]
        for output in data["Outputs"].values()
        if "Export" in output and output["Value"] == {"Fn::GetAtt": [role, "Arn"]}
    ]
    assert statement["Resource"] == {"Fn::ImportValue": export}


def test_only_actions_that_take_no_resource_are_allowed_on_all(workflow: Json) -> None:
    for step in STEPS:
        for statement in statements_of(workflow, function_of(workflow, step)["Role"]["Fn::GetAtt"][0]):
            if "*" in as_list(statement["Resource"]):
                assert set(as_list(statement["Action"])) <= WITHOUT_RESOURCE


def test_steps_only_put_and_read_audit_entries(data: Json, workflow: Json) -> None:
    [audit] = [name for name in of_type(data, "AWS::DynamoDB::GlobalTable") if name.startswith("Audit")]
    exports = {
        output["Export"]["Name"]
        for output in data["Outputs"].values()
        if "Export" in output and output["Value"] == {"Fn::GetAtt": [audit, "Arn"]}
    }
    touching = [s for s in all_statements(workflow) if any(name in json.dumps(s["Resource"]) for name in exports)]
    assert touching, "no step writes to the audit table"
    assert actions_of(touching) == {"dynamodb:PutItem", "dynamodb:Query"}


def test_everything_calls_published_versions_that_a_redeploy_keeps(workflow: Json) -> None:
    versions = of_type(workflow, "AWS::Lambda::Version")
    called = {
        value["Ref"]
        for machine in machines_of(workflow).values()
        for value in machine["DefinitionSubstitutions"].values()
    }
    assert called <= set(versions)
    assert len(versions) == len(STEPS)
    assert {workflow["Resources"][name]["DeletionPolicy"] for name in versions} == {"Retain"}
    targets = [
        target["Arn"]["Ref"]
        for rule in of_type(workflow, "AWS::Events::Rule").values()
        for target in rule["Targets"]
        if "Ref" in target["Arn"]
    ]
    assert not set(targets) & set(of_type(workflow, "AWS::Lambda::Function"))
    [integration] = of_type(workflow, "AWS::ApiGatewayV2::Integration").values()
    assert integration["IntegrationUri"]["Ref"] in versions


@pytest.mark.parametrize("name", ["deployment", "rollback"])
def test_a_redeploy_does_not_take_running_executions_their_versions_away(workflow: Json, name: str) -> None:
    machine = machines_of(workflow)[name]
    statements = statements_of(workflow, machine["RoleArn"]["Fn::GetAtt"][0])
    [invoke] = [s for s in statements if "lambda:InvokeFunction" in as_list(s["Action"])]
    called = [function for function, _ in functions_called(workflow, machine).values()]
    every_version = [{"Fn::Join": ["", [{"Fn::GetAtt": [function, "Arn"]}, ":*"]]} for function in called]
    assert sorted(invoke["Resource"], key=json.dumps) == sorted(every_version, key=json.dumps)
    assert set(as_list(invoke["Action"])) == {"lambda:InvokeFunction"}


def functions_called(workflow: Json, machine: Json) -> dict[str, tuple[str, str]]:
    """Logical id and name of the function behind each of a machine's placeholders."""
    versions, functions = of_type(workflow, "AWS::Lambda::Version"), of_type(workflow, "AWS::Lambda::Function")
    logical = {
        placeholder: versions[value["Ref"]]["FunctionName"]["Ref"]
        for placeholder, value in machine["DefinitionSubstitutions"].items()
    }
    return {placeholder: (name, functions[name]["FunctionName"]) for placeholder, name in logical.items()}


@pytest.mark.parametrize("name", ["deployment", "rollback"])
def test_every_placeholder_of_a_state_machine_is_its_own_steps_function(workflow: Json, name: str) -> None:
    machine = machines_of(workflow)[name]
    steps = {step.placeholder: f"agentops-{file_name(step)}" for step in STEPS}
    called = {placeholder: name for placeholder, (_, name) in functions_called(workflow, machine).items()}
    assert called == {placeholder: steps[placeholder] for placeholder in called}
    assert set(re.findall(r"\$\{(\w+)\}", machine["DefinitionString"])) == set(called)


@each_step
def test_a_machine_calls_exactly_the_steps_that_say_so(workflow: Json, step: Step) -> None:
    assert bool(states_calling(workflow, step.placeholder)) == (step.invoked_by == "machine")
