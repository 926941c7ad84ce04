"""The base model and the field types that several contracts share."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = 1
"""Stands in every stored record. Code reads this version and the one before."""


class Contract(BaseModel):
    """A frozen model that refuses unknown keys, NaN and silent conversions (a string is no number).

    Its errors quote nothing of what they refuse: some contracts hold a task token, and errors are told and logged.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True, hide_input_in_errors=True
    )


Environment = Literal["dev", "staging", "prod"]
Operation = Literal["deploy", "pause", "resume", "restart", "scale", "retire", "rollback", "question"]
TrafficShift = Literal["all_at_once", "canary", "linear", "rolling"]
LEAST_STEP_PERCENT = {"canary": 1, "linear": 10, "rolling": 5}
MOST_STEP_PERCENT = 50
"""SageMaker's limits of CanarySize, LinearStepSize and MaximumBatchSize, percent of a fleet (botocore 1.44.5)."""

PlanId = Annotated[str, Field(pattern=r"^p-[0-9a-f]{16}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Timestamp = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z$")]
"""UTC, ISO 8601, with a Z."""
EndpointName = Annotated[str, Field(max_length=63, pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9])*$")]
"""SageMaker's own rule (botocore 1.44.5): at most 63 letters, digits and inner hyphens."""
InstanceType = Annotated[str, Field(max_length=32, pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$")]
Slug = Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
CatalogueId = Annotated[str, Field(max_length=60, pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$")]
"""The id of an entry of policies/models.yaml."""
