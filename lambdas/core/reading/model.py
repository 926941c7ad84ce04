"""Which model: every mention is held against the closed catalogue, and only what fits exactly one entry is settled."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from lambdas.core.contracts.reading import ModelMention, Problem
from lambdas.core.reading.names import (
    NEUTRAL,
    OTHER_MODELS,
    QUALIFIERS,
    Atom,
    CatalogueLike,
    Entry,
    atoms,
    brand_meant,
    entry_of,
    qualifier_meant,
)
from lambdas.core.reading.page import Answer, Page, problem, shortened

_MAX_SUGGESTIONS = 5
_MAX_WAYS = 2


@dataclass(frozen=True)
class _Mention:
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
        return {piece.value for piece in self.pieces if piece.kind == "size"}


class _Finder:
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
        """Return the words behind a brand that are one typing error away from a word of a name: "nemotron supr"."""
        return {
            word.value: meant
            for brand, word in pairwise(piece for piece in self._pieces if piece.kind != "glue")
            if brand.value in self.brands and word.kind == "word" and word.value not in known | self.brands.keys()
            if (meant := qualifier_meant(word.value)) is not None
        }

    def mentions(self) -> list[_Mention]:
        found: list[_Mention] = []
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
            return gap == 0 or (not leftwards and neighbour.kind == "word")
        return piece.kind in {"size", "precision", "glue"} or (piece.kind == "word" and piece.value in self._joining)

    def _mention(self, first: int, last: int) -> _Mention | None:
        """Return the mention, or None where the pieces are part of some other name ("nemotron-bot")."""
        text = self._page.rest
        pieces = self._pieces[first : last + 1]
        start, end = _chunk_around(text, pieces[0].start, pieces[-1].end)
        foreign = (start, end) != (pieces[0].start, pieces[-1].end)
        whole = text[start:end]
        if foreign and not any(character.isdigit() for character in whole):
            return None
        return _Mention(tuple(pieces), whole, start, end, foreign)


def _chunk_around(text: str, start: int, end: int) -> tuple[int, int]:
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


def read_models(page: Page, catalogue: CatalogueLike) -> Answer[tuple[ModelMention, ...]]:
    """Read which model the text names; the value always holds the mentions, the problems say why none is settled."""
    entries = [entry_of(model) for model in catalogue.models]
    finder = _Finder(page, entries)
    mentions = finder.mentions()
    for mention in mentions:
        page.cover(mention.start, mention.end)
    out = page.excluded([(mention.start, mention.end) for mention in mentions])
    meant = [mention for mention, is_out in zip(mentions, out, strict=True) if not is_out]
    meant = _with_sizes(page, meant)
    read = _of_one_family([(mention, _fitting(mention, entries, finder.spelled)) for mention in meant])
    return _settled(read, entries)


def _of_one_family(read: list[tuple[_Mention, list[Entry]]]) -> list[tuple[_Mention, list[Entry]]]:
    """Take a size that stands alone for one of the family that is named beside it: "llama 3.1 8b or 70b"."""
    families = {entry.family for mention, fitting in read if not mention.only_size for entry in fitting}
    if len(families) != 1:
        return read
    return [
        (mention, [entry for entry in fitting if entry.family in families] or fitting)
        if mention.only_size
        else (mention, fitting)
        for mention, fitting in read
    ]


def _with_sizes(page: Page, mentions: list[_Mention]) -> list[_Mention]:
    """Join sizes that stand apart ("llama 3.1 with 8 billion parameters") to the one mention that has none."""
    pieces = list(atoms(page.rest))
    for position, piece in enumerate(pieces):
        if piece.kind != "size":
            continue
        start, end = _chunk_around(page.rest, piece.start, piece.end)
        apart = _Mention((piece,), page.text[start:end], start, end, foreign=(start, end) != (piece.start, piece.end))
        known = any(piece.value in mention.sizes for mention in mentions)
        if known and apart.foreign:
            continue
        page.cover(start, end if apart.foreign else _end_of_neutral(pieces[position + 1 : position + 4], end))
        if known:
            continue
        if len(mentions) == 1 and not mentions[0].sizes and not apart.foreign:
            only = mentions[0]
            mentions = [replace(only, pieces=(*only.pieces, piece), text=f"{only.text} {apart.text}")]
        else:
            mentions = [*mentions, apart]
    return mentions


def _end_of_neutral(following: Sequence[Atom], end: int) -> int:
    """Return where the words end that belong to a size: "8 billion parameter model"."""
    for piece in following:
        if piece.start - end > 1 or not (piece.value in NEUTRAL or piece.value == "-"):
            break
        end = piece.end
    return end


def _fitting(mention: _Mention, entries: Sequence[Entry], brands: dict[str, str]) -> list[Entry]:
    if mention.foreign:
        return []
    if mention.only_size:
        return [entry for entry in entries if mention.sizes & entry.pieces]
    fitting = [entry for entry in entries if entry.fits(mention.pieces, brands)]
    chosen = frozenset(brands.get(piece.value, piece.value) for piece in mention.pieces if piece.chooses)
    by_alias = [entry for entry in fitting if chosen in entry.aliases]
    by_family = [entry for entry in fitting if entry.family_words <= chosen]
    return by_alias or by_family or fitting


def _settled(
    read: Sequence[tuple[_Mention, list[Entry]]], entries: Sequence[Entry]
) -> Answer[tuple[ModelMention, ...]]:
    names = [entry.name for entry in entries]
    if not read:
        question = "Which model should run? The catalogue has: " + ", ".join(names)
        return Answer((), (problem("missing", "model", question, *_ways_to_say(names)),))
    common = [entry for entry in read[0][1] if all(entry in fitting for _, fitting in read)]
    if common:
        longest = max((mention for mention, _ in read), key=lambda mention: len(mention.text))
        problems = (_ambiguous(longest, common),) if len(common) > 1 or longest.only_size else ()
        return Answer((_as_contract(longest, common),), problems)
    contract = tuple(_as_contract(mention, fitting) for mention, fitting in read)
    if len(read) > 1:
        texts = " and ".join(f"'{shortened(mention.text)}'" for mention, _ in read[:4])
        known = list(dict.fromkeys(entry.name for _, fitting in read for entry in fitting))[:3]
        question = f"The text names more than one model, {texts}: which one should run?"
        return Answer(contract, (problem("contradiction", "model", question, *known),))
    return Answer(contract, (_unknown(read[0][0], entries),))


def _ambiguous(mention: _Mention, fitting: Sequence[Entry]) -> Problem:
    names = [entry.name for entry in fitting][:_MAX_SUGGESTIONS]
    question = f"'{shortened(mention.text)}' could be {' or '.join(names)}: which one?"
    return problem("ambiguous", "model", question, *names)


def _unknown(mention: _Mention, entries: Sequence[Entry]) -> Problem:
    by_name = {entry.name.lower(): entry.name for entry in entries}
    near = difflib.get_close_matches(shortened(mention.text), list(by_name), n=_MAX_SUGGESTIONS, cutoff=0.0)
    names = [by_name[name] for name in near]
    question = f"The catalogue has no model '{shortened(mention.text)}'. It has: {', '.join(names)}"
    return problem("unknown", "model", question, *_ways_to_say(names))


def _ways_to_say(names: Sequence[str]) -> tuple[str, ...]:
    """Return whole sentences that name one of these models, without what stands in brackets behind its name."""
    return tuple(f"deploy {name.partition(' (')[0]} for chatbot-x in staging" for name in names[:_MAX_WAYS])


def _as_contract(mention: _Mention, fitting: Sequence[Entry]) -> ModelMention:
    families = {entry.family for entry in fitting}
    said = [float(size[:-1]) for size in mention.sizes if "x" not in size]
    return ModelMention(
        text=shortened(mention.text, 200),
        family=families.pop() if len(families) == 1 else None,
        parameters_b=said[0] if len(said) == 1 else None,
        catalogue_ids=tuple(entry.id for entry in fitting),
    )
