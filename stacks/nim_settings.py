"""`nim` of `cdk.json`: where the planning, embedding and reranking models answer, and what the planner may use."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from stacks.sections import Section

_NEEDED = {"sagemaker": ("endpoint", "model"), "hosted": ("model",), "compatible": ("url", "model"), "none": ()}


class NimModel(Section):
    """One model: who serves it, where, and the name that it goes by there."""

    provider: Literal["sagemaker", "hosted", "compatible", "none"] = Field(
        description="sagemaker, hosted, compatible or none"
    )
    endpoint: str = Field(
        default="",
        pattern=r"^([a-zA-Z0-9](-*[a-zA-Z0-9]){0,62})?$",
        description="a SageMaker endpoint's name: at most 63 letters, digits and inner hyphens",
    )
    url: str = Field(
        default="",
        pattern=r"^(https://[A-Za-z0-9.-]+(:\d+)?(/[A-Za-z0-9._/-]*)?)?$",
        description="an https address without query, like https://integrate.api.nvidia.com/v1",
    )
    model: str = Field(
        default="",
        max_length=200,
        pattern=r"^([A-Za-z0-9_.-]+/)?[A-Za-z0-9_.:-]*$",
        description="a NIM model's name like nvidia/llama-3.1-nemotron-nano-8b-v1",
    )
    secret: str = Field(
        default="",
        pattern=r"^(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6})?$",
        description="the whole ARN of a secret that holds the key of a compatible server",
    )

    @model_validator(mode="after")
    def _names_what_its_provider_needs(self) -> Self:
        told = {"provider": self.provider}
        for name in _NEEDED[self.provider]:
            if not getattr(self, name):
                raise PydanticCustomError("needed", "provider {provider} needs {name}", {**told, "name": name})
        if self.secret and self.provider != "compatible":
            # The hosted API's key goes into the stack's own secret; a key must never go to another server than its own.
            raise PydanticCustomError("needed", "provider {provider} takes no secret of yours", told)
        return self


class PlannerNim(NimModel):
    """The planning model."""

    structured_output: Literal["auto", "response_format", "nvext", "guided_json"] = Field(
        default="auto", description="auto, response_format, nvext or guided_json"
    )
    thinking_off: Literal["detailed thinking off", "/no_think", ""] = Field(
        default="detailed thinking off", description="detailed thinking off, /no_think or nothing at all"
    )
    tokens_per_run: int = Field(
        default=60_000, ge=20_000, le=10_000_000, description="a whole number from 20000 to 10000000"
    )
    tokens_per_day: int = Field(
        default=2_000_000, ge=20_000, le=10_000_000_000, description="a whole number from 20000 to 10000000000"
    )


class EmbeddingNim(NimModel):
    """The embedding model."""

    dimensions: int | None = Field(default=None, ge=1, le=4_096, description="a whole number from 1 to 4096, or null")
    input_type: Literal["field", "suffix", "omit"] = Field(default="field", description="field, suffix or omit")
    over_long: Literal["truncate", "split", "refuse"] = Field(
        default="truncate", description="truncate, split or refuse"
    )


class Nim(Section):
    """Where the models answer that AgentOps itself asks."""

    planner: PlannerNim = Field(description="an object with provider, endpoint, url and model")
    embedding: EmbeddingNim = Field(
        default=EmbeddingNim(provider="none"),
        description="an object with provider, endpoint, url and model",
    )
    reranking: NimModel = Field(
        default=NimModel(provider="none"), description="an object with provider, endpoint, url and model"
    )
