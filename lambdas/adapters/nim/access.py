"""How each model is reached: what `cdk.json` says under agentops.nim, as it stands in the functions' environment."""

from typing import Annotated, Literal

from pydantic import Field

from lambdas.core.contracts.base import Contract

Role = Literal["planner", "embedding", "reranking"]
Provider = Literal["sagemaker", "hosted", "compatible", "none"]
Form = Literal["response_format", "nvext", "guided_json"]
"""Where a server looks for the JSON schema of an answer (docs/nim.md, "Traps of versions")."""
_HOSTED = "https://integrate.api.nvidia.com/v1"
_HOSTED_RANKING = "https://ai.api.nvidia.com/v1/retrieval"
_PATHS: dict[Role, str] = {"planner": "chat/completions", "embedding": "embeddings", "reranking": "ranking"}


class Access(Contract):
    """One model: which provider, where it answers, and the name that it goes by there.

    `endpoint` is SageMaker's; `url` is the API's base such as https://integrate.api.nvidia.com/v1, or what the provider
    uses when empty; `secret` is the ARN of the secret that holds the key, empty where none is sent.
    """

    provider: Provider
    endpoint: str = ""
    url: str = ""
    model: str = ""
    secret: str = ""

    def address(self, role: Role) -> str:
        """Return the address of the model over HTTP. NVIDIA's own API ranks at an address for each model."""
        if self.provider == "hosted" and role == "reranking" and not self.url:
            # The address has an underscore where the model's name has a dot (langchain-nvidia-ai-endpoints 1.5.0).
            return f"{_HOSTED_RANKING}/{self.model.replace('.', '_')}/reranking"
        base = (self.url or _HOSTED).rstrip("/")
        if role == "reranking" and base.endswith(("/ranking", "/reranking")):
            return base
        return f"{base}/{_PATHS[role]}"


class PlannerAccess(Access):
    """The planning model: where it takes a schema, what switches its thinking off, and how many tokens it may use.

    `thinking_off` is the whole system message, as the model card of Nemotron wants it; empty where none is sent.
    """

    structured_output: Literal["auto"] | Form = "auto"
    thinking_off: str = "detailed thinking off"
    tokens_per_run: Annotated[int, Field(ge=1)]
    tokens_per_day: Annotated[int, Field(ge=1)]


class EmbeddingAccess(Access):
    """The embedding model: its dimensions where they are asked for, and how it is told queries from passages."""

    dimensions: int | None = None
    input_type: Literal["field", "suffix", "omit"] = "field"
    over_long: Literal["truncate", "split", "refuse"] = "truncate"


class RerankingAccess(Access):
    """The reranking model."""
