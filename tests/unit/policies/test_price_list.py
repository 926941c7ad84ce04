"""Prices from the Price List API: read exactly, taken with care."""

import copy
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.price_list import PriceList, fetch_prices, rewrite
from cli.terminal import CommandError
from stacks.policy_files import load_policy_files, read_yaml
from tests.unit.policies.edits import POLICIES

ITEM = json.loads(
    (Path(__file__).parents[2] / "events" / "pricing-getproducts-item.sagemaker-hosting.json").read_text()
)
ASKED = {
    "ServiceCode": "AmazonSageMaker",
    "Filters": [
        {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "us-east-1"},
        {"Type": "TERM_MATCH", "Field": "component", "Value": "Hosting"},
    ],
}
TEXT = (POLICIES / "prices.yaml").read_text()


def item(name: str, usd: str, published: str = "2026-10-27T00:00:00Z", unit: str = "Hrs") -> str:
    made: dict[str, Any] = copy.deepcopy(ITEM)
    made["publicationDate"] = published
    made["product"]["attributes"]["instanceName"] = name
    (term,) = made["terms"]["OnDemand"].values()
    (dimension,) = term["priceDimensions"].values()
    dimension |= {"unit": unit, "pricePerUnit": {"USD": usd}}
    return json.dumps(made)


def fetch(*pages: list[str]) -> PriceList:
    client = boto3.client("pricing", region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none")
    with Stubber(client) as stub:
        for number, page in enumerate(pages):
            asked = ASKED if number == 0 else {**ASKED, "NextToken": f"page-{number}"}
            more = {"NextToken": f"page-{number + 1}"} if number + 1 < len(pages) else {}
            stub.add_response("get_products", {"FormatVersion": "aws_v1", "PriceList": page, **more}, asked)
        found = fetch_prices(client, "us-east-1")
        stub.assert_no_pending_responses()
    return found


def listed(**changes: str | None) -> PriceList:
    """The prices that the file already has, with changes by type (`ml_g5_xlarge`); None: AWS does not name it."""
    prices: dict[str, Decimal | None] = {
        name: Decimal(str(price.usd_per_hour)) for name, price in load_policy_files(POLICIES).prices.instances.items()
    }
    prices |= {name.replace("_", "."): Decimal(usd) if usd else None for name, usd in changes.items()}
    return PriceList("us-east-1", "2026-10-27", {name: usd for name, usd in prices.items() if usd is not None})


def test_all_pages_are_read_and_the_newest_publication_dates_them():
    found = fetch(
        [item("ml.m5.xlarge", "0.2300000000"), item("ml.g5.xlarge", "1.4080000000", "2026-11-03T00:00:00Z")],
        [item("ml.p4d.24xlarge", "25.2513000000")],
    )
    assert found.as_of == "2026-11-03"
    assert found.usd_per_hour == {
        "ml.m5.xlarge": Decimal("0.23"),
        "ml.g5.xlarge": Decimal("1.408"),
        "ml.p4d.24xlarge": Decimal("25.2513"),
    }


def test_what_is_no_hourly_price_is_left_out():
    found = fetch([item("ml.m5.xlarge", "0.23"), item("ml.g5.xlarge", "0.1", unit="GB-Mo"), item("ml.c5.large", "0")])
    assert list(found.usd_per_hour) == ["ml.m5.xlarge"]


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ([], "AWS has no SageMaker hosting prices for us-east-1"),
        ([item("ml.m5.xlarge", "0.23"), item("ml.m5.xlarge", "0.24")], "two hosting prices of ml.m5.xlarge"),
        ([item("ml.m5.xlarge", "cheap")], "is no number: 'cheap'"),
        ([item("ml.m5.xlarge", "0.23", published="soon")], "no publication date"),
    ],
)
def test_an_answer_that_cannot_be_trusted_is_refused(page, reason):
    with pytest.raises(CommandError, match=reason):
        fetch(page)


def test_the_same_prices_change_only_day_and_source():
    refreshed = rewrite(TEXT, listed())
    differing = [new for old, new in zip(TEXT.splitlines(), refreshed.text.splitlines(), strict=True) if old != new]
    assert [line.split(":")[0] for line in differing] == ["as_of", "source"]
    assert (refreshed.moved, refreshed.gone, refreshed.suspicious) == ({}, (), ())


def test_a_moved_price_keeps_its_line_its_accelerators_and_all_comments():
    refreshed = rewrite(TEXT, listed(ml_g5_xlarge="1.5"))
    line = "  ml.g5.xlarge: {usd_per_hour: 1.50, accelerators: 1, accelerator: A10G, accelerator_memory_gb: 22}"
    assert line in refreshed.text.splitlines()
    assert refreshed.moved == {"ml.g5.xlarge": (Decimal("1.408"), Decimal("1.5"))}
    comments = [line for line in TEXT.splitlines() if line.startswith("#")]
    assert [line for line in refreshed.text.splitlines() if line.startswith("#")] == comments


@pytest.mark.parametrize(("usd", "suspicious"), [("2.112", False), ("2.113", True), ("0.704", False), ("0.703", True)])
def test_a_price_that_moves_by_more_than_half_is_suspicious(usd, suspicious):
    assert rewrite(TEXT, listed(ml_g5_xlarge=usd)).suspicious == (("ml.g5.xlarge",) if suspicious else ())


def test_a_type_that_went_is_named_and_moves_to_unpriced():
    refreshed = rewrite(TEXT, listed(ml_g5_xlarge=None))
    assert refreshed.gone == ("ml.g5.xlarge",)
    (unpriced,) = (line for line in refreshed.text.splitlines() if line.startswith("unpriced:"))
    assert (
        unpriced == "unpriced: [ml.p5e.48xlarge, ml.p5en.48xlarge, ml.p6-b200.48xlarge, ml.inf1.xlarge, ml.g5.xlarge]"
    )
    assert "  ml.g5.xlarge:" not in refreshed.text


@settings(max_examples=25)  # each reads the whole file
@given(
    st.dictionaries(st.sampled_from(sorted(listed().usd_per_hour)), st.decimals("0.0001", "900", places=4), max_size=5)
)
def test_every_price_that_aws_names_is_read_back_as_it_was(changes):
    wanted = {**listed().usd_per_hour, **changes}
    found = read_yaml(rewrite(TEXT, PriceList("us-east-1", "2026-10-27", wanted)).text).data["instances"]
    assert {name: Decimal(str(price["usd_per_hour"])) for name, price in found.items()} == wanted
