"""Create what the stacks of an assembly say, in the order that their references ask for."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from stacks.local.errors import CreationError, LocalTargetError, TemplateError, UnknownTypeError
from stacks.local.template.assembly import Stack
from stacks.local.template.catalogue import NOT_REALISED, REALISED
from stacks.local.template.intrinsics import NO_VALUE, Resolver
from stacks.local.template.resource import Clients, Code, Created, Ledger, Resource


@dataclass
class Deployment:
    """What was deployed: outputs by stack name and output id, exports, physical ids by `Stack/LogicalId`."""

    outputs: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    exports: dict[str, Any] = field(default_factory=dict[str, Any])
    physical_ids: dict[str, str] = field(default_factory=dict[str, str])
    types: dict[str, str] = field(default_factory=dict[str, str])
    ledger: Ledger = field(default_factory=Ledger)

    def of_type(self, *types: str) -> list[str]:
        """The physical ids of every resource of these types, in the order they were created."""
        return [self.physical_ids[where] for where, kind in self.types.items() if kind in types]


def deploy(
    stacks: list[Stack],
    aws: Clients,
    on_stack: Callable[[Stack], None] = lambda _: None,
    on_version: Callable[[str, Code], None] = lambda _arn, _code: None,
) -> Deployment:
    """Create every resource of `stacks`, which come in dependency order; `on_stack` hears of each before it starts.

    `on_version` hears of each version of a function (`Ledger`).
    Every type is checked before the first resource is created. Raises `UnknownTypeError`, `UnknownIntrinsicError`,
    `TemplateError` or `CreationError`, each naming stack and logical id.
    """
    _check_types(stacks)
    deployment = Deployment(ledger=Ledger(on_version=on_version))
    for stack in stacks:
        on_stack(stack)
        _StackDeployer(stack, aws, deployment).run()
    return deployment


def _check_types(stacks: list[Stack]) -> None:
    unknown = [
        (f"{stack.name}/{logical_id}", resource["Type"])
        for stack in stacks
        for logical_id, resource in stack.template.get("Resources", {}).items()
        if resource["Type"] not in REALISED and resource["Type"] not in NOT_REALISED
    ]
    if unknown:
        where, kind = unknown[0]
        more = f" (and {len(unknown) - 1} more: {sorted({kind for _, kind in unknown})})" if unknown[1:] else ""
        raise UnknownTypeError(
            where,
            f"the local target does not know {kind}{more}. Write a creator for it under "
            "stacks/local/template/resources/, or put it with the reason on NOT_REALISED in "
            "stacks/local/template/catalogue.py.",
        )


class _StackDeployer:
    """Creates the resources of one stack; it is the `Scope` of the stack's intrinsic functions."""

    def __init__(self, stack: Stack, aws: Clients, deployment: Deployment) -> None:
        self._stack = stack
        self._aws = aws
        self._deployment = deployment
        self._resources = cast(dict[str, Any], stack.template.get("Resources", {}))
        self._parameters = cast(dict[str, Any], stack.template.get("Parameters", {}))
        self._resolver = Resolver(stack.template, self)
        self._created: dict[str, Created] = {}
        self._in_progress: list[str] = []
        target = aws.target
        self._pseudo: dict[str, Any] = {
            "AWS::AccountId": target.account,
            "AWS::Region": target.region,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": stack.name,
            "AWS::StackId": f"arn:aws:cloudformation:{target.region}:{target.account}:stack/{stack.name}/local",
            "AWS::NotificationARNs": [],
            "AWS::NoValue": NO_VALUE,
        }

    def run(self) -> None:
        """Create everything, then resolve the outputs."""
        for logical_id, resource in self._resources.items():
            if self._wanted(resource, logical_id):
                self._ensure(logical_id, needed_by=logical_id)
        outputs: dict[str, Any] = {}
        for name, output in cast(dict[str, Any], self._stack.template.get("Outputs", {})).items():
            if not self._wanted(output, name):
                continue
            where = f"{self._stack.name}/{name}"
            outputs[name] = self._resolver.resolve(output["Value"], where)
            if "Export" in output:
                self._deployment.exports[self._resolver.resolve(output["Export"]["Name"], where)] = outputs[name]
        self._deployment.outputs[self._stack.name] = outputs

    def _wanted(self, entry: dict[str, Any], name: str) -> bool:
        condition = entry.get("Condition")
        return condition is None or self._resolver.condition(condition, f"{self._stack.name}/{name}")

    def _ensure(self, logical_id: str, needed_by: str) -> Created:
        if logical_id in self._created:
            return self._created[logical_id]
        where = f"{self._stack.name}/{logical_id}"
        entry = self._resources.get(logical_id)
        if entry is None:
            raise TemplateError(f"{self._stack.name}/{needed_by}", f"refers to {logical_id}, which is no resource")
        if logical_id in self._in_progress:
            raise TemplateError(where, f"refers to itself: {' -> '.join([*self._in_progress, logical_id])}")
        self._in_progress.append(logical_id)
        depends = entry.get("DependsOn", [])
        for other in [depends] if isinstance(depends, str) else depends:
            self._ensure(other, needed_by=logical_id)
        props = self._resolver.resolve(entry.get("Properties", {}), where)
        resource = Resource(self._stack, logical_id, entry["Type"], props, self._aws, self._deployment.ledger)
        created = self._created[logical_id] = _create(resource)
        self._in_progress.pop()
        self._deployment.physical_ids[where] = created.ref
        self._deployment.types[where] = resource.type
        return created

    def ref(self, name: str) -> Any:
        """A pseudo parameter, a parameter's default or a resource's physical id."""
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self._parameters:
            return self._parameter(name)
        return self._ensure(name, needed_by=self._current).ref

    def _parameter(self, name: str) -> Any:
        parameter = self._parameters[name]
        if "Default" not in parameter:
            raise TemplateError(f"{self._stack.name}/{name}", "a parameter without a default has no value locally")
        if parameter["Type"].startswith("AWS::SSM::Parameter::Value"):
            return self.dynamic("ssm", parameter["Default"])
        return parameter["Default"]

    def attribute(self, logical_id: str, name: str) -> Any:
        """An attribute of a resource of this stack."""
        created = self._ensure(logical_id, needed_by=self._current)
        if name in created.attributes:
            return created.attributes[name]
        kind = self._resources[logical_id]["Type"]
        reason = NOT_REALISED.get(kind)
        raise TemplateError(
            self._here,
            f"needs {logical_id}.{name}, but {kind} is not realised locally: {reason}"
            if reason
            else f"needs {logical_id}.{name}; the creator of {kind} gives only {sorted(created.attributes)}",
        )

    def imported(self, export: str) -> Any:
        """The value of an export of a stack that was deployed before this one."""
        if export not in self._deployment.exports:
            raise TemplateError(self._here, f"imports {export!r}, which no stack exports")
        return self._deployment.exports[export]

    def stack_output(self, stack: str, output: str) -> Any:
        """An output of a stack that was deployed before this one."""
        outputs = self._deployment.outputs.get(stack, {})
        if output not in outputs:
            raise TemplateError(self._here, f"needs output {output!r} of stack {stack!r}")
        return outputs[output]

    def address(self, text: str) -> str:
        """`text` with the addresses of HTTP APIs, which templates put together from ids, as they are on this machine.

        `Fn::GetAtt` of ApiEndpoint, which needs none of that, is the better way to say it.
        """
        for api_id, url in self._deployment.ledger.apis.items():
            at_aws = f"https://{api_id}.execute-api.{self._aws.target.region}.{self._pseudo['AWS::URLSuffix']}"
            text = text.replace(at_aws, url)
        return text

    def dynamic(self, service: str, reference: str) -> str:
        """A parameter's or a secret's value: `ssm:NAME[:VERSION]`, `secretsmanager:ID:SecretString[:KEY]`."""
        try:
            if service in ("ssm", "ssm-secure"):
                return self._aws("ssm").get_parameter(Name=reference, WithDecryption=True)["Parameter"]["Value"]
            if service == "secretsmanager":
                secret_id, _, rest = reference.partition(":SecretString")
                text = self._aws("secretsmanager").get_secret_value(SecretId=secret_id)["SecretString"]
                key = rest.split(":")[1] if rest else ""
                return str(json.loads(text)[key]) if key else text
        except (ClientError, KeyError, ValueError) as error:
            raise TemplateError(self._here, f"cannot resolve {reference!r}: {error}") from error
        raise TemplateError(self._here, f"dynamic references to {service!r} are not known")

    @property
    def _here(self) -> str:
        return f"{self._stack.name}/{self._current}"

    @property
    def _current(self) -> str:
        return self._in_progress[-1] if self._in_progress else "Outputs"


def _create(resource: Resource) -> Created:
    if resource.type.startswith("Custom::"):
        resource.ledger.service_tokens.add(str(resource.props["ServiceToken"]).rpartition(":")[2])
    creator = REALISED.get(resource.type)
    if creator is None:
        return Created(resource.name("PhysicalName", 64))
    try:
        return creator(resource)
    except LocalTargetError:
        raise
    except (ClientError, BotoCoreError, KeyError, TypeError, ValueError) as error:
        raise CreationError(
            resource.where, f"{resource.type} could not be created locally: {type(error).__name__}: {error}"
        ) from error
