"""The interpreter's cost and its small differences: parsing, clients, casing, Lambda, errors."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateUsage=false, reportUnknownParameterType=false, reportMissingParameterType=false
# moto's interpreter is typed only in part.

from __future__ import annotations

import functools
import json
import logging
import sys
import threading
from types import ModuleType
from typing import Any, Final, cast

import botocore.session
from botocore.exceptions import ClientError
from botocore.model import OperationModel
from moto.core.exceptions import JsonRESTError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.stepfunctions.parser import utils
from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.antlt4utils import antlr4utils
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.component.state.choice.state_choice import StateChoice
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service,
    state_task_service_aws_sdk,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor
from moto.stepfunctions.parser.asl.utils import boto_client

from stacks.local.emulation import clients, lambda_
from stacks.local.emulation.patching import patch
from stacks.local.emulation.step_functions.details import details

_stock_parse = AmazonStateLanguageParser.parse
_stock_client_for = boto_client.boto_client_for
_stock_from_literal = antlr4utils.from_string_literal
_stock_inner_string_of = Preprocessor._inner_string_of
_stock_choice = StateChoice._eval_state
_PARSING: Final = threading.Lock()
_MODELS: Final = botocore.session.Session()
_ERROR_NAMES: Final = {
    "cloudwatch": "CloudWatch",
    "eventbridge": "EventBridge",
    "kms": "Kms",
    "lambda": "Lambda",
    "s3": "S3",
    "sagemaker": "SageMaker",
    "secretsmanager": "SecretsManager",
    "sns": "Sns",
    "sqs": "Sqs",
    "ssm": "Ssm",
}


def parse(definition: str) -> tuple[EvalComponent, Any]:
    """Stock moto parses the whole definition for every execution, and a definition that it refuses spoils the next one.

    The refused one stays in a list that all parsers share. AWS does neither.
    """
    with _PARSING:
        return _parse_once(definition)


@functools.lru_cache(maxsize=64)
def _parse_once(definition: str) -> tuple[EvalComponent, Any]:
    Preprocessor._query_language_per_scope.clear()
    return _stock_parse(definition)


def from_string_literal(parser_rule_context: Any) -> str | None:
    """Stock moto reads the strings of a definition as Python's, which breaks escaped slashes; they are JSON's."""
    text = parser_rule_context.getText()
    return json.loads(text) if text.startswith('"') else text


def inner_string_of(parser_rule_context: Any) -> str | None:
    """Stock moto leaves escapes undecoded in Assign, keys and names; in a definition they are JSON's."""
    inner = _stock_inner_string_of(parser_rule_context)
    return json.loads(f'"{inner}"') if inner and "\\" in inner else inner


def boto_client_for(region: str, service: str, state_credentials: Any = None) -> Any:
    """Stock moto builds a boto3 client for every task (10-40 ms), and one that needs `mock_aws` or port 5000."""
    del state_credentials
    return clients.client(service, region)


class _Forgetful(list[threading.Thread]):
    """Stock moto keeps every thread that it ever started in one list; the interpreter itself never reads it."""

    def append(self, thread: threading.Thread, /) -> None:
        """Keep nothing."""


def invoke_lambda_function(parameters: dict[str, Any], region: str, state_credentials: Any) -> dict[str, Any]:
    """Stock moto calls its own Lambda through HTTP; here the task reaches the host's function in one step.

    The reply is what the Lambda integration puts into the state's result.
    """
    del state_credentials
    name, qualifier = str(parameters["FunctionName"]), parameters.get("Qualifier")
    account = name.split(":")[4] if name.startswith("arn:") else DEFAULT_ACCOUNT_ID
    try:
        done = lambda_.run(account, region, name, qualifier, parameters.get("Payload") or b"{}")
    except JsonRESTError as refused:
        raise _client_error(refused) from refused
    reply = lambda_.Payload(done.result.payload)
    answer: dict[str, Any] = {
        "ExecutedVersion": done.version,
        "Payload": lambda_eval_utils._from_payload(reply),
        "StatusCode": 200,
    }
    if done.result.function_error:
        answer["FunctionError"] = done.result.function_error
    return answer


def _client_error(refused: JsonRESTError) -> ClientError:
    code = str(refused.error_type)
    metadata: Any = {"HTTPStatusCode": refused.code, "RequestId": "local", "HTTPHeaders": {}, "RetryAttempts": 0}
    return ClientError({"Error": {"Code": code, "Message": refused.message}, "ResponseMetadata": metadata}, "Invoke")


@functools.lru_cache(maxsize=512)
def _operation(service: str, action: str) -> OperationModel | None:
    model = _MODELS.get_service_model(service)
    for name in model.operation_names:
        if utils.camel_to_snake_case(name) == action:
            return model.operation_model(name)
    return None


def _operation_of(task: StateTaskService, service: str | None, action: str | None) -> OperationModel | None:
    with _PARSING:
        return _operation(task._get_boto_service_name(service), task._get_boto_service_action(action))


def normalise_parameters(
    self: StateTaskService,
    parameters: dict[str, Any],
    boto_service_name: str | None = None,
    service_action_name: str | None = None,
) -> None:
    """Stock moto passes the ASL's PascalCase keys on; AWS turns them into the API's own (`stateMachineArn`)."""
    operation = _operation_of(self, boto_service_name, service_action_name)
    if operation is not None and operation.input_shape is not None:
        self._to_boto_request(parameters, cast("Any", operation.input_shape))


def normalise_response(
    self: StateTaskService,
    response: Any,
    boto_service_name: str | None = None,
    service_action_name: str | None = None,
) -> None:
    """Stock moto leaves the API's own casing in the result; AWS answers every key in PascalCase."""
    operation = _operation_of(self, boto_service_name, service_action_name)
    if operation is not None and operation.output_shape is not None:
        self._from_boto_response(response, cast("Any", operation.output_shape))


def eval_choice(self: StateChoice, env: Environment) -> None:
    """Stock moto ends with States.Runtime when no rule matches and there is no Default; AWS: States.NoChoiceMatched."""
    try:
        _stock_choice(self, env)
    except RuntimeError as error:
        kind = StatesErrorNameType.StatesNoChoiceMatched
        cause = f"No choice rule matched in state '{self.name}'."
        raise FailureEventException(
            FailureEvent(
                env=env,
                error_name=StatesErrorName(typ=kind),
                event_type=HistoryEventType.ExecutionFailed,
                event_details=details("executionFailedEventDetails", error=kind.to_name(), cause=cause),
            )
        ) from error


def _rebind(name: str, stock: Any, replacement: Any) -> None:
    """Replace what modules of the interpreter have imported by name."""
    for module in list(sys.modules.values()):
        if module.__name__.startswith("moto.stepfunctions") and getattr(module, name, None) is stock:
            setattr(module, name, replacement)


def install() -> None:
    """Patch the interpreter. Every module of it must have been imported before."""
    threads: Any = utils.TMP_THREADS
    patch(AmazonStateLanguageParser, "parse", cast("Any", staticmethod(parse)))
    patch(antlr4utils, "from_string_literal", from_string_literal)
    _rebind("from_string_literal", _stock_from_literal, from_string_literal)
    patch(Preprocessor, "_inner_string_of", cast("Any", staticmethod(inner_string_of)))
    patch(boto_client, "boto_client_for", boto_client_for)
    _rebind("boto_client_for", _stock_client_for, boto_client_for)
    patch(utils, "TMP_THREADS", cast("Any", _Forgetful()))
    _rebind("TMP_THREADS", threads, utils.TMP_THREADS)
    patch(lambda_eval_utils, "_invoke_lambda_function", invoke_lambda_function)
    patch(StateTaskService, "_normalise_parameters", normalise_parameters)
    patch(StateTaskService, "_normalise_response", normalise_response)
    patch(StateChoice, "_eval_state", eval_choice)
    state_task_service_aws_sdk._SERVICE_ERROR_NAMES.update(_ERROR_NAMES)
    for module in (state_task_service, _logger_of(EvalComponent)):
        logging.getLogger(module.__name__).setLevel(logging.CRITICAL)


def _logger_of(component: type) -> ModuleType:
    return sys.modules[component.__module__]
