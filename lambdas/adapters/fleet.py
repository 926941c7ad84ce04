"""The SageMaker calls that change something, and their refusals in our words."""

from collections.abc import Generator
from contextlib import contextmanager

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.adapters import clients
from lambdas.adapters.endpoints import find_config, find_model, view_endpoint
from lambdas.core.contracts.changes import Call
from lambdas.core.deploying.adopting import differences
from lambdas.core.errors import EndpointFailedError, PreconditionError, StoreUnavailableError

_BUSY_CODES = frozenset(
    {"ThrottlingException", "Throttling", "TooManyRequestsException", "ServiceUnavailable", "InternalFailure"}
)
_BUSY_WORDS = ("in-progress", "Could not find endpoint configuration", "Could not find model")
"""Refusals that pass: an endpoint that still changes, and what was made a moment ago and is not seen everywhere."""
_MAKES = {"CreateModel": ("ModelName", find_model), "CreateEndpointConfig": ("EndpointConfigName", find_config)}


def send(call: Call) -> None:
    """Make a call of SageMaker's as it was listed.

    Raises StoreUnavailableError where the same call may do later, else EndpointFailedError with SageMaker's own words
    (no quota, no capacity, no access).
    """
    with _refusals(call.operation):
        getattr(clients.sagemaker(), xform_name(call.operation))(**call.parameters)


def stands_already(call: Call) -> bool:
    """Is there already what a create call would make? Raises PreconditionError for another thing of that name."""
    key, find = _MAKES[call.operation]
    name = str(call.parameters[key])
    found = find(name)
    if found is None:
        return False
    told = differences(call.parameters, {**found})
    if told:
        message = f"{call.operation}: {name} exists and is something else: {'; '.join(told)}. Nothing was overwritten"
        raise PreconditionError(message)
    return True


def delete_endpoint(name: str) -> None:
    """Delete an endpoint; nothing happens where there is none, or it is being deleted. Raises as `send` does."""
    view = view_endpoint(name)
    if view and view.status != "Deleting":
        with _refusals("DeleteEndpoint"):
            clients.sagemaker().delete_endpoint(EndpointName=name)


def delete_config_and_model(config: str, model: str) -> None:
    """Delete what a deployment made for an endpoint that is gone; missing parts are no error. Raises as `send` does."""
    if find_config(config):
        with _refusals("DeleteEndpointConfig"):
            clients.sagemaker().delete_endpoint_config(EndpointConfigName=config)
    if find_model(model):
        with _refusals("DeleteModel"):
            clients.sagemaker().delete_model(ModelName=model)


def returnable_fault(config: str) -> str:
    """Return why no rollback could go to this configuration, in words; empty when it and its models stand."""
    found = find_config(config)
    if found is None:
        return f"the live configuration {config} was deleted: no rollback could return to it"
    names = [str(variant.get("ModelName")) for variant in found["ProductionVariants"] if variant.get("ModelName")]
    missing = [name for name in names if find_model(name) is None]
    return f"the live configuration's model {missing[0]} was deleted: no rollback could return to it" if missing else ""


def runs_package(config: str) -> bool:
    """Does a configuration run a Marketplace package? Raises the store errors of lambdas.adapters.clients."""
    found = find_config(config)
    models = [find_model(str(variant.get("ModelName"))) for variant in found["ProductionVariants"]] if found else []
    containers = [[model.get("PrimaryContainer", {}), *model.get("Containers", [])] for model in models if model]
    return any("ModelPackageName" in container for some in containers for container in some)


@contextmanager
def _refusals(operation: str) -> Generator[None]:
    try:
        yield
    except ClientError as error:
        code, text = clients.error_code(error), error.response.get("Error", {}).get("Message", "")
        message = f"SageMaker {operation}: {code}: {text}"
        busy = code in _BUSY_CODES or any(words in text for words in _BUSY_WORDS)
        raise (StoreUnavailableError if busy else EndpointFailedError)(message) from error
    except BotoCoreError as error:
        message = f"SageMaker {operation}: {error}"
        raise StoreUnavailableError(message) from error
