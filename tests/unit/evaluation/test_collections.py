"""Test collections as people bring them: two forms of a corpus, names in several ways, faults named with their line."""

import json
from pathlib import Path

import pytest

from cli.evaluate.collection import Collection, read_collection
from cli.terminal import CommandError
from lambdas.core.knowledge import parse_document, passages

ROOT = Path(__file__).parents[3]
OWN = ROOT / "evaluation" / "retrieval"


def read(tmp_path: Path, corpus: Path, qrels: str, queries: str = '{"_id": "q1", "text": "how long"}\n') -> Collection:
    (tmp_path / "queries.jsonl").write_text(queries)
    (tmp_path / "qrels.tsv").write_text(qrels)
    return read_collection(corpus, tmp_path / "queries.jsonl", tmp_path / "qrels.tsv")


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "corpus.jsonl"
    given = [{"_id": "d1", "title": "One", "text": "First."}, {"_id": 2, "text": "Second.", "metadata": {}}]
    path.write_text("\n".join(map(json.dumps, given)))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "docs"
    (root / "a").mkdir(parents=True)
    (root / "b").mkdir()
    (root / "a" / "Canary Waits.md").write_text("# Waiting\n\nTen minutes.\n")
    (root / "a" / "same.md").write_text("---\ntitle: 'In front'\nodd: [x\n---\nBody.\n")
    (root / "b" / "same.md").write_text("Only words.\n")
    return root


def test_a_jsonl_corpus(tmp_path: Path, lines: Path) -> None:
    found = read(tmp_path, lines, "q1\td1\t2\nq1\t2\t1\nq1\tgone\t1\nq9\td1\t1\n")

    assert [(one.id, one.title, one.body) for one in found.documents] == [("d1", "One", "First."), ("2", "", "Second.")]
    assert found.judged == {"q1": {"d1": 2, "2": 1, "gone": 1}}
    assert (found.queries, found.unknown) == ({"q1": "how long"}, 1)


def test_a_folder_of_markdown_with_and_without_front_matter(tmp_path: Path, folder: Path) -> None:
    found = read(tmp_path, folder, "query-id\tcorpus-id\tscore\nq1\tCanary Waits\t1\nq1\tb/same\t1\n")

    assert [(one.id, one.title) for one in found.documents] == [
        ("a/Canary Waits.md", "Waiting"),
        ("a/same.md", "In front"),
        ("b/same.md", "same"),
    ]
    assert found.judged == {"q1": {"a/Canary Waits.md": 1, "b/same.md": 1}}


@pytest.mark.parametrize("name", ["a/Canary Waits.md", "a/Canary Waits", "Canary Waits.md", "Canary Waits"])
def test_a_file_is_known_by_its_path_or_its_name_with_or_without_the_ending(tmp_path: Path, folder: Path, name) -> None:
    assert read(tmp_path, folder, f"q1\t{name}\t1\n").judged == {"q1": {"a/Canary Waits.md": 1}}


def test_a_name_that_two_files_have_is_neither(tmp_path: Path, folder: Path) -> None:
    assert read(tmp_path, folder, "q1\tsame\t1\nq1\ta/same\t1\n").unknown == 1


@pytest.mark.parametrize(
    ("qrels", "queries", "told"),
    [
        ("q1\td1\n", None, "qrels.tsv:1: expected query-id, corpus-id"),
        ("q1\td1\t1\nq1 d1 1\n", None, "qrels.tsv:2"),
        ("q1\td1\t0.5\n", None, "qrels.tsv:1"),
        ("q1\td1\t1\nq1\td1\tnan\n", None, "qrels.tsv:2"),
        ("q1\td1\t1\nq1\td1\tgood\n", None, "qrels.tsv:2"),
        ("q1 0 d1 1\n", None, "qrels.tsv:1"),
        ("", None, "judges no document relevant"),
        ("q1\td1\t1\n", '{"_id": "q1", "text": null}\n', "queries.jsonl:1: the line is no object with text"),
        ("q1\td1\t0\n", None, "judges no document relevant"),
        ("q1\tgone\t1\n", None, "names no document of"),
        ("q1\td1\t1\n", '{"_id": "q1"}\n', "queries.jsonl:1: the line is no object with text"),
        ("q1\td1\t1\n", '{"_id": "q1", "text": "a"}\nnonsense\n', "queries.jsonl:2: no JSON"),
        ("q1\td1\t1\n", "[1]\n", "queries.jsonl:1: the line is no object with _id and text"),
    ],
)
def test_what_is_wrong_is_named_with_its_file_and_line(tmp_path: Path, lines: Path, qrels, queries, told) -> None:
    with pytest.raises(CommandError, match=told):
        read(tmp_path, lines, qrels, queries or '{"_id": "q1", "text": "a"}\n')


@pytest.mark.parametrize(
    "qrels",
    [
        "q1\td1\t2\nq1\t2\t0\n",
        "query-id\tcorpus-id\tscore\r\nq1\td1\t2\r\nq1\t2\t0\r\n",
        "\ufeff\nquery-id\tcorpus-id\tscore\n\n\nq1\td1\t2\n\nq1\t2\t0",
        "q1\td1\t2.0\nq1\t2\t0.0\n",
    ],
    ids=["bare", "header and CRLF", "byte order mark and blank lines", "scores from a data frame"],
)
def test_judgements_are_read_however_they_were_written(tmp_path: Path, lines: Path, qrels: str) -> None:
    queries = b'\xef\xbb\xbf{"_id": "q1", "text": "how long", "metadata": {"url": ""}}\r\n\r\n'.decode()
    assert read(tmp_path, lines, qrels, queries).judged == {"q1": {"d1": 2, "2": 0}}


def test_ids_may_be_anything_that_holds_no_tab_or_line_feed(tmp_path: Path) -> None:
    odd = ["a b", "\u00fc/\u2028#?", "[x]", "0", 'quote"']
    (tmp_path / "corpus.jsonl").write_text("\n".join(json.dumps({"_id": name, "text": "t"}) for name in odd))
    found = read(tmp_path, tmp_path / "corpus.jsonl", "".join(f"q1\t{name}\t1\n" for name in odd))

    assert found.judged == {"q1": dict.fromkeys(odd, 1)}
    assert found.unknown == 0


def test_a_document_without_words_of_its_own_is_found_by_its_title(tmp_path: Path) -> None:
    given = [{"_id": "d1", "title": "Canary", "text": " "}, {"_id": "d2", "title": None, "text": "half \ud800"}]
    (tmp_path / "corpus.jsonl").write_text("\n".join(map(json.dumps, given)))

    documents = read(tmp_path, tmp_path / "corpus.jsonl", "q1\td1\t1\n").documents
    assert [(one.title, one.body) for one in documents] == [("Canary", "Canary"), ("", "half ?")]


@pytest.mark.parametrize("text", ["# Canary", "# Canary\n\n## Waits  \n", "# Canary\n```"])
def test_a_document_of_headings_alone_is_found_by_them(tmp_path: Path, text: str) -> None:
    (tmp_path / "corpus.jsonl").write_text(json.dumps({"_id": "d1", "title": "One", "text": text}))
    [document] = read(tmp_path, tmp_path / "corpus.jsonl", "q1\td1\t1\n").documents

    [passage] = passages(document)
    assert "Canary" in f"{passage.heading_path} {passage.quote}"


def test_a_folder_may_hold_other_things_besides(tmp_path: Path, folder: Path) -> None:
    (folder / "odd.md").mkdir()
    (folder / "odd.md" / "in here.md").write_bytes(b"\xef\xbb\xbf---\r\ntitle: Deep\r\n---\r\nWords.\r\n")
    (folder / "picture.png").write_bytes(b"\x89")
    (folder / "canary-waits.md").touch()

    found = read(tmp_path, folder, "q1\todd.md/in here\t1\n")
    assert found.judged == {"q1": {"odd.md/in here.md": 1}}
    assert [(one.title, one.body) for one in found.documents if one.id.startswith(("odd", "c"))] == [
        ("canary waits", "canary waits"),
        ("Deep", "Words.\n"),
    ]


def test_a_file_that_is_no_text_is_named(tmp_path: Path, folder: Path) -> None:
    (folder / "latin.md").write_bytes(b"caf\xe9")
    with pytest.raises(CommandError, match=r"latin\.md is no UTF-8 text: .* at byte 3"):
        read(tmp_path, folder, "q1\ta/same\t1\n")


def test_a_corpus_that_is_not_there_or_empty(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CommandError, match="holds no document"):
        read(tmp_path, tmp_path / "empty", "q1\td1\t1\n")
    with pytest.raises(CommandError, match="cannot be read"):
        read(tmp_path, tmp_path / "gone.jsonl", "q1\td1\t1\n")


def test_our_own_questions_ask_for_documents_that_ship() -> None:
    found = read_collection(ROOT / "policies", OWN / "queries.jsonl", OWN / "qrels.tsv")

    assert len(found.queries) >= 80
    assert found.unknown == 0
    assert {Path(one.id).stem for one in found.documents} == {
        Path(name).stem for judged in found.judged.values() for name in judged
    }
    for path in ROOT.glob("policies/*/*.md"):
        parse_document(path.name, path.read_text())
