"""Where attack texts may come out: logs, mails and pages, each taken apart as what reads it takes it apart."""

from __future__ import annotations

import json
import re
from collections import Counter
from html.parser import HTMLParser

# As generous as mail programs: a scheme, "www.", an address of mail, and any name that ends like a domain.
_LINKED = re.compile(
    r"\b[a-z][a-z0-9+.-]*://[^\s\"]+|\bwww\.[^\s\"]+|\b(?:mailto|javascript|tel):[^\s\"]+"
    r"|[^\s\"@/]+@[\w-]+\.\w+|(?<![\w.-])\w[\w-]*(?:\.[\w-]+)*\.(?!md\b|yaml\b|json\b)[^\W\d_]{2,}(?:/[^\s\"]*)?(?![\w-])",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[a-z/!]", re.IGNORECASE)


def links_of(text: str) -> Counter[str]:
    """Everything in a plain text that a mail program might make a link of."""
    return Counter(_LINKED.findall(text))


def assert_plain(text: str) -> None:
    """A mail's text: nothing but what is seen and line ends, and no tag."""
    assert text.replace("\n", "").isprintable()
    assert not _TAG.search(text)


def assert_log_lines(text: str) -> list[dict[str, object]]:
    """Each line is one JSON object of printable ASCII; return them."""
    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    lines = [json.loads(line) for line in text.splitlines()]
    assert all(isinstance(line, dict) for line in lines)
    return lines


class Structure(HTMLParser):
    """A page's tags with their attributes, and its words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Counter[tuple[str, ...]] = Counter()
        self.marks: Counter[str] = Counter()
        self._words: list[str] = []
        self.feed(page)
        self.close()

    @property
    def words(self) -> str:
        return " ".join(" ".join(self._words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag, *(f"{name}={value}" for name, value in attrs)] += 1

    def handle_endtag(self, tag: str) -> None:
        self.tags["/" + tag,] += 1

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    def handle_comment(self, data: str) -> None:
        self.marks["comment"] += 1

    def handle_decl(self, decl: str) -> None:
        self.marks[decl] += 1

    def handle_pi(self, data: str) -> None:
        self.marks["instruction"] += 1
