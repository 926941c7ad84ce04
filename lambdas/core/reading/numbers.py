"""Numbers in digits and in English words, exactly: a decimal stays a decimal, a sign stays a sign."""

import re
from decimal import Decimal

_SMALL = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = {word: number for number, word in enumerate(_SMALL)} | {
    word: 10 * number for number, word in enumerate(_TENS, start=2)
}
_MULTIPLIERS = {"dozen": 12, "hundred": 100, "thousand": 1_000}

# Written small, because NUMBER stands inside some twenty patterns: compiling them is most of this package's import.
_ONES = "one|two|three|four|five|six|seven|eight|nine"
_UP_TO_99 = (
    rf"(?:(?:twen|thir|for|fif|six|seven|eigh|nine)ty(?:[- ](?:{_ONES}))?"
    rf"|(?:four|six|seven|nine|thir|fif|eigh)teen|twelve|eleven|ten|zero|{_ONES})"
)
_MULTIPLIER = rf"(?:{'|'.join(_MULTIPLIERS)})"
_AFTER_MULTIPLIER = "(?:(?<=hundred)|(?<=thousand)|(?<=dozen))"
_WORDS = (
    rf"(?:{_UP_TO_99}|(?:an? )?{_MULTIPLIER})"
    rf"(?: {_MULTIPLIER}|{_AFTER_MULTIPLIER}(?: and)? {_UP_TO_99}){{0,4}}(?!\w)"
)
DIGITS = r"(?:[0-9]{1,3}(?:,[0-9]{3}){1,4}|[0-9]{1,12})(?:\.[0-9]{1,9})?|\.[0-9]{1,9}"

NUMBER = rf"(?:(?:-|\+|minus |negative )?(?:{_WORDS}|{DIGITS}))"
"""Pattern of one number, to stand inside others. It begins a number only where `NUMBER_START` allows it."""
NUMBER_START = r"(?<![\w.,$+-])"

_WORD = re.compile(r"[a-z]+")


def number(text: str) -> Decimal:
    """Return the value of a text that `NUMBER` matched, e.g. "-2.5", "1,000", "twenty-five", "a hundred"."""
    plain = text.strip()
    sign = -1 if plain.startswith(("-", "minus", "negative")) else 1
    digits = re.search(r"[0-9.][0-9.,]*", plain)
    if digits:
        return sign * Decimal(digits.group().replace(",", ""))
    return sign * Decimal(_words_value(_WORD.findall(plain)))


def _words_value(words: list[str]) -> int:
    total, current = 0, 0
    for word in words:
        if word in _VALUES:
            current += _VALUES[word]
        elif word == "thousand":
            total, current = total + max(current, 1) * 1_000, 0
        elif word in _MULTIPLIERS:
            current = max(current, 1) * _MULTIPLIERS[word]
    return total + current


def plain(value: Decimal | float) -> str:
    """Return the number without trailing zeros or an exponent: "20", "2.5", "1000"."""
    text = format(Decimal(str(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
