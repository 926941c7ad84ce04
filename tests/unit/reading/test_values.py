"""Money, counts, instance types, places, traffic: forms that are read, and forms that are asked about."""

from typing import Any

import pytest

from tests.unit.reading.ask import planned, problems, read

BASE = "deploy llama 3.1 8b to dev"


@pytest.mark.parametrize(
    ("words", "usd_per_hour"),
    [
        ("with budget $20 per hour", 20),
        ("under 20 USD/h", 20),
        ("at most twenty dollars an hour", 20),
        ("for no more than $1,000.50 per hour", 1000.5),
        ("hourly budget: 12.5 dollars", 12.5),
        ("budget_usd_per_hour=7", 7),
        ("with a budget of 15 USD per hour", 15),
        ("max 20$/hr", 20),
        ("and do not spend more than fifty cents an hour", 0.5),
        ("$480/day", 20),
        ("with a daily cap of $100", 4.1666),
        ("$336 a week at most", 2),
        ("for $730 a month", 1),
        ("at most $8,760 a year", 1),
        ("max. $12 an hour", 12),
        ("$20 per hour, which is $480 per day", 20),
        ("capped at twenty-five bucks per hour", 25),
        ("costing less than a hundred dollars an hour", 100),
        ("costing less than a hundred thousand dollars an hour", 100_000),
        ("under 14k per month", 19.178),
        ("on an annual envelope of $0.25M", 28.5388),
        ("at a cost not to exceed fifteen dollars and fifty cents per hour", 15.5),
        ("for 75 cents an hour", 0.75),
        ("for 3,50 $ an hour", 3.5),
        ("for half a dollar an hour", 0.5),
        ("for $10 an hour. It used to be $20 an hour", 10),
        ("for $10 an hour, sorry, I meant $20 an hour", 20),
    ],
)
def test_reads_a_budget(words: str, usd_per_hour: float) -> None:
    reading = read(f"{BASE} {words}")

    assert reading.budget_usd_per_hour == usd_per_hour
    assert reading.problems == ()


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("with a $20 budget", "ambiguous"),
        ("for at least $20 per hour", "ambiguous"),
        ("for more than $20 per hour", "ambiguous"),
        ("for $5 per instance per hour", "ambiguous"),
        ("for $0 per hour", "unsupported"),
        ("for -$5 per hour", "unsupported"),
        ("for minus five dollars per hour", "unsupported"),
        ("for $200000 per hour", "unsupported"),
        ("for €20 per hour", "unsupported"),
        ("for 20 pounds per hour", "unsupported"),
        ("for $20 per hour or $30 per hour", "contradiction"),
    ],
)
def test_asks_about_a_budget_that_is_no_ceiling_in_dollars_an_hour(words: str, kind: str) -> None:
    reading = read(f"{BASE} {words}")

    assert reading.budget_usd_per_hour is None
    assert problems(reading) == [(kind, "budget_usd_per_hour")]


def test_a_field_says_what_an_amount_without_a_period_means() -> None:
    assert read(f"{BASE} with a $20 budget", budget_usd_per_hour=20.0).problems == ()


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("on 3 ml.g5.2xlarge", 3),
        ("on ml.g5.2xlarge x3", 3),
        ("with two instances", 2),
        ("x2", 2),
        ("2x", 2),
        ("with a couple of nodes", 2),
        ("on a single instance", 1),
        ("and scale out to 4 instances", 4),
        ("and scale it up to 4", 4),
        ("instance count: 5", 5),
        ("as a 3-node fleet", 3),
        ("with twenty-one replicas", 21),
        ("on 1,000 instances", 1000),
        ("qty 3", 3),
        ("on 2 nodes, no wait, 4 nodes", 4),
        ("on two (2) instances", 2),
        ("on g6.12xlarge machines, two of them please", 2),
        ("on two of the ml.g5.xlarge", 2),
    ],
)
def test_reads_a_count(words: str, count: int) -> None:
    reading = read(f"{BASE} {words}")

    assert reading.instance_count == count
    assert reading.problems == ()


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("on 0 instances", "unsupported"),
        ("on zero nodes", "unsupported"),
        ("on -2 instances", "unsupported"),
        ("on 2.5 instances", "unsupported"),
        ("on 10001 instances", "unsupported"),
        ("on 2-4 instances", "ambiguous"),
        ("on two or three instances", "ambiguous"),
        ("on between 2 and 4 instances", "ambiguous"),
        ("on up to 4 instances", "ambiguous"),
        ("on several instances", "ambiguous"),
        ("with 2 more instances", "ambiguous"),
        ("on 2 instances and 3 instances", "contradiction"),
    ],
)
def test_asks_about_a_count_that_is_no_whole_number(words: str, kind: str) -> None:
    reading = read(f"{BASE} {words}")

    assert reading.instance_count is None
    assert problems(reading) == [(kind, "instance_count")]


@pytest.mark.parametrize(
    ("words", "instance_type"),
    [
        ("on ml.g5.2xlarge", "ml.g5.2xlarge"),
        ("on ML.P4D.24XLARGE", "ml.p4d.24xlarge"),
        ("on g5.2xlarge", "ml.g5.2xlarge"),
        ("on a g6e 12xlarge", "ml.g6e.12xlarge"),
        ("on ml.g99.huge", "ml.g99.huge"),
    ],
)
def test_reads_an_instance_type_as_written(words: str, instance_type: str) -> None:
    reading = read(f"{BASE} {words}")

    assert reading.instance_type == instance_type
    assert reading.problems == ()


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("on ml.g5", "ambiguous"),
        ("on g5 instances", "ambiguous"),
        ("on ml.g5.xlarge or ml.g6.xlarge", "contradiction"),
        ("but not on ml.g5.xlarge", "ambiguous"),
    ],
)
def test_asks_about_a_type_that_is_not_one(words: str, kind: str) -> None:
    assert problems(read(f"{BASE} {words}")) == [(kind, "instance_type")]


@pytest.mark.parametrize(
    ("text", "env"),
    [
        ("to staging", "staging"),
        ("on stage", "staging"),
        ("in the pre-prod environment", "staging"),
        ("to production", "prod"),
        ("to live", "prod"),
        ("env: prod", "prod"),
        ("in our sandbox", "dev"),
        ("to staging, not prod", "staging"),
        ("not in prod but in staging", "staging"),
        ("to staging and leave production alone", "staging"),
        ("to staging and don't touch anything in production", "staging"),
        ("in staging for the production support team", "staging"),
        ("to dev rather than staging or prod", "dev"),
        ("from staging to prod", "prod"),
        ("to prod. Oops, sorry, staging", "staging"),
        ("to prod - no, staging", "staging"),
        ("to staging. So far we had it in dev", "staging"),
        ("prod policy-qa", "prod"),
        ("staging data-agent", "staging"),
    ],
)
def test_reads_an_environment(text: str, env: str) -> None:
    reading = read(f"deploy llama 3.1 8b {text}")

    assert reading.env == env
    assert reading.problems == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "missing"),
        ("but not to prod", "missing"),
        ("to staging and prod", "contradiction"),
        ("to the qa environment", "unknown"),
    ],
)
def test_asks_where_it_should_run(text: str, kind: str) -> None:
    reading = read(f"deploy llama 3.1 8b {text}")

    assert reading.env is None
    assert problems(reading) == [(kind, "env")]


def test_a_field_that_asks_for_what_the_text_excludes_contradicts() -> None:
    reading = read("deploy llama 3.1 8b, but don't touch prod", env="prod")

    assert reading.env is None
    assert problems(reading) == [("contradiction", "env")]


def test_a_place_to_keep_away_from_is_excluded() -> None:
    assert problems(read("deploy llama 3.1 8b and keep it away from prod", env="prod")) == [("contradiction", "env")]
    assert problems(read("deploy llama 3.1 8b and keep it away from prod")) == [("missing", "env")]


def test_a_place_or_a_family_beside_a_field_is_never_dropped() -> None:
    assert problems(read("deploy llama 3.1 8b to qa", env="staging")) == [("unknown", "env")]
    assert problems(read(f"{BASE} on g6 instances", instance_type="ml.g5.xlarge")) == [
        ("contradiction", "instance_type")
    ]
    assert read(f"{BASE} on g5 instances", instance_type="ml.g5.xlarge").problems == ()


def test_put_it_live_names_no_environment() -> None:
    assert planned(read("put llama 3.1 8b live", env="staging")) == ("llama-3.1-8b-instruct",)


@pytest.mark.parametrize(
    ("words", "region"),
    [
        ("in eu-west-1", "eu-west-1"),
        ("in Frankfurt", "eu-central-1"),
        ("in europe", None),
        ("in us-east-1a", "us-east-1"),
    ],
)
def test_another_region_than_the_stacks_own_is_told_so(words: str, region: str | None) -> None:
    reading = read(f"{BASE} {words}")

    assert problems(reading) == [("unsupported", "region")]
    assert reading.region == region
    assert "us-east-1" in reading.problems[0].question


@pytest.mark.parametrize("words", ["in us-east-1", "in N. Virginia", "but not in eu-west-1"])
def test_the_stacks_own_region_is_no_problem(words: str) -> None:
    assert read(f"{BASE} {words}").problems == ()


@pytest.mark.parametrize(
    ("words", "shift"),
    [
        ("as a canary", "canary"),
        ("with linear traffic shifting", "linear"),
        ("gradually", "linear"),
        ("all at once", "all_at_once"),
        ("with a rolling update", "rolling"),
        ("as a rolling deployment", "rolling"),
        ("in batches", "rolling"),
        ("without a canary", "all_at_once"),
        ("with a 10% canary", "canary"),
        ("as a canary of one instance, baking for 20 minutes", "canary"),
        ("shifting traffic linearly, 20 percent every 10 minutes", "linear"),
        ("with a rolling update, one instance at a time", "rolling"),
        ("with 10% of the traffic", "canary"),
        ("sending 5 % of requests first", "canary"),
        ("blue/green", None),
    ],
)
def test_reads_how_traffic_shifts(words: str, shift: str | None) -> None:
    reading = read(f"{BASE} {words}")

    assert reading.traffic == shift
    assert reading.problems == ()


@pytest.mark.parametrize("words", ["with shadow traffic", "but not linear", "as a canary, linear"])
def test_asks_about_a_shift_that_is_not_one_of_four(words: str) -> None:
    assert [about for _, about in problems(read(f"{BASE} {words}"))] == ["traffic"]


@pytest.mark.parametrize(
    ("words", "fields", "about"),
    [
        ("", {"env": "prod"}, "env"),
        ("on 3 instances", {"instance_count": 2}, "instance_count"),
        ("on ml.g5.xlarge", {"instance_type": "ml.g6.xlarge"}, "instance_type"),
        ("for $20 per hour", {"budget_usd_per_hour": 15.0}, "budget_usd_per_hour"),
    ],
)
def test_text_and_field_that_disagree_name_both_values(words: str, fields: dict[str, Any], about: str) -> None:
    reading = read(f"{BASE} {words}", **fields)

    assert problems(reading) == [("contradiction", about)]
    assert getattr(reading, about) is None
    (given,) = fields.values()
    assert str(given).removesuffix(".0") in reading.problems[0].question


def test_fields_alone_are_the_reading() -> None:
    reading = read(
        "deploy llama 3.1 8b", env="dev", instance_count=2, instance_type="ml.g5.xlarge", budget_usd_per_hour=9.0
    )

    assert reading.problems == ()
    assert (reading.env, reading.instance_count, reading.instance_type, reading.budget_usd_per_hour) == (
        "dev",
        2,
        "ml.g5.xlarge",
        9.0,
    )
