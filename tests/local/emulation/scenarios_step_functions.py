"""Step Functions: the language, the API and the life of an execution."""

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

from tests.local.emulation.harness import ACCOUNT, REGION, World, refused, scenario

INVOKE = "arn:aws:states:::lambda:invoke"


def passing(output: Any, **more: Any) -> dict[str, Any]:
    return {"Type": "Pass", "Output": output, "End": True, **more}


@scenario("StringJSONata._eval_body")
def jsonata_variables_hold_any_text(world: World) -> None:
    text = 'she said "{% no %}" \\ \n $states ${x}'
    states = {
        "Keep": {"Type": "Pass", "Assign": {"kept": "{% $states.input.text %}", "none": None}, "Next": "Give"},
        "Give": passing({"text": "{% $kept %}", "none": "{% $none %}", "nested": "{% [1, 2, 3][$ > 1] %}"}),
    }
    assert world.output(states, {"text": text}) == {"text": text, "none": None, "nested": [2, 3]}


@scenario("StringJSONata._eval_body")
def jsonata_has_the_functions_of_step_functions(world: World) -> None:
    made = world.output(
        {
            "A": passing(
                {
                    "partition": "{% $partition([1, 2, 3], 2) %}",
                    "range": "{% $range(1, 9, 4) %}",
                    "hash": "{% $hash('a', 'SHA-256') %}",
                    "seeded": "{% $random(7) = $random(7) %}",
                    "uuids": "{% $uuid() != $uuid() %}",
                    "parse": "{% $parse('{\"a\": [null, 1.5]}') %}",
                }
            )
        }
    )
    assert made == {
        "partition": [[1, 2], [3]],
        "range": [1, 5, 9],
        "hash": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
        "seeded": True,
        "uuids": True,
        "parse": {"a": [None, 1.5]},
    }


@scenario("StringJSONata._eval_body", "EventManager.add_event")
def a_failing_expression_is_a_query_evaluation_error_that_catch_sees(world: World) -> None:
    world.new_function()
    states = {
        "Work": {
            "Type": "Task",
            "Resource": INVOKE,
            "Arguments": {"FunctionName": "work", "Payload": "{% $states.input.a.b.nothing %}"},
            "Catch": [
                {"ErrorEquals": ["States.QueryEvaluationError"], "Output": "{% $states.errorOutput %}", "Next": "End"}
            ],
            "End": True,
        },
        "End": {"Type": "Pass", "End": True},
    }
    execution = world.start(world.new_machine(states))
    end = world.finished(execution)
    assert "returned nothing" in json.loads(end["output"])["Cause"]
    assert [event["type"] for event in world.history(execution)].count("EvaluationFailed") == 1


@scenario("StringVariableSample._eval_body")
def jsonpath_states_read_variables(world: World) -> None:
    states = {
        "Keep": {"Type": "Pass", "Assign": {"kept": {"a": 'b"c'}}, "Next": "Give"},
        "Give": {"Type": "Pass", "Parameters": {"got.$": "$kept.a"}, "End": True},
    }
    machine = world.new_machine(states, QueryLanguage="JSONPath")
    assert json.loads(world.finished(world.start(machine))["output"]) == {"got": 'b"c'}


@scenario("Preprocessor._inner_string_of", "moto.stepfunctions.parser.asl.antlt4utils.antlr4utils.from_string_literal")
def the_texts_of_a_definition_are_json(world: World) -> None:
    text = 'a "b" \\ \n / \U0001f600'
    states = {
        'Keep "it"': {"Type": "Pass", "Assign": {"kept": text}, "Next": "Give"},
        "Give": passing({"kept": "{% $kept %}", "said": text, 'ke"y': 1}),
    }
    definition = {"QueryLanguage": "JSONata", "StartAt": 'Keep "it"', "States": states}
    written = json.dumps(definition).replace("/", r"\/")
    create = world.client("stepfunctions").create_state_machine
    machine = create(name="machine", definition=written, roleArn=world.role)["stateMachineArn"]
    assert json.loads(world.finished(world.start(machine))["output"]) == {"kept": text, "said": text, 'ke"y': 1}


@scenario("VariableStore.get_assigned_variables")
def the_history_shows_assigned_variables_as_json(world: World) -> None:
    keep = {"Type": "Pass", "Assign": {"a.$": "$.text", "b": 1}, "End": True}
    execution = world.start(world.new_machine({"A": keep}, QueryLanguage="JSONPath"), {"text": 'x"y'})
    world.finished(execution)
    exited = next(event for event in world.history(execution) if event["type"] == "PassStateExited")
    assert exited["stateExitedEventDetails"]["assignedVariables"] == {"a": '"x\\"y"', "b": "1"}


@scenario("StringJSONata._eval_body")
def a_fail_state_computes_its_error_and_cause(world: World) -> None:
    failing = {"Type": "Fail", "Error": "{% $states.input.code %}", "Cause": "{% 'because ' & $states.input.why %}"}
    end = world.finished(world.start(world.new_machine({"A": failing}), {"code": "Denied", "why": "3 > 2"}))
    assert (end["status"], end["error"], end["cause"]) == ("FAILED", "Denied", "because 3 > 2")


@scenario("StateChoice._eval_state")
def a_choice_without_a_match_is_no_choice_matched(world: World) -> None:
    states = {
        "A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "NumericEquals": 1, "Next": "B"}]},
        "B": {"Type": "Succeed"},
    }
    end = world.finished(world.start(world.new_machine(states, QueryLanguage="JSONPath"), {"a": 2}))
    assert (end["status"], end["error"]) == ("FAILED", "States.NoChoiceMatched")


@scenario("AmazonStateLanguageParser.parse")
def a_refused_definition_does_not_spoil_the_next_one(world: World) -> None:
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

    bad = {
        "QueryLanguage": "JSONata",
        "StartAt": "A",
        "States": {"A": {"Type": "Pass", "QueryLanguage": "JSONPath", "End": True}},
    }
    good = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "QueryLanguage": "JSONPath", "End": True}}})
    with contextlib.suppress(ValueError):
        AmazonStateLanguageParser.parse(json.dumps(bad))
    assert AmazonStateLanguageParser.parse(good) is AmazonStateLanguageParser.parse(good)


@scenario("moto.stepfunctions.parser.asl.utils.boto_client.boto_client_for")
def tasks_share_one_client_for_a_service(world: World) -> None:
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_aws_sdk

    build: Any = state_task_service_aws_sdk.__dict__["boto_client_for"]
    assert build(region=REGION, service="sqs") is build(region=REGION, service="sqs")


@scenario("moto.stepfunctions.parser.utils.TMP_THREADS")
def finished_threads_are_not_kept(world: World) -> None:
    from moto.stepfunctions.parser.asl.component.program import program

    threads: Any = program.__dict__["TMP_THREADS"]
    before = len(threads)
    machine = world.new_machine({"A": {"Type": "Pass", "End": True}}, QueryLanguage="JSONPath")
    world.finished(world.start(machine))
    assert len(threads) == before


@scenario(
    "StateTaskService._normalise_parameters",
    "StateTaskService._normalise_response",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.lambda_eval_utils._invoke_lambda_function",
)
def tasks_speak_the_casing_of_step_functions(world: World) -> None:
    inner = world.new_machine(
        {"A": {"Type": "Pass", "Result": {"n": 1}, "End": True}}, name="inner", QueryLanguage="JSONPath"
    )
    states = {
        "Start": {
            "Type": "Task",
            "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Parameters": {"StateMachineArn": inner, "Input": {}},
            "ResultSelector": {"status.$": "$.Status", "n.$": "$.Output.n", "arn.$": "$.StateMachineArn"},
            "End": True,
        }
    }
    end = world.finished(world.start(world.new_machine(states, QueryLanguage="JSONPath")))
    assert json.loads(end["output"]) == {"status": "SUCCEEDED", "n": 1, "arn": inner}


@scenario("moto.stepfunctions.parser.asl.component.state.exec.state_task.lambda_eval_utils._invoke_lambda_function")
def a_task_runs_the_version_that_its_arn_names(world: World) -> None:
    arn = world.new_function()
    version = world.client("lambda").publish_version(FunctionName="work")["FunctionArn"]
    assert version == f"{arn}:1"
    task = {
        "Type": "Task",
        "Resource": INVOKE,
        "Parameters": {"FunctionName": version, "Payload": {"x": 1}},
        "End": True,
    }
    execution = world.start(world.new_machine({"A": task}, QueryLanguage="JSONPath"))
    result = json.loads(world.finished(execution)["output"])
    assert (result["Payload"], result["StatusCode"], result["ExecutedVersion"]) == ({"x": 1}, 200, "1")
    assert world.calls == [(arn, {"x": 1}, "1")]


@scenario("moto.stepfunctions.parser.asl.component.state.exec.state_task.lambda_eval_utils._invoke_lambda_function")
def a_function_that_raises_or_is_missing_fails_its_task_by_name(world: World) -> None:
    world.new_function()

    def explode(event: Any) -> Any:
        raise ValueError("too much")

    world.function = explode
    for function, error in (("work", "ValueError"), ("nobody", "Lambda.ResourceNotFoundException")):
        task = {"Type": "Task", "Resource": INVOKE, "Parameters": {"FunctionName": function}, "End": True}
        machine = world.new_machine({"A": task}, name=function, QueryLanguage="JSONPath")
        end = world.finished(world.start(machine))
        assert (end["status"], end["error"]) == ("FAILED", error)


@scenario("StepFunctionResponse.create_state_machine")
def a_broken_definition_is_refused(world: World) -> None:
    create = world.client("stepfunctions").create_state_machine
    broken: list[dict[str, Any]] = [
        {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "Nowhere"}}},
        {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}, "B": {"Type": "Pass", "End": True}}},
        {"StartAt": "A", "States": {"A": passing("{% $eval('1') %}")}, "QueryLanguage": "JSONata"},
        {"StartAt": "A", "States": {"A": passing("{% 1 + %}")}, "QueryLanguage": "JSONata"},
        {"StartAt": "A", "TimeoutSeconds": 0, "States": {"A": {"Type": "Pass", "End": True}}},
    ]
    for definition in broken:
        refused("InvalidDefinition", create, name="m", definition=json.dumps(definition), roleArn=world.role)


@scenario("StepFunctionResponse.create_state_machine")
def a_machine_of_the_same_name_must_be_the_same(world: World) -> None:
    same = {"A": {"Type": "Pass", "End": True}}
    assert world.new_machine(same, QueryLanguage="JSONPath") == world.new_machine(same, QueryLanguage="JSONPath")
    other = json.dumps({"StartAt": "B", "States": {"B": {"Type": "Succeed"}}})
    create = world.client("stepfunctions").create_state_machine
    refused("StateMachineAlreadyExists", create, name="machine", definition=other, roleArn=world.role)


@scenario("StepFunctionResponse.update_state_machine")
def an_update_with_a_broken_definition_is_refused(world: World) -> None:
    machine = world.new_machine({"A": {"Type": "Pass", "End": True}}, QueryLanguage="JSONPath")
    broken = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "Nowhere"}}})
    update = world.client("stepfunctions").update_state_machine
    refused("InvalidDefinition", update, stateMachineArn=machine, definition=broken)


@scenario(
    "StepFunctionResponse.publish_state_machine_version",
    "StepFunctionResponse.list_state_machine_versions",
    "StepFunctionsParserBackend.start_execution",
)
def an_execution_of_a_version_belongs_to_the_machine(world: World) -> None:
    states = world.client("stepfunctions")
    machine = world.new_machine({"A": {"Type": "Pass", "End": True}}, QueryLanguage="JSONPath")
    version = states.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"]
    assert states.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"] == version
    listed = states.list_state_machine_versions(stateMachineArn=machine)["stateMachineVersions"]
    assert [item["stateMachineVersionArn"] for item in listed] == [version] == [f"{machine}:1"]
    end = world.finished(world.start(version, name="one"))
    assert (end["stateMachineArn"], end["stateMachineVersionArn"]) == (machine, version)
    for arn in (machine, version):
        assert [found["name"] for found in states.list_executions(stateMachineArn=arn)["executions"]] == ["one"]


@scenario("StepFunctionsParserBackend.start_execution")
def executions_without_a_name_get_names_of_their_own(world: World) -> None:
    machine = world.new_machine({"A": {"Type": "Pass", "End": True}}, QueryLanguage="JSONPath")
    first, second = world.start(machine), world.start(machine)
    assert first != second
    assert not first.endswith(":None")


@scenario("StepFunctionsParserBackend.start_execution")
def input_and_name_keep_to_the_limits_of_aws(world: World) -> None:
    start = world.client("stepfunctions").start_execution
    machine = world.new_machine({"A": {"Type": "Pass", "End": True}}, QueryLanguage="JSONPath")
    refused("ValidationException", start, stateMachineArn=machine, input=json.dumps("x" * 262_143))
    for text in ("", "{", '{"a": NaN}', "[Infinity]"):
        refused("InvalidExecutionInput", start, stateMachineArn=machine, input=text)
    refused("InvalidName", start, stateMachineArn=machine, name="no spaces")
    refused("ValidationException", start, stateMachineArn=machine, name="x" * 81)
    assert world.finished(world.start(machine, "x" * 262_000))["status"] == "SUCCEEDED"


@scenario("StepFunctionsParserBackend.start_execution", "StepFunctionResponse.describe_execution")
def a_name_is_good_for_one_input_while_it_runs(world: World) -> None:
    states = world.client("stepfunctions")
    machine = world.new_machine({"A": {"Type": "Wait", "Seconds": 60, "End": True}}, QueryLanguage="JSONPath")
    first = world.start(machine, {"a": 1}, name="one")
    assert world.start(machine, {"a": 1}, name="one") == first
    refused("ExecutionAlreadyExists", states.start_execution, stateMachineArn=machine, name="one", input='{"a": 2}')
    running = states.describe_execution(executionArn=first)
    assert (running["status"], running["redriveStatus"]) == ("RUNNING", "NOT_REDRIVABLE")
    states.stop_execution(executionArn=first)
    refused("ExecutionAlreadyExists", states.start_execution, stateMachineArn=machine, name="one", input='{"a": 1}')


@scenario("StepFunctionResponse.describe_execution", "StepFunctionResponse.start_execution")
def describe_execution_tells_the_whole_end(world: World) -> None:
    machine = world.new_machine({"A": {"Type": "Fail"}}, QueryLanguage="JSONPath")
    end = world.finished(world.start(machine, {"a": 1}, traceHeader="Root=1-5759e988-bd862e3fe1be46a994272793"))
    assert end["stopDate"] >= end["startDate"]
    assert end["inputDetails"] == {"included": True}
    assert (end["redriveCount"], end["redriveStatus"]) == (0, "REDRIVABLE")
    assert end["traceHeader"].startswith("Root=")
    states = world.client("stepfunctions")
    brief = states.describe_execution(executionArn=end["executionArn"], includedData="METADATA_ONLY")
    assert "input" not in brief


@scenario("StepFunctionResponse.describe_execution")
def an_output_may_hold_dates(world: World) -> None:
    world.client("sqs").create_queue(QueueName="q")
    world.client("ssm").put_parameter(Name="p", Value="v", Type="String")
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:ssm:getParameter",
        "Parameters": {"Name": "p"},
        "End": True,
    }
    end = world.finished(world.start(world.new_machine({"A": task}, QueryLanguage="JSONPath")))
    changed = datetime.fromisoformat(json.loads(end["output"])["Parameter"]["LastModifiedDate"].replace("Z", "+00:00"))
    assert abs((datetime.now(UTC) - changed).total_seconds()) < 60


@scenario("ExecutionWorker.start")
def the_history_begins_before_start_execution_returns(world: World) -> None:
    machine = world.new_machine({"A": {"Type": "Pass", "End": True}}, QueryLanguage="JSONPath")
    for _ in range(20):
        assert world.history(world.start(machine, {"a": 1}))[0]["executionStartedEventDetails"]["input"] == '{"a":1}'


@scenario("StepFunctionResponse.get_execution_history")
def the_history_is_paged_reversed_and_can_leave_data_out(world: World) -> None:
    machine = world.new_machine({"A": {"Type": "Pass", "Result": "secret", "End": True}}, QueryLanguage="JSONPath")
    execution = world.start(machine)
    world.finished(execution)
    states = world.client("stepfunctions")
    everything = world.history(execution)
    paged: list[dict[str, Any]] = []
    token: dict[str, str] = {}
    while True:
        page = states.get_execution_history(executionArn=execution, maxResults=2, **token)
        paged += page["events"]
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}
    assert paged == everything
    assert world.history(execution, reverseOrder=True) == everything[::-1]
    assert "secret" not in repr(world.history(execution, includeExecutionData=False))
    refused("InvalidToken", states.get_execution_history, executionArn=execution, nextToken="???")


@scenario("StepFunctionResponse.list_executions")
def executions_are_listed_by_status_and_page(world: World) -> None:
    states = world.client("stepfunctions")
    machine = world.new_machine({"A": {"Type": "Wait", "Seconds": 60, "End": True}}, QueryLanguage="JSONPath")
    stopped = world.start(machine, name="stopped")
    world.start(machine, name="running")
    states.stop_execution(executionArn=stopped)
    found = states.list_executions(stateMachineArn=machine, statusFilter="ABORTED")["executions"]
    assert [(one["name"], one["redriveCount"]) for one in found] == [("stopped", 0)]
    assert found[0]["stopDate"] > found[0]["startDate"]
    page = states.list_executions(stateMachineArn=machine, maxResults=1)
    rest = states.list_executions(stateMachineArn=machine, maxResults=1, nextToken=page["nextToken"])
    assert [one["executions"][0]["name"] for one in (page, rest)] == ["running", "stopped"]
    assert "nextToken" not in rest


@scenario("StepFunctionsParserBackend.start_execution", "BaseExecutionWorkerCommunication.terminated")
def status_changes_are_events_on_the_default_bus(world: World) -> None:
    url, queue = world.new_queue("statuses")
    world.new_rule({"source": ["aws.states"]}, {"Arn": queue})
    machine = world.new_machine({"A": {"Type": "Fail", "Error": "E", "Cause": "C"}}, QueryLanguage="JSONPath")
    execution = world.start(machine, {"a": 1}, name="one")
    events = sorted(
        (json.loads(found["Body"]) for found in world.received(url, 2)), key=lambda one: bool(one["detail"]["stopDate"])
    )
    assert [event["detail"]["status"] for event in events] == ["RUNNING", "FAILED"]
    event = events[1]
    assert (event["detail-type"], event["resources"]) == ("Step Functions Execution Status Change", [execution])
    detail = event["detail"]
    assert (detail["executionArn"], detail["stateMachineArn"], detail["name"]) == (execution, machine, "one")
    assert (detail["error"], detail["cause"], detail["output"]) == ("E", "C", None)
    assert (json.loads(detail["input"]), detail["inputDetails"]) == ({"a": 1}, {"included": True})
    assert detail["stopDate"] >= detail["startDate"] > 1_600_000_000_000


@scenario("EventManager._publish_history_log")
def executions_are_logged_without_their_data(world: World) -> None:
    world.client("logs").create_log_group(logGroupName="/states")
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/states:*"
    logging = {
        "level": "ALL",
        "includeExecutionData": False,
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}],
    }
    machine = world.new_machine(
        {"A": {"Type": "Pass", "Result": "secret", "End": True}}, QueryLanguage="JSONPath", loggingConfiguration=logging
    )
    execution = world.start(machine, {"also": "secret"})
    world.finished(execution)
    found = world.client("logs").filter_log_events(logGroupName="/states")["events"]
    lines = [json.loads(event["message"]) for event in found]
    assert [line["type"] for line in lines] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]
    assert {line["execution_arn"] for line in lines} == {execution}
    assert "secret" not in repr(found)
    assert found[0]["logStreamName"].startswith("states/machine/")


@scenario("StepFunctionResponse.stop_execution", "BaseExecutionWorkerCommunication.terminated")
def a_stopped_execution_stays_stopped(world: World) -> None:
    states = world.client("stepfunctions")
    machine = world.new_machine({"A": {"Type": "Wait", "Seconds": 60, "End": True}}, QueryLanguage="JSONPath")
    execution = world.start(machine)
    stopped = states.stop_execution(executionArn=execution, error="E", cause="C")
    end = states.describe_execution(executionArn=execution)
    assert (end["status"], end["error"], end["cause"], end["stopDate"]) == ("ABORTED", "E", "C", stopped["stopDate"])
    last = world.history(execution)[-1]
    assert (last["type"], last["executionAbortedEventDetails"]) == ("ExecutionAborted", {"error": "E", "cause": "C"})
    assert states.stop_execution(executionArn=execution)["stopDate"] == stopped["stopDate"]
