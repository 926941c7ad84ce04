"""Every number of the knowledge documents (and of docs/nim.md) that a rule enforces is the rule's own.

A number is tied to its policy by a comment right behind it: `$20.00 an hour<!-- guardrails: environments.... -->`.
The comment holds a file of policies/ and a path in it; list entries go by id, key, name or position. Values may be
scaled (`* 100`, `/ 60`) and added (`+`). A number is compared exactly, unless the text says "about".
"""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

POLICIES = Path(__file__).parents[3] / "policies"
DOCUMENTS = [*sorted(POLICIES.glob("*/*.md")), POLICIES.parent / "docs" / "nim.md"]
RULES = {
    name: yaml.safe_load((POLICIES / f"{name}.yaml").read_text())
    for name in ("guardrails", "approvals", "prices", "models")
}

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
MARK = re.compile(r"<!--\s*(?P<file>\w+):\s*(?P<expression>[^>]+?)\s*-->")
NUMBER = re.compile(
    rf"(?P<about>about\s+)?(?<![\w.,-])\$?(?P<number>\d+(?:,\d{{3}})*(?:\.\d+)?|{'|'.join(WORDS)})(?![\w-])",
    re.IGNORECASE,
)
MUST_BE_MARKED = re.compile(rf"\$\d[\d,.]*|(?<![\w-])(?:\d+|{'|'.join(WORDS)})\s+instances?\b", re.IGNORECASE)

EXCEPTIONS = {
    ("cost-hygiene", "zero instances"): "SageMaker's own scale to zero",
    ("instance-choice", "one instance"): "the fit rule looks at one",
    ("nim", "one instance"): "the planner is set up by hand and judged by no rule",
    ("budgets", "$10"): "an example of what somebody may type",
    ("canary-and-traffic", "one instance"): "SageMaker cannot split it, whatever the policy says",
}


class Claim(NamedTuple):
    """What the text before a mark says, and where in the file the number stands."""

    text: str
    number: Decimal | None
    about: bool
    span: tuple[int, int]


def claim_before(text: str, mark: re.Match[str]) -> Claim:
    previous = max((other.end() for other in MARK.finditer(text, 0, mark.start())), default=0)
    numbers = list(NUMBER.finditer(text, previous, mark.start()))
    said = " ".join(text[previous : mark.start()].replace("`", "").split())
    if not numbers:
        return Claim(said, None, about=False, span=(mark.start(), mark.start()))
    last = numbers[-1]
    word = last["number"].lower()
    number = Decimal(WORDS.index(word)) if word in WORDS else Decimal(word.replace(",", ""))
    return Claim(said, number, about=last["about"] is not None, span=last.span())


def same(claim: Claim, value: Any) -> bool:
    if isinstance(value, str):
        return claim.text.endswith(value)
    if claim.number is None:
        return False
    return claim.number == (value.quantize(claim.number) if claim.about else value)


def resolve(node: Any, path: str) -> Any:
    """Return what stands under a dotted path, whose keys may hold dots themselves."""
    if not path:
        return node
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        key, rest = ".".join(parts[:length]), ".".join(parts[length:])
        if isinstance(node, dict) and key in node:
            return resolve(node[key], rest)
        if isinstance(node, list):
            named = [
                item
                for item in node
                if isinstance(item, dict) and key in (item.get("id"), item.get("key"), item.get("name"))
            ]
            if named or (key.isdigit() and int(key) < len(node)):
                return resolve(named[0] if named else node[int(key)], rest)
    raise LookupError(f"no {parts[0]!r} (in {path!r})")


def value_of(mark: re.Match[str]) -> Any:
    """Return the policy's value: a number as Decimal, a string, or a list of strings joined by commas."""
    terms = []
    for term in mark["expression"].split(" + "):
        path, *scale = term.split()
        operator, factor = scale or ("*", "1")
        value = resolve(RULES[mark["file"]], path)
        if isinstance(value, list):
            return ", ".join(value)
        if isinstance(value, str):
            return value
        assert type(value) in (int, float), f"{path} holds {value!r}"
        number = Decimal(str(value))
        terms.append({"*": number * int(factor), "/": number / int(factor)}[operator])
    return sum(terms)


def disagreements(text: str) -> list[str]:
    """Return each mark that does not resolve, or whose text says something else than the policy."""
    wrong = []
    for mark in MARK.finditer(text):
        claim = claim_before(text, mark)
        try:
            value = value_of(mark)
        except LookupError as missing:
            wrong.append(f"{mark[0]}: {missing}")
            continue
        if not same(claim, value):
            wrong.append(f"text: ...{claim.text[-60:]!r}, policy: {value} ({mark['expression']})")
    return wrong


def unmarked(name: str, text: str) -> list[str]:
    """Return the dollar amounts and instance counts that no mark ties to a policy and no exception names."""
    claimed = [claim_before(text, mark).span for mark in MARK.finditer(text)]
    return [
        found[0]
        for found in MUST_BE_MARKED.finditer(text)
        if not any(start <= found.start() < end for start, end in claimed)
        and (name, " ".join(found[0].split()).rstrip(".,").lower()) not in EXCEPTIONS
    ]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_marked_numbers_are_those_of_the_policies(path):
    assert disagreements(path.read_text()) == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_every_dollar_amount_and_instance_count_is_marked(path):
    assert unmarked(path.stem, path.read_text()) == []


def test_every_comment_is_a_mark():
    for path in DOCUMENTS:
        text = path.read_text()
        assert text.count("<!--") == len(MARK.findall(text)), path.name


def test_every_exception_is_needed():
    texts = {path.stem: " ".join(path.read_text().split()).lower() for path in DOCUMENTS}

    assert {(name, phrase) for name, phrase in EXCEPTIONS if phrase not in texts[name]} == set()


@pytest.mark.parametrize(
    ("text", "agrees"),
    [
        ("at most $20.00 an hour<!-- guardrails: environments.staging.budget_usd_per_hour -->", True),
        ("at most $20.01 an hour<!-- guardrails: environments.staging.budget_usd_per_hour -->", False),
        ("about $170 a day<!-- prices: instances.ml.g5.12xlarge.usd_per_hour * 24 -->", True),
        ("exactly $170 a day<!-- prices: instances.ml.g5.12xlarge.usd_per_hour * 24 -->", False),
        ("at most five instances<!-- guardrails: environments.prod.max_instances -->", False),
        ("some instances<!-- guardrails: environments.prod.max_instances -->", False),
        ("until Mon 08:00<!-- guardrails: environments.prod.freeze_windows.weekend.weekly_until -->", False),
        ("`application`, `model`<!-- guardrails: environments.prod.tags.required -->", False),
        ("at most $20.00<!-- guardrails: environments.stagging.budget_usd_per_hour -->", False),
    ],
)
def test_a_wrong_number_or_a_stale_path_is_seen(text, agrees):
    assert (disagreements(text) == []) is agrees


def test_a_dollar_amount_or_an_instance_count_without_a_mark_is_seen():
    assert unmarked("any", "pay $5.00 an hour for three instances") == ["$5.00", "three instances"]
