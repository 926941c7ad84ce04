"""Reading the project's Markdown as GitHub shows it: headings and their anchors, links, code spans, fenced blocks."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]

_FENCE = re.compile(r"^(?P<indent>\s*)```(?P<language>\w*)\n(?P<text>.*?)\n(?P=indent)```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(?P<marks>#{1,6}) (?P<title>.+)$", re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_CODE = re.compile(r"`([^`]+)`")
_BOLD = re.compile(r"\*\*([^*]+)\*\*")


class Fence(NamedTuple):
    language: str
    text: str


class Page(NamedTuple):
    """A Markdown file: its path from the root, its text, and its text without fenced blocks."""

    path: str
    text: str
    prose: str

    @property
    def fences(self) -> list[Fence]:
        return [Fence(found["language"], found["text"]) for found in _FENCE.finditer(self.text)]

    @property
    def headings(self) -> list[tuple[int, str]]:
        return [(len(found["marks"]), found["title"]) for found in _HEADING.finditer(self.prose)]

    @property
    def anchors(self) -> set[str]:
        """GitHub's: lower case, punctuation gone, spaces as hyphens, repeated ones numbered."""
        seen: Counter[str] = Counter()
        found: set[str] = set()
        for _, title in self.headings:
            slug = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
            found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
            seen[slug] += 1
        return found

    @property
    def links(self) -> list[str]:
        return [found["target"] for found in _LINK.finditer(self.prose)]

    @property
    def spans(self) -> list[str]:
        """Every code span outside fenced blocks; one that the text wraps is one line here."""
        return [" ".join(span.split()) for span in _CODE.findall(self.prose)]

    @property
    def names(self) -> set[str]:
        """What the page names as such: code spans, bold words and headings."""
        return {*self.spans, *_BOLD.findall(self.prose), *(title for _, title in self.headings)}

    def section(self, title: str) -> Page:
        """The part below a heading, down to the next one of the same level or above."""
        level = next(level for level, found in self.headings if found == title)
        after = self.text.split(f"{'#' * level} {title}\n", 1)[1]
        return page_of(self.path, re.split(rf"^#{{1,{level}}} ", after, maxsplit=1, flags=re.MULTILINE)[0])


def page_of(path: str, text: str) -> Page:
    return Page(path, text, _FENCE.sub("", text))


@cache
def page(path: str) -> Page:
    return page_of(path, (ROOT / path).read_text(encoding="utf-8"))


def pages() -> list[Page]:
    """Every page for people: what stands at the top, and all of docs/."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return [page(path.relative_to(ROOT).as_posix()) for path in sorted(found)]
