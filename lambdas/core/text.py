"""Text from outside, made safe to read, store and show: one canonical form, and the test for what is no text at all.

Whatever a person, an event or a document brings passes `canonical_text` before anything else reads it. What cannot be
seen (terminal escapes, controls, zero-width and bidirectional marks, Unicode tags) is gone afterwards, so that people
and rules read the same words.
"""

import re
import unicodedata

MAX_SLUG_CHARACTERS = 40

# Terminal escapes: CSI, OSC, and the short forms. Each alternative stops at the next ESC, so scanning stays linear.
_ANSI = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]{0,4}[0-Z\\^-~]",
)
# Letters that draw nothing although Unicode counts them as letters, marks or symbols.
_INVISIBLE = re.compile(r"[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# Letters in black circles and squares, and small capitals: people read them, and NFKC leaves them alone.
_DRAWN = {first + place: ord("A") + place for first in (0x1F150, 0x1F170) for place in range(26)} | str.maketrans(
    "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", "ABCDEFGHIJKLMNOPQRSTUVWYZ"
)
_TYPOGRAPHY = _DRAWN | str.maketrans({
    "\u2018": "'", "\u2019": "'", "\u201b": "'", "\u2032": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"',
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2212": "-", "\u2014": " - ", "\u2015": " - ",
})  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile(r"[A-Za-z]")
_GREEK_OR_CYRILLIC = re.compile(r"[\u0370-\u052f]")

# Cyrillic and Greek letters that most fonts draw exactly like a Latin one.
_LOOKALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаесіјорѕхуԁһԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧανορχ",
    "ABESIJKMHOPCTYXaecijopsxydhqwABEZHIKMNOPTYXavopx",
)

# What mail programs make links of: a scheme, four numbers, and a name whose last dot stands before letters. Neither a
# type ("ml.g5.xlarge") nor a file of ours ("cdk.json") is one: no top-level domain is called so.
_SCHEME = re.compile(r"(?<=[a-z0-9]):(?=//)|(?<=mailto):|(?<=javascript):|(?<=\bdata):|(?<=\btel):", re.IGNORECASE)
_DOMAIN = re.compile(
    r"(?<=[^\W_])[.\u3002](?=[^\W\d_]{2})(?!(?:[a-z]+\d[a-z]*\.\d*)?x?(?:large|medium)\b(?!\.\w))"
    r"(?!(?:json|yaml)\b(?!\.\w))"
)
_TAG = re.compile(r"<(?=[a-z/!?])", re.IGNORECASE)
_NUMBERED = re.compile(r"(?<![\d.])(\d{1,3}(?:\.\d{1,3}){2})\.(?=\d{1,3}(?!\d))")

# A pass can compose a letter that the next pass folds; real text is stable after one or two.
_MAX_PASSES = 8

_SUSPECT_SHARE = 0.05
_ENCODED_RUN = re.compile(r"[A-Za-z0-9+/=_-]{160}")


def canonical_text(raw: str) -> str:
    """Return the text as it is read, stored and shown: NFKC, nothing invisible, single spaces, no look-alike mixtures.

    A word that is Latin but for Cyrillic or Greek look-alikes ("prod" whose p is Cyrillic) becomes Latin; every other
    word is left alone, so names in any one script survive. Canonical text is its own canonical form.
    """
    text = raw
    for _ in range(_MAX_PASSES):
        cleaned = _one_pass(text)
        if cleaned == text:
            break
        text = cleaned
    return text


def _one_pass(text: str) -> str:
    without_escapes = _ANSI.sub("", text)
    visible = "".join(_visible(character) for character in without_escapes)
    composed = unicodedata.normalize("NFKC", _INVISIBLE.sub("", visible)).translate(_TYPOGRAPHY)
    return " ".join(_WORD.sub(_unmixed, composed).split())


def _visible(character: str) -> str:
    """Return the character, a space for a control, or nothing for format, surrogate, private and unassigned ones."""
    category = unicodedata.category(character)
    if category == "Cc":
        return " "
    return "" if category.startswith("C") else character


def _unmixed(word: re.Match[str]) -> str:
    text = word.group()
    if text.isascii() or not _LATIN.search(text):
        return text
    folded = text.translate(_LOOKALIKES)
    return text if _GREEK_OR_CYRILLIC.search(folded) else folded


def is_invisible(character: str) -> bool:
    """Whether a reader sees nothing of the character; a tab and a line's end are seen."""
    hidden = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and character not in "\t\n"
    return hidden or _INVISIBLE.match(character) is not None


def disguised_letter(text: str) -> int | None:
    """Return where the first letter stands that `canonical_text` would make a Latin one, because its word is Latin."""
    for word in _WORD.finditer(text):
        written, read = word.group(), _unmixed(word)
        if written != read:
            return word.start() + next(place for place, letter in enumerate(written) if letter != read[place])
    return None


def defused(text: str) -> str:
    """Return the text for a mail: brackets break its addresses ("evil[.]example/x") and tags, so nothing is a link."""
    return _TAG.sub("[<]", _NUMBERED.sub(r"\1[.]", _DOMAIN.sub("[.]", _SCHEME.sub("[:]", text))))


def is_binary_looking(raw: str) -> bool:
    """Whether this is data rather than words: a NUL, many undecodable or control characters, or a long encoded run."""
    if "\0" in raw:
        return True
    text = _ANSI.sub("", raw)
    suspects = sum(_is_suspect(character) for character in text)
    return suspects > len(text) * _SUSPECT_SHARE or _ENCODED_RUN.search(text) is not None


def _is_suspect(character: str) -> bool:
    return character == "\ufffd" or (
        character not in "\t\n\r" and unicodedata.category(character) in {"Cc", "Cs", "Co", "Cn"}
    )


def slug(text: str) -> str | None:
    """Return lower-case ASCII words joined by hyphens ("Müller & Co" is "muller-co").

    None: a letter or digit of the text cannot be written so, there is none, or the slug would be over 40 characters.
    A name that loses a letter would be another's.
    """
    plain = unicodedata.normalize("NFKD", text.lower())
    unmarked = "".join(character for character in plain if not unicodedata.combining(character))
    if any(character.isalnum() and not character.isascii() for character in unmarked):
        return None
    joined = "-".join(re.findall(r"[a-z0-9]+", unmarked.replace("'", "")))
    return joined if 0 < len(joined) <= MAX_SLUG_CHARACTERS else None
