"""Polite words around a request: ways into a command that would else look like questions, greetings and thanks.

Taken before anything is read, so that "if possible" is no condition and "can you" no question.
"""

import re

from lambdas.core.reading.page import Page
from lambdas.core.reading.words import one_of

_FREE_TIME = "(?:moments?|minutes?|mins?|secs?|seconds?|chance|time|capacity|slot|opportunity)"
_SPEAKING_UP = (
    "shout|holler|yell|speak up|say so|ping|call|ring|e-?mail|message|contact|reach out|get in touch|get back"
    "|let (?:me|us) know"
)
_ANY = "(?:any|whichever|whatever)"
_HARDWARE = "(?:(?:gpu|instance|machine|hardware|node|server|cpu)(?: (?:type|size|instance|model|machine)s?)?|hardware)"
_OPENERS = (
    "(?:can|could|would|will) (?:you|u|we|i|someone|somebody|anyone|anybody|one of you|(?:the|your"
    "|our) (?:[a-z]+ )?team)(?: guys| all| folks)?",
    "(?:how|what) about", "why don't (?:you|we)", "why not", "(?:is|would|will) it (?:be )?possible to",
    "(?:is there )?(?:a|any) (?:way|chance|possibility) (?:to|of|that (?:you|we) (?:can|could)|you (?:can|could)"
    "|we (?:can|could))", "do you (?:think|mind)",
    "are you able to", "would you mind",
    "(?:it |that )?(?:would|'d) be (?:great|nice|good|lovely|cool|helpful|best|awesome) (?:if (?:you (?:could|can))?"
    "|to)",
    "(?:it |that )?would be (?:great|nice|good|lovely|cool|best|awesome)",
    "may (?:i|we)", "shall we", "let's", "let us", "feel free to", "go ahead and",
    "i was wondering if you could", "by any chance", "who can do",
)  # fmt: skip
_PHRASES = (
    "(?:hi|hello|hey|hola|dear|good (?:morning|afternoon|evening|day))"
    "(?: (?:there|team|all|everyone|everybody|folks|guys|ops|platform team|ops team))?",
    "(?:many |a lot of )?thanks(?: (?:a lot|so much|again|in advance|you))?"
    "(?: for (?:the |your |all |any ){0,2}(?:quick |great |kind )?(?:help|support|work|efforts?|time|patience"
    "|attention))?",
    "thank you(?: (?:so much|very much|in advance))?", "thx", "cheers", "please", "pls", "plz", "plaese", "kindly",
    "if (?:possible|you can|you could|that works|needed|necessary|you don't mind|it's not too much trouble)",
    "if (?:that's|it's|this is|that is) (?:ok|okay|fine|possible|alright)",
    "when(?:ever)? (?:possible|you can|you're ready)",
    f"(?:when|whenever|once|if|as soon as) you(?:'ve)? (?:get|have|find|got|can find)(?: [a-z]+){{0,2}} {_FREE_TIME}",
    "(?:at|on|with) your (?:earliest |own |next ){{0,2}}(?:convenience|leisure|pace)",
    f"(?:{_SPEAKING_UP})(?: (?:me|us|to me|to us|out|at me|at us|back))* (?:if|when|once|as soon as|in case)"
    "(?: (?!(?:and|then|but|so|please)(?!\\w))[a-z'-]+){1,10}",
    f"{_ANY} {_HARDWARE} (?:is|are|would be|'s)? ?(?:fine|ok|okay|good|will do|works?|would do|is fine)"
    "(?: (?:with|by|for) (?:me|us))?",
    "(?:and )?revert(?: back)?(?: to (?:me|us|the same))? (?:once|when|after|with|asap|at the earliest|soon"
    "|accordingly)"
    "(?: [a-z]+){0,2}", "do the needful",
    "as soon as (?:possible|you can)", "once you (?:can|have time)", "asap", "at your earliest convenience",
    "right away", "right now", "(?:straight|right) away", "immediately",
    "(?:let (?:me|us) know|(?:tell|ping) (?:me|us))"
    "(?: (?:if|when|once|as soon as) (?:it's|it is|you|this is|that is|there are|there is|anything|something)"
    "(?: [a-z']+){0,6})?",
    "(?:if|in case) (?:you have|there are|you need|anything|something|any)(?: [a-z']+){0,4}?"
    " (?:questions?|problems?|issues?|unclear|missing|else|info|details)(?: [a-z']+)?",
    "no (?:rush|hurry|problem|worries|big deal)", "not urgent", "(?:with |and )?(?:no|zero|without(?: any)?) downtime",
    "by the way", "btw", "much appreciated", "(?:i'd|we'd) appreciate it",
)  # fmt: skip
_POLITE = re.compile(rf"(?<![\w-]){one_of(*_OPENERS, *_PHRASES)}(?![\w-])")


def set_politeness_aside(page: Page) -> None:
    """Take greetings, thanks and polite openers, so that no reader sees them."""
    page.take(_POLITE)
    page.spoken = page.rest
