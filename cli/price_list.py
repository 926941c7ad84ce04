"""SageMaker hosting prices from AWS's Price List API, and the policy file rewritten with them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from cli.terminal import CommandError

if TYPE_CHECKING:
    from mypy_boto3_pricing.client import PricingClient

SOURCE = "AWS Price List API: GetProducts, AmazonSageMaker, component Hosting, on demand"
LARGEST_MOVE = Decimal("0.5")
"""A price that moved by more than half is more likely a mistake than a price: it is taken only when accepted."""

_PRICE = re.compile(r"^(?P<before>  (?P<type>ml\.[a-z0-9.-]+): \{usd_per_hour: )(?P<usd>[\d.]+)(?P<after>.*)$")
_UNPRICED = re.compile(r"^unpriced: \[(?P<types>.*)\]$")


@dataclass(frozen=True)
class PriceList:
    """Hosting prices of one region in US dollars an hour, and the day on which AWS published them."""

    region: str
    as_of: str
    usd_per_hour: Mapping[str, Decimal]


@dataclass(frozen=True)
class Refreshed:
    """The policy file's new text, and how it differs: prices that moved, types that AWS no longer prices."""

    text: str
    moved: Mapping[str, tuple[Decimal, Decimal]]
    gone: tuple[str, ...]

    @property
    def suspicious(self) -> tuple[str, ...]:
        """The types whose price moved by more than half, up or down."""
        return tuple(name for name, (old, new) in self.moved.items() if abs(new - old) > LARGEST_MOVE * old)


def fetch_prices(client: "PricingClient", region: str) -> PriceList:
    """Ask AWS for the hosting prices of a region.

    Raise `CommandError` where AWS has none, or where its answer is not what this reads. botocore's errors pass.
    """
    pages = client.get_paginator("get_products").paginate(
        ServiceCode="AmazonSageMaker",
        Filters=[
            {"Type": "TERM_MATCH", "Field": "regionCode", "Value": region},
            {"Type": "TERM_MATCH", "Field": "component", "Value": "Hosting"},
        ],
    )
    prices: dict[str, Decimal] = {}
    published: set[str] = set()
    for page in pages:
        for raw in page["PriceList"]:
            # Each item is a string that holds JSON; decimals stay exact.
            item = json.loads(raw, parse_float=Decimal)
            published.add(str(item.get("publicationDate", ""))[:10])
            for name, usd in _hourly(item):
                if prices.setdefault(name, usd) != usd:
                    raise CommandError(
                        f"AWS names two hosting prices of {name} in {region}: ${prices[name]} and ${usd}"
                    )
    if not prices:
        raise CommandError(f"AWS has no SageMaker hosting prices for {region}; is the region's name right?")
    as_of = max(published)
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", as_of):
        raise CommandError(f"AWS's price list has no publication date that can be read (found {as_of!r})")
    return PriceList(region, as_of, prices)


def rewrite(text: str, prices: PriceList) -> Refreshed:
    """Return the policy file with new numbers, its comments and accelerators as they were.

    A type that AWS no longer prices leaves `instances` and is listed under `unpriced`. Types that the file does not
    have are not added: nobody has said yet what accelerators they hold.
    """
    moved: dict[str, tuple[Decimal, Decimal]] = {}
    gone: list[str] = []
    lines: list[str] = []
    for line in text.splitlines():
        found = _PRICE.match(line)
        if found is None:
            lines.append(_heading(line, prices, gone))
            continue
        name, old, new = found["type"], Decimal(found["usd"]), prices.usd_per_hour.get(found["type"])
        if new is None:
            gone.append(name)
            continue
        if new != old:
            moved[name] = (old, new)
        lines.append(f"{found['before']}{_written(new)}{found['after']}")
    return Refreshed("\n".join(lines) + "\n", moved, tuple(gone))


def _hourly(item: Mapping[str, Any]) -> Iterator[tuple[str, Decimal]]:
    name = item.get("product", {}).get("attributes", {}).get("instanceName")
    if not name:
        return
    for term in item.get("terms", {}).get("OnDemand", {}).values():
        for dimension in term.get("priceDimensions", {}).values():
            usd = dimension.get("pricePerUnit", {}).get("USD")
            if dimension.get("unit") != "Hrs" or usd is None:
                continue
            try:
                amount = Decimal(usd)
            except InvalidOperation:
                raise CommandError(f"AWS's price of {name} is no number: {usd!r}") from None
            if amount > 0:
                yield str(name), amount


def _heading(line: str, prices: PriceList, gone: list[str]) -> str:
    if line.startswith("as_of:"):
        return f'as_of: "{prices.as_of}"'
    if line.startswith("region:"):
        return f"region: {prices.region}"
    if line.startswith("source:"):
        return f'source: "{SOURCE}"'
    if found := _UNPRICED.match(line):
        known = [name.strip() for name in found["types"].split(",") if name.strip()]
        return f"unpriced: [{', '.join(dict.fromkeys([*known, *gone]))}]"
    return line


def _written(usd: Decimal) -> str:
    whole, _, fraction = f"{usd:f}".partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"
