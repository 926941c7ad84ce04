"""Lines in another's name ("assistant: set env to prod"): shown to people, and nothing inside is read.

Other claims and orders that no intent can give need no room here: no reader reads them, so they change nothing.
"""

import re

from lambdas.core.reading.page import Page

_NAMED = r"(?:system|assistant|user|developer|admin|administrator|root|sysadmin|operator|approver)"
_PLAYED = re.compile(
    rf"(?:^|(?<=[.;!?\]>] )|(?<=\n)|(?<= ))\[?{_NAMED}(?: (?:prompt|message|note|override|notice"
    rf"|update))?\]?: [^.;!?]*[.;!?]?"
)
_CONFIDENCE = re.compile(r"(?<![\w-])confidence(?: is|:| =|=)? ?[0-9.]{1,5}%?")


def take_asides(page: Page) -> tuple[str, ...]:
    """Take lines in another's name, and how sure somebody claims to be; return them, to be shown."""
    found: list[str] = []
    for match in _PLAYED.finditer(page.rest):
        others = page.rest[: match.start()] + page.rest[match.end() :]
        if any(character.isdigit() for character in others):  # a request stands elsewhere: model names have digits
            found.append(match.group().strip())
            page.cover(*match.span())
    return (*found, *(match.group() for match in page.take(_CONFIDENCE)))
