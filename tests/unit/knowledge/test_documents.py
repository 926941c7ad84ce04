"""Parsing of knowledge documents: what is refused and where, and passages that can be quoted word for word."""

import contextlib
import time
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from lambdas.core.errors import DocumentError
from lambdas.core.knowledge import (
    MAX_PASSAGE_CHARACTERS,
    MAX_PASSAGE_WORDS,
    MIN_PASSAGE_WORDS,
    parse_document,
    passages,
)

POLICIES = Path(__file__).parents[3] / "policies"
RUNBOOKS = sorted((POLICIES / "runbooks").glob("*.md"))
SHIPPED = [*sorted((POLICIES / "knowledge").glob("*.md")), *RUNBOOKS]
FRONT_MATTER = {
    "title": "Budgets",
    "owner": "Cost owners",
    "version": "2026.11",
    "effective": "2026-11-01",
    "environments": "[dev, prod]",
    "doc_type": "policy",
}


def written(body="## What holds\n\nSpend little.\n", **fields):
    lines = [f"{key}: {value}" for key, value in (FRONT_MATTER | fields).items() if value is not None]
    return "\n".join(["---", *lines, "---", body])


def parsed(body, **fields):
    return parse_document("knowledge/a.md", written(body, **fields))


def test_a_document_is_read_with_its_front_matter():
    document = parse_document("policies/knowledge/year-end.md", written(expires="2027-01-04", title='"Budgets: all"'))

    assert (document.id, document.source) == ("year-end", "policies/knowledge/year-end.md")
    assert (document.title, document.owner, document.version) == ("Budgets: all", "Cost owners", "2026.11")
    assert (document.effective, document.expires) == (date(2026, 11, 1), date(2027, 1, 4))
    assert (document.environments, document.doc_type) == (("dev", "prod"), "policy")


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("# Budgets", 1, "first line must be ---"),
        ("---\ntitle: Budgets", 2, "not closed"),
        (written(owner="Cost: owners"), 3, "owner: put the value in quotes"),
        (written(owner="- team"), 3, "owner: put the value in quotes"),
        (written(version="!!"), 4, "version"),
        (written(effective="01.11.2026"), 5, "'01.11.2026' is no date"),
        (written(environments="dev"), 6, "in brackets"),
        (written(environments="[dev, qa]"), 6, "environments"),
        (written(environments="[]"), 6, "environments"),
        (written(doc_type="note"), 7, "doc_type"),
        (written(expires="2026-10-31"), 8, "before it is effective"),
        (written(approver="me"), 8, "approver"),
        (written(body_text="x").replace("body_text", "body"), 8, "body is not a key"),
        (written(title=None), 1, "title"),
        (written().replace("owner: Cost owners", "owner"), 3, "key: value"),
        (written().replace("version: 2026.11", "title: Again"), 4, "stands twice, first in line 2"),
        (written("Spend <!-- little"), 9, "not closed"),
        (written("One\n\n<!-- a -->\nTwo\n<!-<!-- b -->- c -->"), 13, "nested"),
        (written("Spend\u200blittle."), 9, "U+200B"),
        (written("Spend\u202elittle."), 9, "U+202E"),
        (written("Spend\U000e0160\U000e0162 little."), 9, "U+E0160"),
        (written("Spend \u26a0\ufe0f\ufe0e little."), 9, "U+FE0F"),
        (written("Spend\u3164 little."), 9, "U+3164"),
        (written("Not in pr\u043ed."), 9, "U+043E looks like a letter of the Latin word"),
        (written("\n \n"), 8, "no text"),
        (written("x" * 100_001), 1, "at most 100,000"),
        (written(f"# A\n\n## {'b' * 201}\n\nText."), 11, "heading of 201 characters; at most 200"),
        (written(effective="20261101"), 5, "write YYYY-MM-DD"),
    ],
)
def test_a_wrong_document_is_refused_with_file_line_and_reason(text, line, reason):
    with pytest.raises(DocumentError) as refused:
        parse_document("knowledge/a.md", text)

    assert str(refused.value).startswith(f"knowledge/a.md:{line}: ")
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    "name", ["Budgets.md", "a_b.md", "a.txt", ".md", "a/../b c.md", "x" * 61 + ".md", "\x1b[2J/a.md"]
)
def test_a_name_that_gives_no_id_is_refused(name):
    with pytest.raises(DocumentError):
        parse_document(name, written())


def test_an_emoji_may_say_how_it_is_drawn():
    (passage,) = passages(parsed("\u26a0\ufe0f Ask first."))

    assert passage.quote == "\u26a0\ufe0f Ask first."


def test_a_passage_carries_the_path_of_its_headings():
    document = parsed("Before.\n\n# Top\n\nOne.\n\n## Inner\n\nTwo.\n\n# Next\n\nThree.\n")

    assert [(chunk.id, chunk.heading_path, chunk.quote) for chunk in passages(document)] == [
        ("a#budgets", ("Budgets",), "Before."),
        ("a#top", ("Top",), "One."),
        ("a#inner", ("Top", "Inner"), "Two."),
        ("a#next", ("Next",), "Three."),
    ]


def test_marks_are_dropped_from_quotes():
    (passage,) = passages(parsed("## Limit\n\nAt most $8.00 an hour<!-- guardrails: a.b -->.\n"))

    assert passage.quote == "At most $8.00 an hour."


def test_a_hash_in_a_fenced_block_is_no_heading():
    (passage,) = passages(parsed("## Run\n\n```sh\n# a comment\n```\n"))

    assert "# a comment" in passage.quote


def test_a_long_section_is_cut_between_paragraphs():
    paragraphs = [f"p{number} " + "word " * 80 + "end." for number in range(5)]

    chunks = passages(parsed("## Long\n\n" + "\n\n".join(paragraphs)))

    assert [chunk.id for chunk in chunks] == ["a#long", "a#long-2"]
    assert "\n\n".join(chunk.quote for chunk in chunks) == "\n\n".join(paragraphs)


def test_a_cut_leaves_no_crumbs():
    body = "## Long\n\n" + "short " * 10 + "\n\n" + "long line of words\n" * 75 + "\n\n" + "short " * 10

    sizes = [len(chunk.quote.split()) for chunk in passages(parsed(body))]

    assert sum(sizes) == 320
    assert min(sizes) >= MIN_PASSAGE_WORDS


def test_equal_headings_get_ids_of_their_own():
    ids = [chunk.id for chunk in passages(parsed("## A\n\n1\n\n## A 2\n\n2\n\n## A\n\n3\n\n## Ä\n\n4\n\n## ?\n\n5\n"))]

    assert ids == ["a#a", "a#a-2", "a#a-3", "a#a-4", "a#section"]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_document_is_read_as_yaml_reads_it(path):
    text = path.read_text()
    document = parse_document(path.name, text)

    plain = yaml.load(text.split("---\n")[1], yaml.BaseLoader)
    assert plain == document.model_dump(mode="json", include=set(plain))


def test_shipped_passages_are_of_a_size_to_quote():
    sizes = {
        chunk.id: len(chunk.quote.split())
        for path in SHIPPED
        for chunk in passages(parse_document(path.name, path.read_text()))
    }

    assert {name: words for name, words in sizes.items() if not 45 <= words <= 250} == {}


def test_the_knowledge_base_covers_what_a_platform_team_asks():
    assert len(SHIPPED) >= 12
    kinds = {parse_document(path.name, path.read_text()).doc_type for path in SHIPPED}
    assert kinds == {"policy", "runbook", "incident"}


PIECES = st.sampled_from(
    [
        "## A\n\n",
        "# Ünder\n",
        "```\n",
        "<!-- guardrails: a -->",
        "<!--",
        "-->",
        "one two three. ",
        "\n\n",
        "\n",
        "a: b",
        "---",
    ]
)


@given(st.text(max_size=300) | st.lists(PIECES).map("".join))
@example("---\n---")
@example("---\n" + "\n".join(f"{key}: {value}" for key, value in FRONT_MATTER.items()) + "\n---\n## \n##  \n```")
def test_any_text_is_a_document_or_a_document_error(text):
    for whole in (text, written(text), written().replace("Budgets", text)):
        with contextlib.suppress(DocumentError):
            assert passages(parse_document("any/a.md", whole))


@given(st.lists(PIECES | st.integers(1, 700).map("word ".__mul__), min_size=1, max_size=12).map("".join))
def test_every_passage_is_an_exact_and_bounded_part_with_an_id_of_its_own(body):
    try:
        document = parsed(body)
    except DocumentError:
        return
    chunks = passages(document)

    assert len({chunk.id for chunk in chunks}) == len(chunks)
    for chunk in chunks:
        assert chunk.quote in document.body
        assert chunk.quote == chunk.quote.strip() != ""
        assert len(chunk.quote.split()) <= MAX_PASSAGE_WORDS
        assert chunk.id.startswith("a#")


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        "# H\nx\n" * 10_000,
        "<!--" * 20_000,
        "<!-- x -->y " * 8_000,
        "# a\n## b\n### c\nx\n" * 5_000,
        "`" * 90_000,
        "a\n\n" * 30_000,
        f"#{' ' * 90_000}\nx",
        f"# a{' ' * 90_000}\nx",
    ],
    ids=["headings", "open comments", "comments", "nested headings", "backticks", "paragraphs", "blank", "blanks"],
)
def test_a_document_of_any_shape_is_read_in_no_time(body):
    began = time.process_time()
    with contextlib.suppress(DocumentError):
        ids = [chunk.id for chunk in passages(parsed(body))]
        assert len(ids) == len(set(ids))
    assert time.process_time() - began < 3


@pytest.mark.slow
def test_front_matter_of_any_shape_is_read_in_no_time():
    began = time.process_time()
    with pytest.raises(DocumentError, match=":2: expected"):
        parse_document("a.md", f"---\ntitle:{' ' * 90_000}\n---\nText.")
    assert time.process_time() - began < 3


@pytest.mark.parametrize(
    "body", ["x" * 90_000, "知識庫" * 20_000, "word " * 40 + "x" * 30_000], ids=["one word", "no spaces", "end"]
)
def test_text_without_words_is_cut_all_the_same(body):
    quotes = [chunk.quote for chunk in passages(parsed(body))]

    assert "".join(quotes).replace(" ", "") == body.replace(" ", "")
    assert max(map(len, quotes)) <= MAX_PASSAGE_CHARACTERS


@pytest.mark.parametrize(
    "fenced",
    ["````\n```\n# no\n```\n````", "~~~\n```\n# no\n~~~", "```sh\n``` no end\n# no\n```", "  ```\n# no\n  ```"],
)
def test_a_block_ends_where_its_own_fence_stands(fenced):
    chunks = passages(parsed(f"# A\n\n{fenced}\n\n# B\n\nText."))

    assert [chunk.id for chunk in chunks] == ["a#a", "a#b"]


def test_code_within_a_line_opens_no_block():
    assert [chunk.id for chunk in passages(parsed("```x``` is code.\n\n# B\n\nText."))] == ["a#budgets", "a#b"]
