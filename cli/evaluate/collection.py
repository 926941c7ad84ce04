"""A test collection: documents, queries, and which documents people judged relevant to which query."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

from cli.terminal import CommandError
from lambdas.core.knowledge import Document, passages

DAY = date(2000, 1, 1)
"""Any day: the documents of a collection hold always and everywhere."""


@dataclass(frozen=True)
class Collection:
    """What is searched, what is asked, and each asked query's judgements. Ids are those of `documents`."""

    documents: list[Document]
    queries: dict[str, str]
    judged: dict[str, dict[str, int]]
    unknown: int
    """Judgements of documents that the corpus does not hold: nothing can find them, and they count as missed."""


def read_collection(corpus: Path, queries: Path, qrels: Path) -> Collection:
    """Read all three. Queries without a relevant document are left out. Raises CommandError with file and line."""
    documents = list(_documents(corpus))
    if not documents:
        raise CommandError(f"{corpus} holds no document: give a folder of .md files, or a .jsonl file")
    names = _names(documents, corpus)
    judged: dict[str, dict[str, int]] = defaultdict(dict)
    unknown = 0
    for query, name, score in _judgements(qrels):
        unknown += name not in names
        judged[query][names.get(name, name)] = score
    asked = {name: text for name, _, text in _lines(queries)}
    relevant = {name: scores for name, scores in judged.items() if name in asked and max(scores.values()) > 0}
    if not relevant:
        raise CommandError(f"{qrels} judges no document relevant to a query of {queries}")
    if unknown == sum(map(len, judged.values())):
        raise CommandError(f"{qrels} names no document of {corpus}, which holds {documents[0].id!r} and others")
    return Collection(documents, {name: asked[name] for name in relevant}, relevant, unknown)


def _documents(corpus: Path) -> Iterator[Document]:
    if corpus.is_dir():
        for path in sorted(path for path in corpus.rglob("*.md") if path.is_file()):
            yield _markdown(path.relative_to(corpus).as_posix(), _text(path))
        return
    seen: set[str] = set()
    for name, title, text in _lines(corpus):
        if name in seen:
            raise CommandError(f"{corpus}: the id {name!r} stands twice")
        seen.add(name)
        yield _document(name, title, text)


def _markdown(name: str, text: str) -> Document:
    """Return a Markdown document, with or without front matter, of any shape."""
    head, body = "", text
    if text.startswith("---\n"):
        head, found, rest = text[4:].partition("\n---\n")
        head, body = (head, rest) if found else ("", text)
    lines = [line.removeprefix("title:") for line in head.split("\n") if line.startswith("title:")]
    lines += [line.lstrip("#") for line in body.split("\n") if line.startswith("#")]
    title = next((line.strip(" \"'") for line in lines), "") or Path(name).stem.replace("-", " ")
    return _document(name, title, body)


def _document(name: str, title: str, body: str) -> Document:
    # Without validation: a collection's names and titles are whatever they are.
    document = Document.model_construct(
        id=name,
        source=name,
        title=title,
        owner="",
        version="",
        effective=DAY,
        expires=None,
        environments=("dev",),
        doc_type="policy",
        body=body if body.strip() else title,
    )
    if passages(document):
        return document
    words = " ".join(line.lstrip("#").strip() for line in document.body.split("\n"))  # of headings alone
    return document.model_copy(update={"body": words.strip()})


def _names(documents: list[Document], corpus: Path) -> dict[str, str]:
    """Return every way to name a document: a file also without its ending or folders, where that is only one."""
    names = {document.id: document.id for document in documents}
    if corpus.is_dir():
        for way in range(3):
            shorter: defaultdict[str, list[str]] = defaultdict(list)
            for document in documents:
                path = Path(document.id)
                shorter[(path.with_suffix("").as_posix(), path.name, path.stem)[way]].append(document.id)
            names = {name: ids[0] for name, ids in shorter.items() if len(ids) == 1} | names
    return names


def _judgements(qrels: Path) -> Iterator[tuple[str, str, int]]:
    lines = [(number, line) for number, line in enumerate(_text(qrels).split("\n"), 1) if line.strip()]
    for place, (number, line) in enumerate(lines):
        fields = line.split("\t")
        score = _number(fields[2]) if len(fields) == 3 else None
        if score is None and len(fields) == 3 and place == 0:
            continue  # the header
        if score is None or not score.is_integer():
            raise CommandError(f"{qrels}:{number}: expected query-id, corpus-id and a whole score, between tabs")
        yield fields[0], fields[1], int(score)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _lines(path: Path) -> Iterator[tuple[str, str, str]]:
    """Return each line's id, title (empty where it has none) and text."""
    for number, line in enumerate(_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            data: object = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise CommandError(f"{path}:{number}: no JSON: {error}") from None
        fields = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
        if missing := [name for name in ("_id", "text") if fields.get(name) is None]:
            raise CommandError(f"{path}:{number}: the line is no object with {' and '.join(missing)}")
        yield _said(fields["_id"]), _said(fields.get("title") or ""), _said(fields["text"])


def _said(value: object) -> str:
    """Return a value as text; half a surrogate pair, which no model reads, becomes a question mark."""
    return str(value).encode(errors="replace").decode()


def _text(path: Path) -> str:
    """Return what a file says, with lines that end in a line feed, however they ended."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is no UTF-8 text: {error.reason} at byte {error.start}") from None
