"""Which model: every mention is held against the closed catalogue, and only what fits exactly one entry is settled."""

import difflib
from collections.abc import Sequence
from dataclasses import replace

from lambdas.core.contracts.reading import ModelMention, Problem
from lambdas.core.reading.mentions import Finder, Mention, chunk_around
from lambdas.core.reading.names import (
    NEUTRAL,
    Atom,
    CatalogueLike,
    Entry,
    atoms,
    entry_of,
)
from lambdas.core.reading.page import Answer, Page, problem, shortened

_MAX_SUGGESTIONS = 5
_MAX_WAYS = 2


def read_models(page: Page, catalogue: CatalogueLike) -> Answer[tuple[ModelMention, ...]]:
    """Read which model the text names; the value always holds the mentions, the problems say why none is settled."""
    entries = [entry_of(model) for model in catalogue.models]
    finder = Finder(page, entries)
    mentions = finder.mentions()
    for mention in mentions:
        page.cover(mention.start, mention.end)
    out = page.excluded([(mention.start, mention.end) for mention in mentions])
    meant = [mention for mention, is_out in zip(mentions, out, strict=True) if not is_out]
    meant = _with_sizes(page, meant)
    read = _of_one_family([(mention, _fitting(mention, entries, finder.spelled)) for mention in meant])
    return _settled(read, entries)


def _of_one_family(read: list[tuple[Mention, list[Entry]]]) -> list[tuple[Mention, list[Entry]]]:
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


def _with_sizes(page: Page, mentions: list[Mention]) -> list[Mention]:
    """Join sizes that stand apart ("llama 3.1 with 8 billion parameters") to the one mention that has none."""
    pieces = list(atoms(page.rest))
    for position, piece in enumerate(pieces):
        if piece.kind != "size":
            continue
        start, end = chunk_around(page.rest, piece.start, piece.end)
        apart = Mention((piece,), page.text[start:end], start, end, foreign=(start, end) != (piece.start, piece.end))
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


def _fitting(mention: Mention, entries: Sequence[Entry], brands: dict[str, str]) -> list[Entry]:
    if mention.foreign:
        return []
    if mention.only_size:
        return [entry for entry in entries if mention.sizes & entry.pieces]
    fitting = [entry for entry in entries if entry.fits(mention.pieces, brands)]
    chosen = frozenset(brands.get(piece.value, piece.value) for piece in mention.pieces if piece.chooses)
    by_alias = [entry for entry in fitting if chosen in entry.aliases]
    by_family = [entry for entry in fitting if entry.family_words <= chosen]
    return by_alias or by_family or fitting


def _settled(read: Sequence[tuple[Mention, list[Entry]]], entries: Sequence[Entry]) -> Answer[tuple[ModelMention, ...]]:
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


def _ambiguous(mention: Mention, fitting: Sequence[Entry]) -> Problem:
    names = [entry.name for entry in fitting][:_MAX_SUGGESTIONS]
    question = f"'{shortened(mention.text)}' could be {' or '.join(names)}: which one?"
    return problem("ambiguous", "model", question, *names)


def _unknown(mention: Mention, entries: Sequence[Entry]) -> Problem:
    by_name = {entry.name.lower(): entry.name for entry in entries}
    near = difflib.get_close_matches(shortened(mention.text), list(by_name), n=_MAX_SUGGESTIONS, cutoff=0.0)
    names = [by_name[name] for name in near]
    question = f"The catalogue has no model '{shortened(mention.text)}'. It has: {', '.join(names)}"
    return problem("unknown", "model", question, *_ways_to_say(names))


def _ways_to_say(names: Sequence[str]) -> tuple[str, ...]:
    """Return whole sentences that name one of these models, without what stands in brackets behind its name."""
    return tuple(f"deploy {name.partition(' (')[0]} for chatbot-x in staging" for name in names[:_MAX_WAYS])


def _as_contract(mention: Mention, fitting: Sequence[Entry]) -> ModelMention:
    families = {entry.family for entry in fitting}
    said = [float(size[:-1]) for size in mention.sizes if "x" not in size]
    return ModelMention(
        text=shortened(mention.text, 200),
        family=families.pop() if len(families) == 1 else None,
        parameters_b=said[0] if len(said) == 1 else None,
        catalogue_ids=tuple(entry.id for entry in fitting),
    )
