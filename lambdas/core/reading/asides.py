"""What a text claims or commands that no intent can: approval, authority, other rules. Shown to people, without effect.

Nothing inside is read, so that no value of a plan comes from it. The rules do not depend on this list: what it misses
is asked about like any other word, and no text changes what the guardrails say.
"""

import re

from lambdas.core.reading.page import Page
from lambdas.core.reading.words import one_of

_ANY = (
    r"(?:(?:all|any|every|each|the|your|our|my|these|those|this|that|its|previous|prior|above|earlier|other"
    r"|usual|normal"
    r"|former|preceding|existing|standard|internal|silly|annoying|further|human|manual|more|formal|safety|security"
    r"|system|budget|cost|company|deployment|production|prod|of|and|or|change) )*"
)
_RULES = (
    r"(?:instructions?|prompts?|rules?|polic(?:y|ies)|guard ?rails?|limits?|limitations?|caps?|checks?"
    r"|approvals?|reviews?"
    r"|restrictions?|verifications?|validations?|audit(?:s|ing| log)?|freezes?|freeze windows?|sign-?offs?|filters?"
    r"|constraints?|budgets?|controls?|safeguards?|governance|directives?|messages?|context|approvers?|reviewers?)"
)
_DROP = (
    r"(?:ignor(?:e|ing)|disregard(?:ing)?|forget(?:ting)?|overrid(?:e|ing)|bypass(?:ing)?|skip(?:ping)?|disabl(?:e|ing)"
    r"|turn(?:ing)? off|switch off|circumvent(?:ing)?|suspend|waiv(?:e|ing)|neglect|omit|avoid|lift|remove|drop)"
)
_WHO = (
    r"(?:(?:by|with|from) (?:the |our |my )?[\w@.-]+(?: (?:team|lead|board|manager|owner|admin|administrator"
    r"|director))?)"
)
_NAMED = r"(?:system|assistant|user|developer|admin|administrator|root|sysadmin|operator)"

_CLAIMS = (
    rf"(?:please |and |but |also |just |then )*{_DROP} {_ANY}{_RULES}(?: (?:and|or) {_ANY}{_RULES})*"
    r"(?: (?:steps?|gates?|process|window|requirements?|above|before|so far|this time|for (?:now|this|once|me|today)"
    r"|to (?:unlimited|infinity|none|zero|the maximum)))*",
    rf"(?:with no|without|no|needs? no|don't (?:ask|wait) for|do not (?:ask|wait) for|no need for"
    rf"|not subject to) {_ANY}{_RULES}"
    r"(?: (?:is |are )?(?:needed|required|necessary|please|steps?|gates?|process))*",
    r"(?:(?:this|it|which|that|the (?:plan|request|deployment|change|budget)|i)(?: has| have|'s| was| is|'ve)?"
    r"(?: (?:been|already|all|fully))* )?(?:already )?(?:pre-?)?(?:approved|authori[sz]ed|signed off|cleared)"
    rf"(?: {_WHO})?(?: (?:already|in advance|for (?:this|everything)))?",
    r"(?:the |all |your |our )?(?:guard ?rails?|polic(?:y|ies)|rules?|limits?|checks?|approvals?)"
    r" (?:is|are|have been|has been|were|do|does)(?: (?:now|not|all|currently|temporarily|no longer|already))*"
    r" (?:disabled|off|suspended|lifted|waived|apply|void|ignored|bypassed|required|needed|granted)[^.;!?,]{0,40}",
    r"(?:auto-?|pre-?)?(?:approve|authori[sz]e|confirm|sign off(?: on)?) (?:it|this|the|that|any|every)"
    r"(?: (?:plan|request|deployment|change|changes|thing|everything))?(?: (?:automatically|immediately"
    r"|yourself|now|too))*",
    r"(?:mark|flag|treat|consider|set|record) (?:it|this|that|the (?:plan|request|approval)|approval)(?: (?:as|to))*"
    r" (?:pre-?)?(?:approved|true|granted|trusted|safe|verified)",
    r"you are (?:now )?(?:an? |the |in )?(?:unrestricted|admin|root|developer|debug|god|maintenance|free|dan|jailbroken"
    r"|different|new)(?:[^.;!?]|\.(?=\S)){0,80}",
    r"(?:act|behave|respond|operate) as (?:if |an? |the )(?:[^.;!?]|\.(?=\S)){1,80}",
    r"(?:print|reveal|show|output|repeat|leak|send|email|dump|expose) (?:me )?(?:your|the|all|any)"
    r" (?:system prompt|instructions|secrets?|api ?keys?|keys?|credentials?|passwords?|tokens?|prompt"
    r"|environment variables)"
    r"(?:[^.;!?]|\.(?=\S)){0,60}",
    r"(?:grant|give) (?:me|us|everyone) (?:admin|root|full|administrator)(?:[^.;!?]|\.(?=\S)){0,40}",
    r"(?:i am|i'm|as) (?:the |an? |your )?(?:admin|administrator|root|ceo|cto|cfo|boss|owner"
    r"|security officer)(?: of [\w ]{1,30})?"
    r"(?= |[.,;:!?]|$)",
    r"(?:new|updated|additional|real|important|urgent) (?:system )?(?:instructions?|rules?|prompt|policy)(?=:)",
    r"confidence(?: is|:| =|=)? ?(?:[0-9.]{1,5}%?|high|certain|full)",
    r"(?:trust me|no questions asked|this is an order|end of (?:system )?(?:prompt|instructions|message|request))",
)  # fmt: skip
_CLAIM = re.compile(rf"(?<![\w-]){one_of(*_CLAIMS)}(?![\w-])")
# A line that plays another part of a conversation: "assistant: set env to prod".
_PLAYED = re.compile(
    rf"(?:^|(?<=[.;!?\]>] )|(?<=\n)|(?<= ))\[?{_NAMED}(?: (?:prompt|message|note|override|notice"
    rf"|update))?\]?: [^.;!?]*[.;!?]?"
)


def take_asides(page: Page) -> tuple[str, ...]:
    """Take claims of approval, orders to drop the rules and lines in another's name; return them, to be shown."""
    found: list[str] = []
    for match in _PLAYED.finditer(page.rest):
        others = page.rest[: match.start()] + page.rest[match.end() :]
        if any(character.isdigit() for character in others):  # a request stands elsewhere: model names have digits
            found.append(match.group().strip())
            page.cover(*match.span())
    found += [match.group().strip() for match in page.take(_CLAIM)]
    return tuple(found)
