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
# Orders to whoever reads: the rest of the sentence is theirs, so that no value in it is taken for a wish.
_OVERRIDING = re.compile(
    r"(?<![\w-])(?:ignore|disregard|forget|override|overrule|bypass)(?: (?:all|any|every|the|your|my|our|of|these"
    r"|those)){0,4}"
    r" (?:previous|prior|above|earlier|former|preceding|existing|system|other|initial|original)"
    r" (?:instructions?|rules?|prompts?|orders?|directions?|polic(?:y|ies)|guard ?rails?|guidelines?|messages?|context)"
    r"(?:[^.;!?]|[.](?=\w))*"
)
_ROLE_PLAY = re.compile(
    r"(?:^|(?<=[.;!?] ))(?:(?:please|now|so|and|ok|just) ){0,3}"
    r"(?:pretend|imagine that|act as|role-?play|you are now|from now on,? you"
    r"|(?:what(?: is|'s| are)|tell|show|give|print|reveal|output|repeat|list|send|leak|dump)(?: me| us)?"
    r"(?: (?:the|your|all|any|every|its|my|our|of|hidden|secret|internal|initial|full|whole)){0,5}"
    r" (?:system prompts?|prompts?|instructions|secrets?|(?:api |access |secret )?keys?"
    r"|passwords?|credentials|config(?:uration)?"
    r"|tokens|env(?:ironment)? variables)"
    r")(?![\w-])(?:[^.;!?]|[.](?=\w))*"
)
_CONFIDENCE = re.compile(r"(?<![\w-])confidence(?: is|:| =|=)? ?[0-9.]{1,5}%?")


def take_asides(page: Page) -> tuple[str, ...]:
    """Take lines in another's name, and how sure somebody claims to be; return them, to be shown."""
    found: list[str] = []
    for match in (match for pattern in (_PLAYED, _OVERRIDING, _ROLE_PLAY) for match in pattern.finditer(page.rest)):
        others = page.rest[: match.start()] + page.rest[match.end() :]
        if any(character.isdigit() for character in others):  # a request stands elsewhere: model names have digits
            found.append(match.group().strip())
            page.cover(*match.span())
    page.spoken = page.rest
    return (*found, *(match.group() for match in page.take(_CONFIDENCE)))
