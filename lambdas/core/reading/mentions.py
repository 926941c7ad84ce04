"""Where a text names a model: runs of pieces around a brand, in any spelling and with typing errors."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from lambdas.core.reading.names import (
    NEUTRAL,
    OTHER_MODELS,
    QUALIFIERS,
    Atom,
    Entry,
    atoms,
    brand_meant,
    qualifier_meant,
)
from lambdas.core.reading.page import Page


@dataclass(frozen=True)
class Mention:
    """One run of pieces that names a model, e.g. "meta llama 3.1 8b"."""

    pieces: tuple[Atom, ...]
    text: str
    start: int
    end: int
    foreign: bool = False
    """Further pieces are glued on that belong to no catalogue name ("llama-3.1-8b-turbo9")."""

    @property
    def only_size(self) -> bool:
        """Whether no name is said: "the 8b model" is a question even where one entry has that size."""
        return all(piece.kind == "size" for piece in self.pieces)

    @property
    def sizes(self) -> set[str]:
        """The sizes that it says: {"8b"}."""
        return {piece.value for piece in self.pieces if piece.kind == "size"}


class Finder:
    """Finds mentions on one page with the words of one catalogue."""

    def __init__(self, page: Page, entries: Sequence[Entry]) -> None:
        self._page = page
        self._pieces = list(atoms(page.rest))
        brands = frozenset(anchor for entry in entries for anchor in entry.anchors)
        meant = {
            piece.value: brand
            for piece in self._pieces
            if piece.kind == "word" and (brand := brand_meant(piece.value, brands))
        }
        self.brands = meant | {name: name for name in OTHER_MODELS - brands}
        own_words = {piece for entry in entries for piece in entry.pieces if piece.isalpha()}
        known = NEUTRAL | QUALIFIERS | own_words
        self.spelled = self.brands | self._respelled(known)
        self._joining = known | self.spelled.keys()

    def _respelled(self, known: frozenset[str]) -> dict[str, str]:
        """Return the words behind a brand that are one typing error away from a word of a name: "nemotron 49b supr"."""
        meant: dict[str, str] = {}
        behind_brand = False
        for left, piece in pairwise(self._pieces):
            behind_brand = left.value in self.brands or (behind_brand and left.kind not in {"word", "other"})
            glued = left.kind == "glue" and left.end == piece.start
            if behind_brand and piece.kind == "word" and piece.value not in known | self.brands.keys():
                word = qualifier_meant(piece.value, glued=glued)
                meant |= {piece.value: word} if word else {}
        return meant

    def mentions(self) -> list[Mention]:
        """Return every mention on the page, in the text's order."""
        found: list[Mention] = []
        position = 0
        while position < len(self._pieces):
            piece = self._pieces[position]
            if piece.kind != "word" or piece.value not in self.brands:
                position += 1
                continue
            first, last = self._run_around(position, floor=found[-1].end if found else 0)
            mention = self._mention(first, last)
            if mention is not None:
                found.append(mention)
            position = last + 1
        return found

    def _run_around(self, position: int, floor: int) -> tuple[int, int]:
        first = last = position
        while first > 0 and self._pieces[first - 1].start >= floor and self._joins(first - 1, first, leftwards=True):
            first -= 1
        while last + 1 < len(self._pieces) and self._joins(last + 1, last, leftwards=False):
            last += 1
        while self._pieces[first].kind == "glue":
            first += 1
        while self._pieces[last].kind == "glue":
            last -= 1
        return first, last

    def _joins(self, candidate: int, inner: int, *, leftwards: bool) -> bool:
        """Whether the candidate piece continues the run that ends at the inner one."""
        piece, neighbour = self._pieces[candidate], self._pieces[inner]
        left, right = (piece, neighbour) if leftwards else (neighbour, piece)
        gap = right.start - left.end
        if gap > 1 or (left.kind == "glue" and gap):
            return False
        if piece.kind == "version":
            marked = self._page.rest[piece.start] == "v"
            return gap == 0 or (not leftwards and (neighbour.kind == "word" or marked))
        if gap and not leftwards and self._begins_other_name(candidate):
            return False
        return piece.kind in {"size", "precision", "glue"} or (piece.kind == "word" and piece.value in self._joining)

    def _begins_other_name(self, position: int) -> bool:
        """Whether a word that could belong to a model begins a name of its own: "llama 3.1 8b chat-desk"."""
        end = self._pieces[position].end
        for piece in self._pieces[position + 1 :]:
            if piece.start != end:
                return False
            if piece.kind == "word" and piece.value not in self._joining:
                return True
            end = piece.end
        return False

    def _mention(self, first: int, last: int) -> Mention | None:
        """Return the mention, or None where the pieces are part of some other name ("nemotron-bot")."""
        text = self._page.rest
        pieces = self._pieces[first : last + 1]
        start, end = chunk_around(text, pieces[0].start, pieces[-1].end)
        foreign = (start, end) != (pieces[0].start, pieces[-1].end)
        whole = text[start:end]
        if foreign and not any(character.isdigit() for character in whole):
            return None
        return Mention(tuple(pieces), whole, start, end, foreign)


def chunk_around(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span of the whole chunk that these pieces are part of."""
    while start > 0 and _is_glued(text, start - 1, start):
        start -= 1
    while end < len(text) and _is_glued(text, end, end - 1):
        end += 1
    return start, end


def _is_glued(text: str, outer: int, inner: int) -> bool:
    """Whether the outer character continues the word at the inner one, over hyphens, underscores and slashes."""
    joined = "-_/"
    if text[outer].isalnum():
        return text[inner].isalnum() or text[inner] in joined
    beyond = outer + (outer - inner)
    return text[outer] in joined and 0 <= beyond < len(text) and text[beyond].isalnum()
