"""The ASL lint on what a machine says: its expressions, variables, error names and calls."""

from __future__ import annotations

import pytest

from tests.tools.asl_machines import REMOVE, assert_only, put_all, read_request, retrier, say, state

NO_SUCH_THING = "nothing_assigns_this"

ERROR_NAMES = [
    ("error-name", read_request([error], "Retry", 1, "ErrorEquals"), "Read Request.Retry[1].ErrorEquals", message)
    for error, message in (
        ("BusyErorr", "did you mean BusyError?"),
        ("AgentOpsError", "the exact class counts, not its bases"),
        ("States.Timedout", "did you mean States.Timeout?"),
        ("States.Runtime", "ends the run whatever is caught"),
        ("States.HeartbeatTimeout", "this state has no HeartbeatSeconds"),
        ("States.ParameterPathFailure", "never reports"),
        ("Lambda.Busy", "a Task like this never reports Lambda.Busy"),
        ("DynamoDB.ThrottlingException", "never reports"),
    )
] + [
    (
        "error-name",
        state([retrier("BusyError")], "Look Closely", "Retry"),
        "Look Closely.Retry[0].ErrorEquals",
        "nothing that this state runs raises BusyError",
    ),
    (
        "error-name",
        state([retrier("RunFailed")], "Fan Out", "Retry"),
        "Fan Out.Retry[0].ErrorEquals",
        "nothing that this state runs raises RunFailed",
    ),
]

EXPRESSIONS = [
    ("syntax", say("$kind & "), "Detail.a", "mend the expression"),
    ("syntax", say("$kind ?? 'none'"), "Detail.a", "the operator ?? is not in JSONata 2.0.6"),
    ("syntax", say("$kind ?: 'none'"), "Detail.a", "the operator ?: is not in JSONata 2.0.6"),
    ("delimiters", state("id-{% $kind %}", "Tell Others", "Output"), "Tell Others.Output", "join inside with &"),
    ("function", say("$eval('1')"), "Detail.a", "parse JSON with $parse"),
    ("function", say("$kind ~> $eval"), "Detail.a", "Step Functions has no $eval"),
    ("function", say("$upper($kind)"), "Detail.a", "no function $upper"),
    ("context", say("kind"), "Detail.a", "kind has nothing to refer to"),
    ("context", say("$.kind"), "Detail.a", "$ has nothing to refer to"),
    ("context", say("$$.kind"), "Detail.a", "$$ has nothing to refer to"),
    ("substitution", say("${Limit} + 1"), "Detail.a", "write '${Limit}', or $number('${Limit}')"),
    ("substitution", say("'${Bus.Name}'"), "(file)", "${Bus.Name} is no substitution"),
    ("states-field", say("$states.result"), "Detail.a", "exists only in Output and Assign"),
    (
        "states-field",
        state("{% $states.result %}", "Set Defaults", "Output"),
        "Set Defaults.Output",
        "of a Task, Map or Parallel",
    ),
    ("states-field", say("$states.errorOutput.Error"), "Detail.a", "exists only in Catch"),
    ("states-field", say("$states.inputs.id"), "Detail.a", "$states.inputs does not exist"),
    ("states-field", say("$states.context.Execution.Arn"), "Detail.a", "$states.context.Execution.Arn does not exist"),
    ("states-field", say("$states.context.Task.Token"), "Detail.a", "only in a .waitForTaskToken state"),
]

VARIABLES = [
    ("variable", say(f"${NO_SUCH_THING}"), "Detail.a", f"no state before assigns ${NO_SUCH_THING}"),
    (
        "variable",
        state("{% $wait_s %}", "Went Well?", "Choices", 0, "Condition"),
        "Went Well?.Choices[0].Condition",
        "the way Read Request -> Note Outcome -> Went Well?;",
    ),
    (
        "variable",
        put_all(state({"once": True}, "Cool Down", "Assign"), say("$once")),
        "Tell Others.Arguments.Entries[0].Detail.a",
        "$once is not assigned on the way Read Request -> Set Defaults -> Many Parts? -> Fan Out -> Each Item",
    ),
    (
        "variable",
        state("DISTRIBUTED", "Each Item", "ItemProcessor", "ProcessorConfig", "Mode"),
        "Each Item.ItemProcessor.Tag Item.Output.tag",
        "no state before assigns $kind",
    ),
    ("reserved", state({"states": 1}, "Cool Down", "Assign"), "Cool Down.Assign", "reserved for $states"),
    ("reserved", state({"count": 1}, "Cool Down", "Assign"), "Cool Down.Assign", "would hide the function $count"),
    ("reserved", state({"1st": 1}, "Cool Down", "Assign"), "Cool Down.Assign", '"1st" is no name'),
    (
        "reserved",
        state({"kind": 1}, "Fan Out", "Branches", 1, "States", "Skip Part", "Assign"),
        "Fan Out.Branches[1].Skip Part.Assign",
        "belongs to the scope around this one",
    ),
]

LOOK = ("Look Closely", "Resource")
INTEGRATIONS = [
    ("integration", state("${Function}", "Read Request", "Resource"), "Read Request.Resource", "lambda:invoke"),
    *(
        ("integration", state(f"arn:aws:states:::{resource}", *LOOK), "Look Closely.Resource", message)
        for resource, message in (
            ("aws-sdk:sagemaker:describeEndpiont", "sagemaker has no action describeEndpiont"),
            ("aws-sdk:sagemaker:DescribeEndpoint", "first letter small"),
            ("aws-sdk:sagemakers:describeEndpoint", "no service sagemakers in botocore"),
            ("aws-sdk:events:putEvents", "the SDK calls this service eventbridge"),
            ("sagemaker:describeEndpoint", "use aws-sdk:sagemaker:describeEndpoint"),
            ("aws-sdk:sagemaker:describeEndpoint.sync", ".sync is not offered"),
        )
    ),
    (
        "arguments",
        state("e", "Look Closely", "Arguments", "EndpointArm"),
        "Look Closely.Arguments.EndpointArm",
        "no parameter EndpointArm; the call takes EndpointName",
    ),
    (
        "arguments",
        state({"endpointName": "e"}, "Look Closely", "Arguments"),
        "Look Closely.Arguments.endpointName",
        "Step Functions spells it EndpointName",
    ),
    ("arguments", state({}, "Look Closely", "Arguments"), "Look Closely.Arguments", "without EndpointName"),
    ("arguments", state("{% $items %}", "Look Closely", "Arguments"), "Look Closely.Arguments", "write them as a JSON"),
    (
        "arguments",
        state("x", "Tell Others", "Arguments", "Entries", 0, "Sauce"),
        "Tell Others.Arguments.Entries[0].Sauce",
        "no parameter Sauce",
    ),
    (
        "target",
        read_request("{% $states.input.function %}", "Arguments", "FunctionName"),
        "Read Request.Arguments.FunctionName",
        "only the stack chooses it",
    ),
    (
        "target",
        read_request("arn:aws:lambda:us-east-1:123456789012:function:f", "Arguments", "FunctionName"),
        "Read Request.Arguments.FunctionName",
        "not a substitution",
    ),
    (
        "target",
        state("{% $kind %}", "Tell Others", "Arguments", "Entries", 0, "EventBusName"),
        "Tell Others.Arguments.Entries[0].EventBusName",
        "input could choose it",
    ),
    (
        "target",
        state({"RoleArn": "{% $kind %}"}, "Tell Others", "Credentials"),
        "Tell Others.Credentials.RoleArn",
        "a role computed from data",
    ),
    (
        "token",
        state(REMOVE, "Ask Person", "Arguments", "Payload", "token"),
        "Ask Person.Arguments",
        "nobody could answer",
    ),
]

CASES = [*ERROR_NAMES, *EXPRESSIONS, *VARIABLES, *INTEGRATIONS]


@pytest.mark.parametrize(("rule", "change", "path", "message"), CASES)
def test_one_change_gives_exactly_its_finding(rule, change, path, message):
    assert_only(rule, change, path, message)
