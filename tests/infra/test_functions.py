"""Each step's function: what it runs on, what it is told, and that it may do what its code does and nothing else."""

from __future__ import annotations

import json

import pytest

from stacks.functions import STEPS, Step
from tests.infra.handler_needs import actions_called, variables_read
from tests.infra.templates import ROOT, Json, actions_of, all_statements, as_list, of_type, statements_of

each_step = pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
TRACE = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
OWN_LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}
# The operations topic is encrypted: whoever publishes on it uses its key.
TOPIC_KEY = {"kms:Decrypt", "kms:GenerateDataKey"}
HOSTED_NIM = {"secretsmanager:GetSecretValue"}


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
    assert layers == (["layer-common", "layer-retrieval"] if step.name == "retrieve_evidence" else ["layer-common"])


@each_step
def test_a_step_is_told_what_its_code_reads_and_nothing_else(workflow: Json, step: Step) -> None:
    told = set(function_of(workflow, step)["Environment"]["Variables"])
    shared = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL"}
    hosted = {"NIM_BASE_URL", "NIM_SECRET_ARN"} if step.name == "draft_plan" else set()
    threads = {"OPENBLAS_NUM_THREADS"} if "retrieval" in step.layers else set()
    assert told - shared - threads == variables_read(ROOT / "lambdas" / step.name / "handler.py") - hosted


@each_step
def test_a_step_may_make_the_calls_that_its_code_makes_and_no_others(workflow: Json, step: Step) -> None:
    role = function_of(workflow, step)["Role"]["Fn::GetAtt"][0]
    allowed = actions_of(statements_of(workflow, role)) - OWN_LOG - TRACE
    needed = actions_called(ROOT / "lambdas" / step.name / "handler.py") - HOSTED_NIM
    if "sns:Publish" in needed:
        needed |= TOPIC_KEY
    assert allowed == needed


def test_every_step_has_a_role_of_its_own(workflow: Json) -> None:
    roles = [json.dumps(function_of(workflow, step)["Role"]) for step in STEPS]
    assert len(set(roles)) == len(STEPS)


def test_no_policy_allows_everything_of_a_service_deletes_records_or_passes_a_role(data: Json, workflow: Json) -> None:
    steps = [
        statement
        for step in STEPS
        for statement in statements_of(workflow, function_of(workflow, step)["Role"]["Fn::GetAtt"][0])
    ]
    assert not [action for action in actions_of(steps) if "*" in action]
    every = actions_of([*all_statements(data), *all_statements(workflow)])
    assert not [action for action in every if action.endswith(":*") or action == "*"]
    assert "iam:PassRole" not in every
    assert not [action for action in every if action.startswith(("dynamodb:Delete", "dynamodb:BatchWrite"))]


def test_only_actions_that_take_no_resource_are_allowed_on_all(workflow: Json) -> None:
    for step in STEPS:
        for statement in statements_of(workflow, function_of(workflow, step)["Role"]["Fn::GetAtt"][0]):
            if "*" in as_list(statement["Resource"]):
                assert set(statement["Action"]) == TRACE


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


def test_the_state_machine_calls_published_versions_that_a_redeploy_keeps(workflow: Json) -> None:
    [machine] = of_type(workflow, "AWS::StepFunctions::StateMachine").values()
    versions = of_type(workflow, "AWS::Lambda::Version")
    called = {value["Ref"] for value in machine["DefinitionSubstitutions"].values()}
    assert called == set(versions)
    assert {workflow["Resources"][name]["DeletionPolicy"] for name in versions} == {"Retain"}


def test_a_redeploy_does_not_take_running_executions_their_versions_away(workflow: Json) -> None:
    [machine] = of_type(workflow, "AWS::StepFunctions::StateMachine").values()
    statements = statements_of(workflow, machine["RoleArn"]["Fn::GetAtt"][0])
    [invoke] = [s for s in statements if "lambda:InvokeFunction" in as_list(s["Action"])]
    functions = of_type(workflow, "AWS::Lambda::Function")
    steps = {name for name, f in functions.items() if str(f.get("FunctionName", "")).startswith("agentops-")}
    every_version = [{"Fn::Join": ["", [{"Fn::GetAtt": [name, "Arn"]}, ":*"]]} for name in sorted(steps)]
    assert len(steps) == len(STEPS)
    assert sorted(invoke["Resource"], key=json.dumps) == sorted(every_version, key=json.dumps)
    assert set(as_list(invoke["Action"])) == {"lambda:InvokeFunction"}


def test_every_placeholder_of_the_state_machine_is_its_own_steps_function(workflow: Json) -> None:
    [machine] = of_type(workflow, "AWS::StepFunctions::StateMachine").values()
    versions = of_type(workflow, "AWS::Lambda::Version")
    functions = of_type(workflow, "AWS::Lambda::Function")
    called = {
        name: functions[versions[value["Ref"]]["FunctionName"]["Ref"]]["FunctionName"]
        for name, value in machine["DefinitionSubstitutions"].items()
    }
    assert called == {step.placeholder: f"agentops-{file_name(step)}" for step in STEPS}
    definition = machine["DefinitionString"]
    assert all(f"${{{name}}}" in definition for name in called)
    assert definition.count("${") == len(called)
