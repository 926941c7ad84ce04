"""Every input that a document shows is one that Receive Intent takes, and the demo says what the README quotes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest

from lambdas.core.contracts.intent import Request
from lambdas.core.receiving import Received, read_request
from tests.docs.markdown import ROOT, Page, page, page_of, pages

FORMS = {"intent", "plan", "from_plan", "detail-type"}
INPUT = re.compile(r"--input '(?P<json>[^']+)'")
ENTRIES = re.compile(r"--entries '(?P<json>[^']+)'")


def inputs(one: Page) -> list[Any]:
    """Inputs in JSON blocks, behind --input, and as details behind --entries."""
    found: list[Any] = []
    for fence in one.fences:
        if fence.language == "json" and fence.text.lstrip().startswith("{"):
            data = json.loads(fence.text)
            found += [data] if FORMS & set(data) else []
        if fence.language == "sh":
            found += [json.loads(match["json"]) for match in INPUT.finditer(fence.text)]
            entries = [entry for match in ENTRIES.finditer(fence.text) for entry in json.loads(match["json"])]
            found += [
                {"detail-type": entry["DetailType"], "id": "1", "detail": json.loads(entry["Detail"])}
                for entry in entries
            ]
    return found


def read(shown: Any) -> Received:
    return read_request(json.dumps({"input": shown}), len(json.dumps(shown)), "arn:aws:states:::execution:a:b")


@pytest.mark.parametrize("path", [one.path for one in pages() if inputs(one)])
def test_every_input_that_a_page_shows_is_a_request(path: str):
    for shown in inputs(page(path)):
        assert isinstance(read(shown).request, Request)


def test_the_readme_shows_every_form_of_input():
    shown = inputs(page("README.md"))
    assert {form for data in shown for form in FORMS & set(data)} == FORMS


def test_an_input_that_is_no_request_would_be_seen():
    bad = inputs(page_of("x.md", """```sh\naws x --input '{"intent": "a", "environment": "dev"}'\n```\n"""))
    with pytest.raises(ValueError, match="environment"):
        read(bad[0])


def told(text: str) -> list[str]:
    """Lines without what differs from run to run, with the corpus or the models installed: ids, digests and scores."""
    without_ids = re.sub(r"\b[0-9a-f]{8,16}\b", "ID", text)
    without_scores = re.sub(r"\b(lexical|vector|fused|reranked) [-\d.]+", r"\1 SCORE", without_ids)
    lines = [line.rstrip() for line in without_scores.splitlines()]
    return [line for line in lines if line.strip()]


@pytest.mark.slow
def test_the_demo_says_what_the_readme_says_that_it_says():
    excerpt = page("README.md").text.partition("<!-- demo -->\n```text\n")[2].partition("\n```")[0]
    done = subprocess.run([sys.executable, "-m", "cli", "demo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = told(done.stdout)
    assert excerpt
    assert [line for line in told(excerpt) if line not in said] == []
