"""Links, anchors and paths in the documents lead somewhere, and nothing of one person's machine stands in them."""

from __future__ import annotations

import re

import pytest

from tests.docs.markdown import ROOT, Page, page, page_of, pages

PATH = re.compile(r"(lambdas|stacks|cli|tools|tests|docs|policies|statemachines|requirements|\.ci|\.github)/[\w./*-]*")

every_page = pytest.mark.parametrize("one", pages(), ids=lambda one: one.path)


def broken_links(one: Page) -> list[str]:
    broken: list[str] = []
    for link in one.links:
        if link.startswith("https://"):
            continue
        target, _, anchor = link.partition("#")
        file = (ROOT / one.path).parent / target if target else ROOT / one.path
        if not file.exists():
            broken.append(f"{link}: no such file")
        elif anchor and anchor not in (page(file.resolve().relative_to(ROOT).as_posix()) if target else one).anchors:
            broken.append(f"{link}: no such heading")
    return broken


@every_page
def test_every_link_leads_to_a_file_and_a_heading_that_exist(one: Page):
    assert broken_links(one) == []


@every_page
def test_every_path_of_the_repository_that_is_named_exists(one: Page):
    if one.path == "CHANGELOG.md":
        return  # it may tell of files that are gone
    named = {span for span in one.spans if PATH.fullmatch(span)}
    assert [path for path in sorted(named) if not any(ROOT.glob(path.rstrip("/")))] == []


@every_page
def test_no_page_names_a_folder_of_somebodys_machine(one: Page):
    assert re.findall(r"(?<![\w.:/-])/(?:home|root|Users|tmp|work)/\S*", one.text) == []


def test_every_page_of_the_docs_is_reached_from_the_readme():
    reached, waiting = set[str](), ["README.md"]
    while waiting:
        path = waiting.pop()
        reached.add(path)
        for link in page(path).links:
            file = ((ROOT / path).parent / link.partition("#")[0]).resolve()
            if file.suffix == ".md" and file.exists() and file.is_relative_to(ROOT):
                name = file.relative_to(ROOT).as_posix()
                waiting += [name] if name not in reached else []
    assert {one.path for one in pages()} - reached == set()


def test_a_broken_link_would_be_seen():
    bad = page_of("README.md", "# A `b` c\n\n[x](docs/none.md) [y](#nowhere) [z](#a-b-c) [w](docs/nim.md#nowhere)\n")
    assert [line.partition(":")[0] for line in broken_links(bad)] == ["docs/none.md", "#nowhere", "docs/nim.md#nowhere"]


def test_the_readme_has_a_line_for_every_top_level_folder():
    layout = page("README.md").section("Layout")
    kept = {path.name for path in ROOT.iterdir() if path.is_dir() and not (path.name.startswith("."))}
    generated = {"cdk.out"}
    assert {f"{name}/" for name in kept - generated - {"__pycache__"}} - set(layout.spans) == set()
