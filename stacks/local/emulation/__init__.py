"""The seams that make moto answer as AWS does. Every patch of moto in this repository lives in this package.

`install(hooks)` once, then create resources through boto3 (in `mock_aws`, or against moto's server in this process).
"""

from __future__ import annotations

import threading
from typing import Final

import moto
from moto.core.config import default_user_config

from stacks.local.emulation import (
    clients,
    cloudwatch,
    dynamodb,
    dynamodb_reads,
    eventbridge,
    http_api,
    lambda_,
    lookups,
    runtime,
    s3,
    s3_events,
    sagemaker,
    sagemaker_runtime,
    schedules,
    service_quotas,
    sns,
    ssm,
    step_functions,
)
from stacks.local.emulation.cloudwatch import evaluate_alarms
from stacks.local.emulation.emf import ingest_emf
from stacks.local.emulation.errors import (
    EmulationError,
    MotoVersionError,
    NetworkRefusedError,
    NotInstalledError,
    SeamError,
)
from stacks.local.emulation.hooks import BackOff, Container, EndpointNotFoundError, EndpointReply, Hooks, InvokeResult
from stacks.local.emulation.runtime import drain
from stacks.local.emulation.sagemaker import end_changes

__all__ = [
    "MOTO_VERSION",
    "BackOff",
    "Container",
    "EmulationError",
    "EndpointNotFoundError",
    "EndpointReply",
    "Hooks",
    "InvokeResult",
    "MotoVersionError",
    "NetworkRefusedError",
    "NotInstalledError",
    "SeamError",
    "drain",
    "end_changes",
    "evaluate_alarms",
    "ingest_emf",
    "install",
]

MOTO_VERSION: Final = "5.2.5"
_INSTALLING: Final = threading.Lock()
_INSTALLED: Final = threading.Event()
_SERVICES: Final = (
    clients,
    lookups,
    lambda_,
    eventbridge,
    schedules,
    step_functions,
    cloudwatch,
    sns,
    ssm,
    dynamodb,
    dynamodb_reads,
    sagemaker,
    sagemaker_runtime,
    service_quotas,
    s3,
    s3_events,
    http_api,
)


def install(hooks: Hooks) -> None:
    """Patch moto and make `hooks` its host; called again, only the hooks change.

    Raise `MotoVersionError` for any other moto than `MOTO_VERSION`, and `SeamError` when a patch does not fit.
    """
    if moto.__version__ != MOTO_VERSION:
        raise MotoVersionError(MOTO_VERSION, moto.__version__)
    with _INSTALLING:
        runtime.use(hooks)
        # Every time: `mock_aws` puts back on its end what it found at its beginning.
        default_user_config["stepfunctions"] = {"execute_state_machine": True}
        default_user_config["lambda"] = {"use_docker": False}
        if _INSTALLED.is_set():
            return
        for service in _SERVICES:
            service.install()
        _INSTALLED.set()
