"""Model names in pieces: how a text and the catalogue are cut alike, and which entries a name in pieces fits."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Protocol, cast

from lambdas.core.reading.numbers import plain
from lambdas.core.reading.spelling import typing_errors
from lambdas.core.reading.words import words


class CatalogueEntry(Protocol):
    """What the parser needs of one model of policies/models.yaml."""

    @property
    def id(self) -> str:
        """The catalogue id."""
        ...

    @property
    def name(self) -> str:
        """The name that people read; what stands in parentheses is no part of it."""
        ...

    @property
    def family(self) -> str:
        """Lower case with the version: "llama-3.1"."""
        ...

    @property
    def parameters_b(self) -> float | None:
        """Billions of parameters, as in the name; None where the model has no such size."""
        ...

    @property
    def precision(self) -> str | None:
        """The weights' number format: "bf16"."""
        ...

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other spellings."""
        ...


class CatalogueLike(Protocol):
    """The closed list of models that an intent may name."""

    @property
    def models(self) -> Sequence[CatalogueEntry]:
        """All of them."""
        ...


MAKERS = words(
    "ai2 alibaba amazon anthropic aws cohere facebook google hf huggingface meta microsoft mistralai nvidia",
    "openai sagemaker",
)
NEUTRAL = MAKERS | words(
    "billion chat container instruct instructed it llm lm model models nim nims param parameter parameters params",
    "size sized tuned v version weights",
)
"""Words beside a model's name that choose nothing: instruction tuning is what a deployed chat model has."""
QUALIFIERS = words(
    "awq base coder distill embed embedding flash gptq guard haiku large lite math maverick medium mini moe nano",
    "nemo omni opus pro pruned quantised quantized r reasoning rerank reranking scout small sonnet super thinking",
    "tiny turbo ultra vision vl",
)
"""Words that choose one model of a family; an entry fits only if its own names hold them."""
OTHER_MODELS = words(
    "bert bloom catboost chatgpt claude codellama codestral dbrx deepseek distilbert exaone gemini gemma glm gpt",
    "grok jamba kimi lightgbm llama llava ministral mistral mixtral nemotron olmo phi pixtral qwen qwq roberta",
    "scikit sdxl sklearn smollm stablelm starcoder tinyllama vicuna whisper xgboost",
)
"""Well-known names: where the catalogue lacks one, the text still names a model, and no other one by a typing error."""
_NO_TYPOS = words(
    "gamma lemma llano mall minstrel mistrial modal model shall smell stall supper version",
)
_SPELLABLE = words("instruct instruction nano small super vision learn")

_Kind = Literal["size", "precision", "version", "word", "glue", "other"]
_ATOM = re.compile(
    r"(?P<size>[0-9]{1,4}(?:\.[0-9]{1,3})?(?:x[0-9]{1,4}(?:\.[0-9]{1,2})?)?[ -]?(?:bn|billions?|b)(?![a-z0-9]))"
    r"|(?P<precision>(?:fp|bf|int)[0-9]{1,2}(?![a-z0-9])|[48]-?bit(?![a-z]))"
    r"|(?P<version>(?:(?<![a-z0-9])v)?[0-9]{1,6}(?:\.[0-9]{1,4}){0,3})"
    r"|(?P<word>[^\W\d_]+)|(?P<glue>[-_/:.])|(?P<other>[^ ])"
)
_ASIDE = re.compile(r"\([^()]*\)")


@dataclass(frozen=True)
class Atom:
    """One piece of a name; `value` is its one spelling ("8b" for "8 billion", "3.1" for "v3.1")."""

    kind: _Kind
    value: str
    start: int
    end: int

    @property
    def chooses(self) -> bool:
        """Whether an entry must have this piece to fit."""
        return self.kind in {"size", "precision", "version"} or (self.kind == "word" and self.value not in NEUTRAL)


def atoms(text: str) -> Iterator[Atom]:
    """Cut a lower-case text into pieces."""
    for match in _ATOM.finditer(text):
        kind = match.lastgroup
        value = match.group()
        if kind == "size":
            figure = re.sub(r"[ -]?(?:bn|billions?|b)$", "", value)
            value = (figure if "x" in figure else plain(float(figure))) + "b"
        elif kind == "precision":
            value = {"4bit": "int4", "8bit": "int8"}.get(value.replace("-", ""), value)
        elif kind == "version":
            value = value.removeprefix("v")
        yield Atom(cast("_Kind", kind), value, *match.span())


@dataclass(frozen=True)
class Entry:
    """One catalogue entry, cut: an `anchor` must stand in a name for it to mean this entry."""

    id: str
    name: str
    family: str
    parameters_b: float | None
    anchors: frozenset[str]
    pieces: frozenset[str]
    family_words: frozenset[str]
    """"nemotron" and "nano": a name that says them all means this family rather than one that needs more words."""
    aliases: frozenset[frozenset[str]]
    """The choosing pieces of each alias: a name that is one means this entry, whatever else it would fit."""

    def fits(self, name: Sequence[Atom], brands: dict[str, str]) -> bool:
        """Whether this entry has every choosing piece of a name; `brands` maps typing errors to what they mean."""
        values = {brands.get(atom.value, atom.value) for atom in name if atom.chooses} - NEUTRAL
        return bool(values & self.anchors) and values <= self.pieces


def entry_of(model: CatalogueEntry) -> Entry:
    """Cut one catalogue model into its anchors and pieces."""
    name = _ASIDE.sub(" ", model.name)
    family = [atom.value for atom in _choosing(model.family) if atom.kind == "word"]
    anchors = set(family[:1])
    pieces: set[str] = set()
    for spelling in (model.id, name, model.family, *model.aliases):
        found = _choosing(spelling)
        pieces.update(atom.value for atom in found)
        words = [atom.value for atom in found if atom.kind == "word"]
        if words and not anchors.intersection(words):
            anchors.add(words[0])
    pieces.update(piece.replace(".", "") for piece in tuple(pieces) if "." in piece)
    if model.parameters_b is not None:
        pieces.update({plain(model.parameters_b) + "b", plain(round(model.parameters_b)) + "b"})
    if model.precision is not None:
        pieces.add(model.precision)
    return Entry(
        model.id,
        " ".join(name.split()),
        model.family,
        model.parameters_b,
        frozenset(anchors),
        frozenset(pieces),
        frozenset(family),
        frozenset(frozenset(atom.value for atom in _choosing(alias)) for alias in model.aliases),
    )


@lru_cache(maxsize=2_000)
def _choosing(spelling: str) -> tuple[Atom, ...]:
    """Return the choosing pieces of a catalogue's spelling; kept, because every text is held against all of them."""
    return tuple(atom for atom in atoms(spelling.lower()) if atom.chooses)


def _undoubled(word: str) -> str:
    return re.sub(r"(.)\1+", r"\1", word)


def qualifier_meant(word: str, *, glued: bool = False) -> str | None:
    """Return the one word of `_SPELLABLE` from which a word differs by one typing error; None where there is none.

    `glued`: a hyphen joins it to a name, so that it is no word of its own ("nemotron-supper").
    """
    if len(word) < 4 or (word in _NO_TYPOS and not glued):
        return None
    return next((name for name in sorted(_SPELLABLE) if word[0] == name[0] and typing_errors(word, name) == 1), None)


def brand_meant(word: str, brands: frozenset[str]) -> str | None:
    """Return the brand that a word names, also with one typing error (two in a long name); None if it names none."""
    if word in brands:
        return word
    if len(word) < 4 or word in OTHER_MODELS or word in _NO_TYPOS:
        return None
    for brand in sorted(brands):
        sounds_alike = word[1:] == brand[1:]  # "kwen", "jemma"
        if sounds_alike or (len(brand) >= 5 and _undoubled(word) == _undoubled(brand)):
            return brand
        allowed = 2 if len(brand) >= 8 else 1
        near = len(brand) >= 4 and word[0] == brand[0] and abs(len(word) - len(brand)) <= allowed
        if near and typing_errors(word, brand) <= allowed:
            return brand
    return None
