"""The service call behind a Task's Resource, checked against botocore's model of the service.

Step Functions has optimised integrations with their own names, and SDK integrations that name the service as
the AWS SDK for Java does and the parameters in PascalCase (developer guide, "Integrating services").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.model import OperationNotFoundError, ServiceModel

if TYPE_CHECKING:
    from botocore.model import OperationModel

    from tools.asl_lint.model import JsonObject

RESOURCE = re.compile(
    r"arn:(?:aws[a-z-]*|\$\{\w+\}):states:::(?P<sdk>aws-sdk:)?(?P<name>\w+:\w+)(?:\.(?P<pattern>[\w:]+))?"
)

TOKEN = "waitForTaskToken"  # noqa: S105
OPTIMISED: dict[str, tuple[str, frozenset[str]]] = {
    "lambda:invoke": ("lambda", frozenset({TOKEN})),
    "sns:publish": ("sns", frozenset({TOKEN})),
    "sqs:sendMessage": ("sqs", frozenset({TOKEN})),
    "events:putEvents": ("events", frozenset({TOKEN})),
    "states:startExecution": ("stepfunctions", frozenset({TOKEN, "sync", "sync:2"})),
    **{
        f"dynamodb:{action}": ("dynamodb", frozenset[str]())
        for action in ("getItem", "putItem", "updateItem", "deleteItem")
    },
    **{
        f"sagemaker:create{thing}": ("sagemaker", frozenset({"sync"}))
        for thing in ("HyperParameterTuningJob", "LabelingJob", "ProcessingJob", "TrainingJob", "TransformJob")
    },
    **{
        f"sagemaker:{action}": ("sagemaker", frozenset[str]())
        for action in ("createEndpoint", "createEndpointConfig", "createModel", "updateEndpoint")
    },
}
"""Optimised integrations: botocore's service, and the patterns beyond request-response that each offers."""

JAVA_NAMES = {
    "cloudwatchlogs": "logs",
    "configservice": "config",
    "costexplorer": "ce",
    "elasticloadbalancing": "elb",
    "elasticloadbalancingv2": "elbv2",
    "eventbridge": "events",
    "marketplacemetering": "meteringmarketplace",
    "sfn": "stepfunctions",
}
"""SDK names of services whose botocore name is another word; hyphens aside, the rest are the same."""


@dataclass(frozen=True)
class Integration:
    """A call: `resource` as in the ARN without pattern, its pattern, and botocore's operation or why there is none."""

    resource: str
    pattern: str
    operation: OperationModel | None
    wrong: str

    def error_names(self) -> frozenset[str]:
        """Return the service's own error names, in lower case, under each prefix that Step Functions gives it."""
        if self.operation is None:
            return frozenset()
        service = self.operation.service_model
        prefixes = {_plain(service.service_id), self.resource.split(":")[0], _plain(service.service_name)}
        names = {shape.name.lower().removesuffix("exception") + "exception" for shape in service.error_shapes}
        names |= {
            "sdkclientexception",
            *(f"{start}{prefix}exception" for prefix in prefixes for start in ("", "amazon")),
        }
        return frozenset(f"{prefix}.{name}" for prefix in prefixes for name in names)


def integration_of(state: JsonObject) -> Integration | None:
    """Return the call of a Task; None where its Resource is not written as an integration at all."""
    match = RESOURCE.fullmatch(str(state.get("Resource", "")))
    if match is None:
        return None
    sdk, name, pattern = match["sdk"] is not None, match["name"], match["pattern"] or ""
    resource = f"aws-sdk:{name}" if sdk else name
    service, _, action = name.partition(":")
    if sdk:
        service_model, wrong = _sdk_service(service)
        patterns = frozenset({TOKEN})
    elif name in OPTIMISED:
        botocore_name, patterns = OPTIMISED[name]
        service_model, wrong = _model(botocore_name), ""
    else:
        return Integration(resource, pattern, None, f"no optimised integration {name}; use aws-sdk:{service}:{action}")
    operation = _operation(service_model, action)
    if service_model is not None and operation is None:
        wrong = f"{service_model.service_name} has no action {action}; it is spelt as in the API, first letter small"
    elif pattern and pattern not in patterns:
        wrong = f".{pattern} is not offered for {resource}; it has {', '.join(sorted(patterns)) or 'no pattern'}"
    return Integration(resource, pattern, operation, wrong)


def _sdk_service(name: str) -> tuple[ServiceModel | None, str]:
    for guess in (JAVA_NAMES.get(name, name), *_with_hyphens().get(name, ())):
        model = _model(guess)
        if model is not None and _plain(model.service_id) == name:
            return model, ""
        if model is not None:
            return None, f"the SDK calls this service {_plain(model.service_id)}, not {name}; mend the Resource"
    return None, f"no service {name} in botocore; mend the Resource"


@cache
def _loader() -> Loader:
    return Loader()


@cache
def _with_hyphens() -> dict[str, list[str]]:
    plain: dict[str, list[str]] = {}
    for name in _loader().list_available_services("service-2"):
        plain.setdefault(_plain(name), []).append(name)
    return plain


@cache
def _model(service: str) -> ServiceModel | None:
    try:
        description: dict[str, Any] = _loader().load_service_model(service, "service-2")
    except UnknownServiceError:
        return None
    return ServiceModel(description, service)


def _operation(service: ServiceModel | None, action: str) -> OperationModel | None:
    if service is None or action[:1].isupper():
        return None
    try:
        return service.operation_model(action[:1].upper() + action[1:])
    except OperationNotFoundError:
        return None


def _plain(name: str) -> str:
    return re.sub(r"[ -]", "", name).lower()
