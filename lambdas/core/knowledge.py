"""The knowledge base: documents with front matter, cut into passages that can be quoted word for word.

Front matter is a flat part of YAML: one `key: value` a line, a list in brackets. What YAML would read in another way is
refused, so every Markdown tool sees the same values, and a function's start pays for no YAML library. HTML comments
(the marks that tie a number to its policy file) are dropped before anything is quoted.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from datetime import date

from pydantic import ValidationError

from lambdas.core.contracts.base import Contract
from lambdas.core.contracts.document import DocumentHead
from lambdas.core.errors import DocumentError
from lambdas.core.text import canonical_text, disguised_letter, is_invisible

ADDED = "added/"
"""Below this stand the documents that people put into the knowledge bucket by hand. No deployment removes them."""
MAX_DOCUMENT_CHARACTERS = 100_000
MAX_DOCUMENT_BYTES = 4 * MAX_DOCUMENT_CHARACTERS  # a character of UTF-8 has four at most
MAX_PASSAGE_WORDS = 250
MAX_PASSAGE_CHARACTERS = 4_000
"""A passage goes whole into prompts and mails, and not every text has words: some scripts have no spaces."""
MAX_HEADING_CHARACTERS = 200
"""Up to six headings go along with a passage."""
MIN_PASSAGE_WORDS = 60
"""A longer section is cut into pieces of at least this many words; a section that is short as written stays whole."""

_NAME = re.compile(r"(?:.*/)?(?P<id>[a-z0-9]+(?:-[a-z0-9]+)*)\.md")
_BLANKS = " \t"
_FIELD = re.compile(r"(?P<key>[a-z_]+):[ \t]+(?P<value>\S.*)")
_SCALAR = re.compile(r"""([^\W_](?:[^:#]|:(?=\S)|(?<=\S)#)*)|"([^"\\]*)"|'([^']*)'""")
"""A plain value where YAML would read neither a mapping nor a comment, or one in quotes without escapes."""
_COMMENT = re.compile(r"<!--(?:(?!<!--|-->).)*-->", re.DOTALL)
_HEADING = re.compile(r"(?P<marks>#{1,6})[ \t]+(?P<title>\S.*)")
_EMOJI_STYLE = re.compile(r"(?<=[^\w\s])[\ufe0e\ufe0f](?![\ufe00-\ufe0f])")
"""What says how an emoji is drawn: it is part of the emoji, while a run of such characters can carry a text."""
_FENCE = re.compile(r"[ \t]*(?P<marks>`{3,}(?=[^`]*$)|~{3,})(?P<info>.*)")
"""A line that opens a block of code, or closes it: as many of the same marks at least, with nothing behind them."""
_BOUNDARIES = tuple(re.compile(pattern) for pattern in (r"\n[ \t]*\n", r"\n", r"(?<=[.!?])[ \t]", r"\s"))
"""Where a long section may be cut, best first: paragraphs, lines, sentences, words."""


class Document(DocumentHead):
    """One document of the knowledge base; `body` is its Markdown without comments."""

    body: str


class Chunk(Contract):
    """A passage of a document: `quote` is an exact substring of the document's body."""

    id: str
    """`<document id>#<heading slug>`, unique within the document."""
    heading_path: tuple[str, ...]
    quote: str


def parse_document(name: str, text: str) -> Document:
    """Return the document in `text`; `name` is its path or key, `<id>.md` with an id of lower-case words and hyphens.

    Raises DocumentError with `name:line: reason`.
    """
    match = _NAME.fullmatch(name)
    if match is None or name != canonical_text(name):
        raise _error(name, 1, "the file must be named in lower-case letters, digits and hyphens, ending in .md")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    _refuse_unreadable(name, text)
    lines = text.split("\n")
    fields, first_body_line = _front_matter(name, lines)
    body = _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), "\n".join(lines[first_body_line:]))
    if "<!--" in body:
        line = first_body_line + body.count("\n", 0, body.index("<!--")) + 1
        raise _error(name, line, "an HTML comment is nested or not closed")
    document = _document(name, match["id"], fields, body)
    chunks = passages(document)
    if not chunks:
        raise _error(name, first_body_line, "no text follows the front matter")
    long = [title for chunk in chunks for title in chunk.heading_path if len(title) > MAX_HEADING_CHARACTERS]
    if long:
        line = first_body_line + body.count("\n", 0, body.index(long[0])) + 1
        raise _error(name, line, f"a heading of {len(long[0]):,} characters; at most {MAX_HEADING_CHARACTERS}")
    return document


def passages(document: Document) -> tuple[Chunk, ...]:
    """Return the document's passages in order: one a heading, or several where its section is longer than 250 words."""
    chunks: list[Chunk] = []
    used: dict[str, int] = {}
    for path, section in _sections(document):
        for quote in _pieces(section):
            slug = _unused(_slug(path[-1]), used)
            chunks.append(Chunk(id=f"{document.id}#{slug}", heading_path=path, quote=quote))
    return tuple(chunks)


def _error(name: str, line: int, reason: str) -> DocumentError:
    return DocumentError(f"{canonical_text(name)}:{line}: {reason}")


def _refuse_unreadable(name: str, text: str) -> None:
    """Refuse what a reader would not see: a quote goes to approvers and to the planning model alike."""
    if len(text) > MAX_DOCUMENT_CHARACTERS:
        raise _error(name, 1, f"{len(text):,} characters; at most {MAX_DOCUMENT_CHARACTERS:,}: split the document")
    plain = _EMOJI_STYLE.sub("", text)
    hidden = [plain.index(character) for character in set(plain) if is_invisible(character)]
    if hidden:
        position = min(hidden)
        line = plain.count("\n", 0, position) + 1
        raise _error(name, line, f"invisible character U+{ord(plain[position]):04X}: remove it")
    disguised = disguised_letter(text)
    if disguised is not None:
        line = text.count("\n", 0, disguised) + 1
        reason = f"U+{ord(text[disguised]):04X} looks like a letter of the Latin word it stands in: write that one"
        raise _error(name, line, reason)


def _front_matter(name: str, lines: list[str]) -> tuple[dict[str, tuple[int, str]], int]:
    """Return {key: (line, value)} and the number of lines that the front matter takes."""
    if lines[0] != "---":
        raise _error(name, 1, "the first line must be --- and open the front matter")
    fields: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(lines[1:], 2):
        if line == "---":
            return fields, number
        if not line.strip():
            continue
        field = _FIELD.fullmatch(line.rstrip(_BLANKS))
        if field is None:
            raise _error(name, number, "expected `key: value` on one line")
        if field["key"] in fields:
            raise _error(name, number, f"{field['key']} stands twice, first in line {fields[field['key']][0]}")
        fields[field["key"]] = (number, field["value"])
    raise _error(name, len(lines), "the front matter is not closed by a line ---")


def _document(name: str, document_id: str, fields: dict[str, tuple[int, str]], body: str) -> Document:
    values = {key: _value(name, key, line, raw) for key, (line, raw) in fields.items()}
    data = {**values, "id": document_id, "source": name, "body": body}
    reserved = next((key for key in ("id", "source", "body") if key in fields), None)
    if reserved is not None:
        raise _error(name, fields[reserved][0], f"{reserved} is not a key of the front matter")
    try:
        return Document.model_validate(data)
    except ValidationError as refused:
        first = refused.errors()[0]
        key = str(first["loc"][0]) if first["loc"] else "expires"
        line = fields[key][0] if key in fields else 1
        raise _error(name, line, f"{key}: {first['msg']}") from refused


def _value(name: str, key: str, line: int, raw: str) -> str | date | tuple[str, ...]:
    if key in ("effective", "expires"):
        try:
            day = date.fromisoformat(raw)
        except ValueError:
            day = None
        if day is None or raw != day.isoformat():  # Python reads 20261121 too, and YAML does not
            raise _error(name, line, f"{key}: {raw[:40]!r} is no date: write YYYY-MM-DD")
        return day
    if key == "environments":
        if not (raw.startswith("[") and raw.endswith("]")):
            raise _error(name, line, "environments: write a list in brackets, such as [dev, staging]")
        return tuple(item.strip() for item in raw[1:-1].split(","))
    scalar = _SCALAR.fullmatch(raw)
    if scalar is None:
        raise _error(name, line, f"{key}: put the value in quotes that it does not itself hold")
    return next(value for value in scalar.groups() if value is not None)


def _sections(document: Document) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield each heading's path and the text under it; text before the first heading stands under the title."""
    path: list[tuple[int, str]] = []
    sections: list[tuple[tuple[str, ...], list[str]]] = [((document.title,), [])]
    fence = ""
    for line in document.body.split("\n"):
        fence = _fence(fence, line)
        heading = None if fence else _HEADING.fullmatch(line.rstrip(_BLANKS))
        if heading is None:
            sections[-1][1].append(line)
            continue
        level = len(heading["marks"])
        path = [step for step in path if step[0] < level] + [(level, heading["title"])]
        sections.append((tuple(title for _, title in path), []))
    for titles, lines in sections:
        text = "\n".join(lines).strip()
        if text:
            yield titles, text


def _fence(open_fence: str, line: str) -> str:
    """Return the marks of the block of code that is open behind this line; empty where none is (CommonMark, 4.5)."""
    found = _FENCE.fullmatch(line)
    if found is None:
        return open_fence
    if not open_fence:
        return found["marks"]
    closes = found["marks"].startswith(open_fence) and not found["info"].strip()
    return "" if closes else open_fence


def _pieces(text: str) -> list[str]:
    """Return `text`, or its parts of 60 to 250 words, cut at the best kind of boundary, nearest to the middle.

    Where that leaves a part of too many characters, it is cut in the middle.
    """
    ends = [word.end() for word in re.finditer(r"\S+", text)]
    if len(ends) <= MAX_PASSAGE_WORDS and len(text) <= MAX_PASSAGE_CHARACTERS:
        return [text]
    for boundary in _BOUNDARIES:
        cuts = [(bisect_right(ends, match.start()), match) for match in boundary.finditer(text)]
        fair = [cut for cut in cuts if MIN_PASSAGE_WORDS <= cut[0] <= len(ends) - MIN_PASSAGE_WORDS]
        if fair:
            _, cut = min(fair, key=lambda candidate: abs(2 * candidate[0] - len(ends)))
            return [*_pieces(text[: cut.start()].rstrip()), *_pieces(text[cut.end() :].lstrip())]
    middle = len(text) // 2
    return [*_pieces(text[:middle].rstrip()), *_pieces(text[middle:].lstrip())]


def _slug(heading: str) -> str:
    plain = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:80].strip("-") or "section"


def _unused(slug: str, used: dict[str, int]) -> str:
    """Return the slug, with a number behind it if the document has used it before, and note it as used.

    `used` holds the last number that each slug was given: a document may have thousands of equal headings.
    """
    number = used.get(slug, 0) + 1
    candidate = slug if number == 1 else f"{slug}-{number}"
    while candidate in used:
        number += 1
        candidate = f"{slug}-{number}"
    used[slug] = number
    used.setdefault(candidate, 1)
    return candidate
