"""What an instance costs and how much accelerator memory it has (policies/prices.yaml)."""

from typing import Annotated, Literal

from pydantic import Field

from lambdas.core.contracts.base import Contract, InstanceType


class InstancePrice(Contract):
    """One instance type. `accelerator_memory_gb` is what one accelerator really offers, not what its name says."""

    usd_per_hour: Annotated[float, Field(gt=0, le=1_000)]
    accelerators: Annotated[int, Field(ge=0, le=64)] = 0
    accelerator: str | None = None
    accelerator_memory_gb: Annotated[float, Field(ge=0, le=2_000)] = 0.0

    @property
    def total_accelerator_memory_gb(self) -> float:
        """All accelerators of one instance together."""
        return self.accelerators * self.accelerator_memory_gb


class Prices(Contract):
    """On-demand prices of one region on one day. A type that is not in `instances` has no known price."""

    as_of: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
    currency: Literal["USD"]
    source: Annotated[str, Field(min_length=1, max_length=200)]
    instances: Annotated[dict[InstanceType, InstancePrice], Field(min_length=1)]
    unpriced: tuple[InstanceType, ...] = ()

    def usd_per_hour(self, instance_type: str, count: int = 1) -> float | None:
        """Return what `count` instances cost an hour, None if the price is unknown."""
        price = self.instances.get(instance_type)
        return None if price is None else round(price.usd_per_hour * count, 4)
