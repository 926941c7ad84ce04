"""Which planning model this function asks: a closed list of providers, chosen by configuration alone."""

from functools import lru_cache

from lambdas.adapters.nim.hosted import HostedChat
from lambdas.adapters.nim.sagemaker import SageMakerChat
from lambdas.adapters.settings import variable
from lambdas.core.errors import PlannerNotConfiguredError
from lambdas.core.planning.chat import Ask


@lru_cache(maxsize=1)
def planner() -> Ask:
    """Return what asks the configured planning model. Raises PlannerNotConfiguredError when there is none."""
    provider = variable("NIM_PROVIDER")
    model = variable("NIM_PLANNER_MODEL")
    if provider == "sagemaker":
        return SageMakerChat(variable("NIM_PLANNER_ENDPOINT"), model).ask
    if provider == "hosted":
        return HostedChat(variable("NIM_BASE_URL"), variable("NIM_SECRET_ARN"), model).ask
    message = (
        "no planning model is configured (cdk.json, agentops.nim.provider is none): give a typed `plan`, "
        "or set a NIM up as docs/nim.md says"
    )
    raise PlannerNotConfiguredError(message)
