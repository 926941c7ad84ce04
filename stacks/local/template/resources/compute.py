"""Lambda functions, their layers, versions and callers, and Step Functions state machines."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import Any

from stacks.local.errors import TemplateError
from stacks.local.template.resource import Code, Created, Props, Resource, lower_first

_FUNCTION = (
    "Description",
    "Handler",
    "MemorySize",
    "Runtime",
    "Timeout",
    "Environment",
    "EphemeralStorage",
    "Architectures",
    "TracingConfig",
    "DeadLetterConfig",
    "LoggingConfig",
)
_SUBSTITUTION = re.compile(r"\$\{([^}]+)\}")


def _empty_zip() -> bytes:
    """What the emulated Lambda is given as code. The real code runs from the assembly's folder."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("code-runs-from-the-assembly", "")
    return buffer.getvalue()


def layer_version(resource: Resource) -> Created:
    """AWS::Lambda::LayerVersion. Its content is not read: it is built for this machine from the lock it names.

    The layer's `Description` is the name of that lock, such as `layer-common` for requirements/layer-common.txt.
    """
    name = resource.name("LayerName", 140)
    lock = str(resource.props.get("Description", ""))
    arn = resource.aws("lambda").publish_layer_version(
        LayerName=name, Description=lock, Content={"ZipFile": _empty_zip()}
    )["LayerVersionArn"]
    resource.ledger.layer_locks[arn] = lock
    return Created(arn, {"LayerVersionArn": arn})


def function(resource: Resource) -> Created:
    """AWS::Lambda::Function. Python functions run as real processes; others exist but cannot be invoked."""
    name, lambda_, props = resource.name("FunctionName", 64), resource.aws("lambda"), resource.props
    code: Props = props["Code"]
    if "S3Key" not in code:
        raise TemplateError(resource.where, "code written into the template cannot run locally: use an asset")
    layers: list[str] = props.get("Layers", [])
    logging: Props = props.get("LoggingConfig", {})
    arn = lambda_.create_function(
        FunctionName=name,
        Role=props["Role"],
        Code={"ZipFile": _empty_zip()},
        Layers=layers,
        **resource.pick(*_FUNCTION),
    )["FunctionArn"]
    if "ReservedConcurrentExecutions" in props:
        lambda_.put_function_concurrency(
            FunctionName=name, ReservedConcurrentExecutions=props["ReservedConcurrentExecutions"]
        )
    resource.ledger.functions[name] = Code(
        asset=str(resource.stack.asset(code["S3Key"]).path),
        layers=tuple(_lock(resource, layer) for layer in layers),
        log_group=logging.get("LogGroup") or f"/aws/lambda/{name}",
        log_format=logging.get("LogFormat", "Text"),
        python=str(props.get("Runtime", "")).startswith("python"),
    )
    return Created(name, {"Arn": arn})


def _lock(resource: Resource, layer: str) -> str:
    if layer not in resource.ledger.layer_locks:
        raise TemplateError(resource.where, f"uses the layer {layer}, which no template of the assembly makes")
    return resource.ledger.layer_locks[layer]


def version(resource: Resource) -> Created:
    """AWS::Lambda::Version."""
    published = resource.aws("lambda").publish_version(**resource.pick("FunctionName", "Description"))
    arn = published["FunctionArn"]
    resource.ledger.on_version(arn, resource.ledger.functions[published["FunctionName"]])
    return Created(arn, {"Version": published["Version"], "FunctionArn": arn})


def function_alias(resource: Resource) -> Created:
    """AWS::Lambda::Alias."""
    created = resource.aws("lambda").create_alias(
        **resource.pick("FunctionName", "Name", "FunctionVersion", "Description")
    )
    return Created(created["AliasArn"], {"AliasArn": created["AliasArn"]})


def event_invoke_config(resource: Resource) -> Created:
    """AWS::Lambda::EventInvokeConfig."""
    request = resource.pick("FunctionName", "MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
    if resource.props["Qualifier"] != "$LATEST":
        request["Qualifier"] = resource.props["Qualifier"]
    resource.aws("lambda").put_function_event_invoke_config(**request)
    return Created(resource.name("PhysicalName", 64))


def event_source_mapping(resource: Resource) -> Created:
    """AWS::Lambda::EventSourceMapping."""
    request = {key: value for key, value in resource.props.items() if key != "Tags"}
    created = resource.aws("lambda").create_event_source_mapping(**request)
    return Created(created["UUID"], {"Id": created["UUID"]})


def state_machine(resource: Resource) -> Created:
    """AWS::StepFunctions::StateMachine, its definition inline or an asset, with its substitutions."""
    name, props = resource.name("StateMachineName", 80), resource.props
    request: dict[str, Any] = {
        "name": name,
        "definition": _definition(resource),
        "roleArn": props["RoleArn"],
        "type": props.get("StateMachineType", "STANDARD"),
    }
    for prop in ("LoggingConfiguration", "TracingConfiguration"):
        if prop in props:
            request[prop[:1].lower() + prop[1:]] = lower_first(props[prop])
    arn = resource.aws("stepfunctions").create_state_machine(**request)["stateMachineArn"]
    return Created(arn, {"Arn": arn, "Name": name})


def _definition(resource: Resource) -> str:
    props = resource.props
    if "DefinitionString" in props:
        text = str(props["DefinitionString"])
    elif "Definition" in props:
        text = json.dumps(props["Definition"])
    else:
        text = resource.stack.asset(props["DefinitionS3Location"]["Key"]).path.read_text(encoding="utf-8")
    values: dict[str, Any] = props.get("DefinitionSubstitutions", {})

    def replace(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise TemplateError(resource.where, f"DefinitionSubstitutions gives no value for ${{{match[1]}}}")
        return str(values[match[1]])

    return _SUBSTITUTION.sub(replace, text) if values else text
