"""A small closed catalogue with what makes names hard: two sizes of one family, two of a brand, one without a size."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FakeModel:
    id: str
    name: str
    family: str
    parameters_b: float | None = None
    precision: str | None = "bf16"
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class FakeCatalogue:
    models: tuple[FakeModel, ...]


CATALOGUE = FakeCatalogue((
    FakeModel("llama-3.1-8b-instruct", "Llama 3.1 8B Instruct", "llama-3.1", 8.0),
    FakeModel("llama-3.1-70b-instruct", "Llama 3.1 70B Instruct", "llama-3.1", 70.0),
    FakeModel(
        "nemotron-nano-8b",
        "Llama 3.1 Nemotron Nano 8B v1 (NVIDIA NIM)",
        "nemotron-nano",
        8.0,
        aliases=("nvidia/llama-3.1-nemotron-nano-8b-v1",),
    ),
    FakeModel("nemotron-super-49b", "Llama 3.3 Nemotron Super 49B v1 (NVIDIA NIM)", "nemotron-super", 49.0),
    FakeModel("qwen2.5-7b-instruct", "Qwen2.5 7B Instruct", "qwen-2.5", 7.0),
    FakeModel("mistral-7b-instruct", "Mistral 7B Instruct v0.3", "mistral", 7.0),
    FakeModel("xgboost-1.7", "XGBoost 1.7 (SageMaker built-in container)", "xgboost", None, None, ("xgb",)),
))  # fmt: skip
