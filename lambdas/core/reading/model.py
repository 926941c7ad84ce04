"""Which model: every mention is held against the closed catalogue, and only what fits exactly one entry is settled."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

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

_Value = TypeVar("_Value")

_MAX_SUGGESTIONS = 5
_MAX_WAYS = 2
_MAX_LEAD = 40
_MAX_COMPARISON = 90
_VERSION = re.compile(r"-[0-9.]+$")
_OLD = re.compile(
    r"(?<![\w-])(?:replac(?:e|es|ing|ement of)|swap(?:ping)?(?: out)?|instead of|in place of|get rid of|rather than"
    r"|(?:move|migrate|switch|upgrade|change|going|away|over|moving|migrating|switching|upgrading)(?: away)? from"
    r"|(?:currently|presently|today|still|already) (?:runs?|uses?|hosts?|serves?|is|are|running|using)"
    r"|better than|exchange|unlike|no longer|old|previous|existing|former|used to (?:run|have|use)|(?:we|they|it|i)"
    r" (?:used|ran|had)"
    r"|(?:we|they|it|i) (?:have|had|were|was|'ve) (?:been )?(?:using|running|used|run))"
    r"(?: (?:the|our|your|that|this|it's|its|[\w-]+'s|on|running|old|current|existing|previous|model|endpoint"
    r"|with)){0,3} $"
)
# "We compared X with Y. Deploy Y.": the first sentence asks for none of them.
_COMPARED = re.compile(
    r"(?<![\w-])(?:we|i|they)(?: have|'ve)? (?:compared|evaluated|benchmarked|tested|tried|considered|looked at"
    r"|weighed)"
    r"(?:(?! (?:want|need|now|so|deploy|chose|settled|decided|prefer|like|please)(?!\w))(?:[^.;!?]|[.](?=[0-9])))*$"
)
_TO = re.compile(r" (?:to|onto|over to|up to|towards) ")
_OLD_BEHIND = re.compile(
    r",? (?:(?:that|which) (?:now |currently |already )?(?:runs|ran|is running|was running|serves|served|is|was|sits"
    r"|we (?:run|ran|use|used|have|had)"
    r"|(?:is|was) deployed)(?: (?!and)[a-z]+){0,3} (?:today|now|there|currently|at present|at the moment|so far|until"
    r" now|before)"
    r"|(?:is |is what |will |which |that )?(?:goes|go|going) away|(?:is what |which |that )?(?:gets|is|will be|was|is"
    r" being|to be|being)"
    r" (?:replaced|retired|gone|dropped|removed|too slow|not good enough)"
    r"|(?:which|that) we no longer|(?:is|was) (?:the )?(?:old|current|previous)|out,"
    r"|(?:is|was|proved|turned out|has been) (?:to be )?(?:far |much |just |simply |a bit |way )?(?:too \w+"
    r"|not \w+ enough|insufficient|inadequate|overkill))"
)


def read_models(page: Page, catalogue: CatalogueLike) -> Answer[tuple[ModelMention, ...]]:
    """Read which model the text names; the value always holds the mentions, the problems say why none is settled."""
    entries = [entry_of(model) for model in catalogue.models]
    finder = Finder(page, entries)
    mentions = finder.mentions()
    for mention in mentions:
        page.cover(mention.start, mention.end)
    mentions = sorted([*mentions, *_sizes_apart(page, mentions)], key=lambda mention: mention.start)
    page.named += [mention.start for mention in mentions]
    meant = _joined(_meant(page, mentions))
    read = _of_one_family([(mention, _fitting(mention, entries, finder.spelled)) for mention in meant])
    return _settled(read, entries, finder.spelled)


def _meant(page: Page, mentions: list[Mention]) -> list[Mention]:
    """Return the mentions but for those that the text excludes, takes back, or replaces by another one."""
    out = page.excluded([(mention.start, mention.end) for mention in mentions])
    meant = [mention for mention, is_out in zip(mentions, out, strict=True) if not is_out]
    replaced = [mention for mention in meant if _is_replaced(page, mention, alone=len(meant) == 1)]
    meant = [mention for mention in meant if mention not in replaced] or meant
    name = next((mention for mention in mentions if mention not in meant and not mention.only_size), None)
    if name and meant and all(mention.only_size for mention in meant):  # "llama 3.1 8b, sorry, 70b" is a llama
        kept = tuple(piece for piece in name.pieces if piece.kind != "size")
        meant = [replace(name, pieces=(*kept, *size.pieces), text=f"{name.text} {size.text}") for size in meant]
    return meant


def _is_replaced(page: Page, mention: Mention, *, alone: bool) -> bool:
    """Whether another model takes this one's place: "replace X with ...", "the old X", "... instead of X"."""
    return not alone and (
        _COMPARED.search(page.text, max(0, mention.start - _MAX_COMPARISON), mention.start) is not None
        or _OLD.search(page.text, max(0, mention.start - _MAX_LEAD), mention.start) is not None
        or _OLD_BEHIND.match(page.text, mention.end) is not None
        or (page.text.endswith("from ", 0, mention.start) and _TO.match(page.text, mention.end) is not None)
    )


def _sizes_apart(page: Page, mentions: list[Mention]) -> list[Mention]:
    """Return the sizes that stand apart from a name ("llama 3.1 with 8 billion parameters"), and cover them."""
    pieces = list(atoms(page.rest))
    apart: list[Mention] = []
    for position, piece in enumerate(pieces):
        if piece.kind != "size":
            continue
        start, end = chunk_around(page.rest, piece.start, piece.end)
        size = Mention((piece,), page.text[start:end], start, end, foreign=(start, end) != (piece.start, piece.end))
        known = any(piece.value in mention.sizes for mention in mentions)
        if known and size.foreign:
            continue
        page.cover(start, end if size.foreign else _end_of_neutral(pieces[position + 1 : position + 4], end))
        apart.append(size)
    return apart


def _joined(mentions: list[Mention]) -> list[Mention]:
    """Join the sizes that stand apart to the one name that has none; drop those that a name says already."""
    named = [mention for mention in mentions if not mention.only_size]
    sizes = [mention for mention in mentions if mention.only_size]
    sizes = [size for size in sizes if not any(size.sizes & mention.sizes for mention in named)]
    values = {value for size in sizes for value in size.sizes}
    if len(named) == 1 and not named[0].sizes and len(values) == 1 and not any(size.foreign for size in sizes):
        only, size = named[0], sizes[0]
        return [replace(only, pieces=(*only.pieces, *size.pieces), text=f"{only.text} {size.text}")]
    return [*named, *sizes]


def _of_one_family(read: list[tuple[Mention, list[Entry]]]) -> list[tuple[Mention, list[Entry]]]:
    """Take a size that stands alone for one of the family that is named beside it: "llama 3.1 8b or 70b"."""
    families = {entry.family for mention, fitting in read if not mention.only_size for entry in fitting}
    if len(families) != 1:
        return read
    return [
        (mention, [entry for entry in fitting if entry.family in families]) if mention.only_size else (mention, fitting)
        for mention, fitting in read
    ]


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
    chosen = frozenset(brands.get(piece.value, piece.value) for piece in mention.pieces if piece.chooses) - NEUTRAL
    by_alias = [entry for entry in fitting if chosen in entry.aliases]
    by_family = [entry for entry in fitting if entry.family_words <= chosen]
    return by_alias or by_family or fitting


def _settled(
    read: Sequence[tuple[Mention, list[Entry]]], entries: Sequence[Entry], brands: dict[str, str]
) -> Answer[tuple[ModelMention, ...]]:
    names = [entry.name for entry in entries]
    if not read:
        question = "Which model should run? The catalogue has: " + ", ".join(names)
        return Answer((), (problem("missing", "model", question, *_ways_to_say(names)),))
    common = [entry for entry in read[0][1] if all(entry in fitting for _, fitting in read)]
    if common:
        longest = max((mention for mention, _ in read), key=lambda mention: len(mention.text))
        unsure = len(common) > 1 or longest.only_size or _lacks_version(longest, common[0], entries)
        problems = (_ambiguous(longest, common),) if unsure else ()
        return Answer((_as_contract(longest, common),), problems)
    family = _only({entry.family for mention, fitting in read if not mention.only_size for entry in fitting})
    contract = tuple(
        _as_contract(one, fitting, family if one.only_size else _family_of(one, entries, brands))
        for one, fitting in read
    )
    if len(read) > 1:
        texts = " and ".join(f"'{shortened(mention.text)}'" for mention, _ in read[:4])
        known = list(dict.fromkeys(entry.name for _, fitting in read for entry in fitting))[:3]
        question = f"The text names more than one model, {texts}: which one should run?"
        return Answer(contract, (problem("contradiction", "model", question, *known),))
    return Answer(contract, (_unknown(read[0][0], entries),))


def _lacks_version(mention: Mention, entry: Entry, entries: Sequence[Entry]) -> bool:
    """Whether a name leaves open which of several families it means, though one alone has its size: "llama 8b"."""
    said = any(piece.kind == "version" for piece in mention.pieces)
    line = _VERSION.sub("", entry.family)
    return not said and len({one.family for one in entries if _VERSION.sub("", one.family) == line}) > 1


def _family_of(mention: Mention, entries: Sequence[Entry], brands: dict[str, str]) -> str | None:
    """Return the family that a name says although the catalogue has none of its size: "nemotron nano 4b"."""
    unsized = replace(mention, pieces=tuple(piece for piece in mention.pieces if piece.kind != "size"))
    return _only({entry.family for entry in _fitting(unsized, entries, brands)})


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


def _as_contract(mention: Mention, fitting: Sequence[Entry], family: str | None = None) -> ModelMention:
    """Return the mention as the reading holds it; `family` is that of the name to which a size alone belongs."""
    return ModelMention(
        text=shortened(mention.text, 200),
        family=_only({entry.family for entry in fitting}) or family,
        parameters_b=_only({float(size[:-1]) for size in mention.sizes if "x" not in size}),
        catalogue_ids=tuple(entry.id for entry in fitting),
    )


def _only(values: set[_Value]) -> _Value | None:
    """Return the one value of a set; None where it has none, or several."""
    return next(iter(values)) if len(values) == 1 else None
