"""What a worker must know about one version of a function, and how to find it in the emulated Lambda."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# moto's Lambda backend is only partly typed.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from moto.awslambda.utils import get_backend

from stacks.local.errors import FunctionError
from stacks.local.template.resource import Code


@dataclass(frozen=True)
class FunctionSpec:
    """One version of a function as it runs here. Equal specs may share workers."""

    name: str
    version: str
    arn: str
    handler: str
    runtime: str
    timeout_s: float
    memory_mb: int
    environment: tuple[tuple[str, str], ...]
    task_root: Path
    layers: tuple[Path, ...]
    log_group: str
    log_format: str


def find_spec(
    name_or_arn: str,
    qualifier: str | None,
    *,
    account: str,
    region: str,
    functions: Mapping[str, Code],
    layers: Mapping[str, Path],
) -> FunctionSpec:
    """The function that the emulated Lambda has now under this name and qualifier.

    `layers` maps the name of a lock to its folder. Raises `FunctionError` for a function that the template did not
    deploy, or whose code is not Python.
    """
    found = get_backend(account, region).get_function(name_or_arn, qualifier)
    code = functions.get(found.function_name)
    if code is None:
        raise FunctionError(f"{found.function_name}: its code is not in the assembly, so it cannot run locally.")
    if not code.python:
        raise FunctionError(f"{found.function_name}: only Python functions run locally, this is {found.run_time}.")
    missing = [lock for lock in code.layers if lock not in layers]
    if missing:
        raise FunctionError(f"{found.function_name}: its layers {missing} were not built for this machine.")
    return FunctionSpec(
        name=found.function_name,
        version=str(found.version),
        arn=found.function_arn,
        handler=str(found.handler),
        runtime=str(found.run_time),
        timeout_s=float(found.timeout),
        memory_mb=int(found.memory_size),
        environment=tuple(sorted((str(k), str(v)) for k, v in (found.environment_vars or {}).items())),
        task_root=Path(code.asset),
        layers=tuple(layers[lock] for lock in code.layers),
        log_group=code.log_group,
        log_format=code.log_format,
    )
