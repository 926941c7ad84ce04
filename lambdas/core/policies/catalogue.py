"""The models that may run, and how SageMaker creates each (policies/models.yaml)."""

import json
import re
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from lambdas.core.contracts.base import CatalogueId, Contract, InstanceType
from lambdas.core.contracts.plan import ModelSource

InferenceAmi = Literal[
    "al2-ami-sagemaker-inference-gpu-2",
    "al2-ami-sagemaker-inference-gpu-2-1",
    "al2-ami-sagemaker-inference-gpu-3-1",
    "al2023-ami-sagemaker-inference-gpu-4-1",
    "al2-ami-sagemaker-inference-neuron-2",
]
"""ProductionVariantInferenceAmiVersion of botocore 1.44.5."""

_BYTES_A_PARAMETER = {"bf16": 2.0, "fp16": 2.0, "fp8": 1.0, "int8": 1.0, "int4": 0.5}
_NAMES_ROUND_BY = 0.15
_NAMES_ROUND_BY_B = 0.7
"""Small ones round to whole billions: Gemma 2 2B has 2.61 billion parameters."""
_LEFT_WHOLE = 0.25
"""By so much may quantised weights be over, which keep some layers in 16 bits: Meta's FP8 of Llama 3.1 405B a fifth."""
_SECRET = re.compile(r"(?i)(^|_)(key|token|secret|password|credentials?)$")
_REFERENCE = {
    "image": re.compile(r"^(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/.+[:@].+$"),
    "package": re.compile(r"^arn:aws[a-z-]*:sagemaker:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):model-package/.+$"),
}


def source_place(source: ModelSource) -> tuple[str, str] | None:
    """Return the account and the region that a source's image URI or package ARN names, None if it names none."""
    found = _REFERENCE[source.kind].match(source.reference)
    return (found["account"], found["region"]) if found else None


class Memory(Contract):
    """Accelerator memory by the fit rule: (weights + KV cache for `sequences` full contexts) and a runtime part."""

    weights_gb: Annotated[float, Field(gt=0)]
    kv_gb: Annotated[float, Field(gt=0)]
    kv_bytes_per_token: Annotated[int, Field(ge=1)]
    context_tokens: Annotated[int, Field(ge=1)]
    sequences: Annotated[int, Field(ge=1)]
    runtime_overhead_percent: Annotated[int, Field(ge=0, le=100)]

    @model_validator(mode="after")
    def _kv_adds_up(self) -> Self:
        kv_gb = round(self.kv_bytes_per_token * self.context_tokens * self.sequences / 1e9, 1)
        if self.kv_gb != kv_gb:
            message = (
                f"kv_gb is {self.kv_gb:g}, but {self.kv_bytes_per_token:,} bytes x {self.context_tokens:,} tokens "
                f"x {self.sequences} are {kv_gb:g} GB"
            )
            raise ValueError(message)
        return self

    @property
    def total_gb(self) -> float:
        """What must fit into the accelerators of one instance, to a tenth."""
        return round((self.weights_gb + self.kv_gb) * (1 + self.runtime_overhead_percent / 100), 1)


class SmokeRequest(Contract):
    """One request that the new fleet must answer rightly; without a pointer any that is not empty will do."""

    content_type: Literal["application/json", "text/csv"]
    body: Annotated[str, Field(min_length=1, max_length=4_000)]
    expect_json_pointer: Annotated[str, Field(pattern=r"^(/[^/]+)+$")] | None
    expect_contains: str | None

    @model_validator(mode="after")
    def _readable(self) -> Self:
        if self.content_type == "application/json":
            try:
                json.loads(self.body)
            except ValueError as error:
                message = f"body is no JSON: {error}"
                raise ValueError(message) from error
        if self.expect_contains is not None and self.expect_json_pointer is None:
            message = "expect_contains needs expect_json_pointer: it says where in the answer to look"
            raise ValueError(message)
        return self


class CatalogueModel(Contract):
    """One deployable model. `sources` is keyed by region; `instance_types` begins with the preferred one."""

    id: CatalogueId
    name: Annotated[str, Field(min_length=1, max_length=100)]
    family: Annotated[str, Field(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$")]
    parameters_b: Annotated[float, Field(gt=0)] | None
    """The size in the model's name: 8.0 for "8B"."""
    precision: Literal["bf16", "fp16", "fp8", "int8", "int4"] | None
    aliases: tuple[Annotated[str, Field(min_length=2, max_length=100)], ...]
    licence: str
    accelerator: Literal["gpu", "cpu"]
    memory: Memory | None
    instance_types: Annotated[tuple[InstanceType, ...], Field(min_length=1)]
    sources: dict[str, ModelSource]
    container_environment: dict[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=1024)], str]
    network_isolation: bool
    startup_timeout_s: Annotated[int, Field(ge=60, le=3600)]
    download_timeout_s: Annotated[int, Field(ge=60, le=3600)] | None = None
    inference_ami: InferenceAmi | None
    smoke_request: SmokeRequest
    creatable: bool
    """Whether SageMaker creates it with what stands here, once the preconditions of `creatable_note` are met."""
    creatable_note: Annotated[str, Field(min_length=1)]

    @property
    def memory_gb(self) -> float | None:
        """What one instance's accelerators must hold, None for models on CPU."""
        return self.memory.total_gb if self.memory else None

    @field_validator("container_environment")
    @classmethod
    def _no_secrets(cls, environment: dict[str, str]) -> dict[str, str]:
        for name in environment:
            if _SECRET.search(name):
                message = f"{name} looks like a secret, and DescribeModel shows the environment to every reader"
                raise ValueError(message)
        return environment

    @field_validator("sources")
    @classmethod
    def _sources_of_their_regions(cls, sources: dict[str, ModelSource]) -> dict[str, ModelSource]:
        for region, source in sources.items():
            place = source_place(source)
            if place is None:
                message = f"{region}: {source.reference!r} is no {source.kind} reference with account and region"
                raise ValueError(message)
            if place[1] != region:
                message = f"{region}: the reference is one of {place[1]}"
                raise ValueError(message)
            if source.kind == "package" and source.model_data_s3_uri:
                message = f"{region}: a model package brings its own data; remove model_data_s3_uri"
                raise ValueError(message)
        return sources

    @model_validator(mode="after")
    def _creatable_from_somewhere(self) -> Self:
        if self.creatable and not self.sources:
            message = "sources: a model that can be created needs one"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _fits_its_name(self) -> Self:
        if self.accelerator == "cpu":
            return self
        if self.memory is None or self.parameters_b is None or self.precision is None:
            message = "a model on GPU needs parameters_b, precision and memory, or nothing tells where it fits"
            raise ValueError(message)
        bytes_each = _BYTES_A_PARAMETER[self.precision]
        by_name = self.parameters_b * bytes_each
        slack = max(_NAMES_ROUND_BY * by_name, _NAMES_ROUND_BY_B * bytes_each)
        most = by_name + max(slack, _LEFT_WHOLE * by_name if bytes_each < _BYTES_A_PARAMETER["bf16"] else 0.0)
        if not by_name - slack <= self.memory.weights_gb <= most:
            message = (
                f"weights_gb is {self.memory.weights_gb:g}, but {self.parameters_b:g} billion parameters "
                f"in {self.precision} take about {by_name:g} GB"
            )
            raise ValueError(message)
        return self


class Catalogue(Contract):
    """All models, in the file's order."""

    models: Annotated[tuple[CatalogueModel, ...], Field(min_length=1)]

    def get(self, catalogue_id: str) -> CatalogueModel | None:
        """Return the model with this id, None if there is none."""
        return next((model for model in self.models if model.id == catalogue_id), None)
