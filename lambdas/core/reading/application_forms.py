"""The ways in which texts lead to an application's name: "for NAME", "NAME needs", "NAME is the app". Patterns only.

Each has a group `name`; `application` decides where the name ends, and whether it is one.
"""

import re

from lambdas.core.reading.page import COVER
from lambdas.core.reading.words import one_of

MAX_WORDS = 6
_NAME_WORD = r"[^\W_][\w&'-]*"
_NEXT = rf"(?: (?:& )?{_NAME_WORD})"
_DETERMINERS = r"(?:(?:the|our|my|a|an|its|their|this|new) ){0,3}"
_NAME = rf"{_DETERMINERS}(?:{COVER}+ )?(?P<name>{_NAME_WORD}{_NEXT}{{0,{MAX_WORDS}}})"
_CALLED = (
    "(?:use[ -]?case|application|app|app name|project|workload)(?::| =|=| is(?: called| named)?| called| named)",
    "(?<!was )(?<!were )(?<!formerly )(?<!previously )called", "(?<!was )named", "name it", "call it",
)  # fmt: skip
_POWERING = (
    "to (?:power|serve|back|support)", "powering", "backing", "serving", "on behalf of", "used by",
    "for use (?:by|in)", "behind", "supporting", "in support of",
    "(?:that|which|it|this|they)(?: will| should| shall| must| has to| is to| is going to)? (?:power|serve|back|drive"
    "|feed|support)s?",
    "to (?:drive|run|feed)", "(?:backend|engine|brain|model|llm) (?:of|behind)",
    "driving", "feeding", "used in", "->", "=>", "\u2192",
)  # fmt: skip

_IDENTIFIER = r"[^\W\d_]\w*(?:-\w+)+"
_WORDY = r"[^\W\d_]\w*(?:-(?![0-9]+(?![\w-]))\w+)+"
_KIND = "(?:application|app|use[ -]?case|project|workload)"
_THINGS = "(?:application|app|use[ -]?case|project|workload|service|consumer|client|product|feature|team)"

# Tried in this order; the first kind that names something decides.
LEADS = (
    re.compile(rf"(?<![\w-])(?:application|app|project)(?:=|: ?){_NAME}"),
    re.compile(rf"(?<![\w-])(?:application|app|project|service) (?P<name>{_IDENTIFIER})(?![\w-])"),
    re.compile(
        rf"(?:^|(?<=[,;.:!?{COVER}] )){_DETERMINERS}(?P<name>{_NAME_WORD}{_NEXT}{{0,3}}?) (?:is|are|being|would be"
        rf"|will be)"
        rf" (?:the|our|its|my) (?:name of (?:the|our) )?{_THINGS}(?!\w)(?! (?:of|that|which))"
    ),
    re.compile(rf"(?:^|(?<=[,;.:!?{COVER}] )){_KIND}(?: name)? (?P<name>{_NAME_WORD})(?= ?(?:[,;.!?{COVER}]|$))"),
    re.compile(rf"(?<![\w-])(?P<name>{_IDENTIFIER}) {_KIND}(?![\w-])"),
    re.compile(rf"(?<![\w-])(?P<name>{_IDENTIFIER})'s(?= {COVER}| (?:model|endpoint|fleet|backend|llm)(?!\w))"),
    *(re.compile(rf"(?<![\w-]){one_of(*lead)} {_NAME}") for lead in (_CALLED, _POWERING, ("for",))),
    re.compile(rf"^(?P<name>{_IDENTIFIER}): "),
    re.compile(rf"(?:^|[,;] )(?P<name>{_IDENTIFIER})(?=[,;.]|$)"),
    re.compile(rf"{COVER} as (?:the )?(?P<name>[^\W_][\w-]+)(?= (?:in|on|to|at|with|for)(?!\w)|[ ,.;!]*$|[,.;])"),
    re.compile(rf"(?<![\w-])(?:to|by|at|of) (?:the |our )?(?P<name>{_WORDY})(?![\w-])"),
)
# Their verbs are an operation's too, and taken by now: read from the whole text.
_WANTS = (
    r"(?:(?:is|are) (?:supposed|meant|expected|planned|due) to (?:run|use|get|have|be)(?: on)?|needs|requires"
    r"|wants|gets|(?:should|must|shall|will|has to|is to|ought to) (?:use|run|get|have|be on|run on)"
    r"|(?:should|shall|must|will) be (?:running|served|powered|backed|answered|handled|driven|moved|switched))(?!\w)"
)
_CHANGING = "(?:upgrad(?:e|ing)|updat(?:e|ing)|switch(?:ing)?|mov(?:e|ing)|migrat(?:e|ing)|giv(?:e|ing)|chang(?:e|ing))"
SUBJECTS = (
    re.compile(rf"(?:^|[,.;:!?] |(?<!\w)that ){_DETERMINERS}(?P<name>{_NAME_WORD}{_NEXT}{{0,5}}) {_WANTS}"),
    re.compile(
        rf"(?<![\w-])(?:want|need|like|love|see|get|have|run|bring|point|let|put|keep)"
        rf" {_DETERMINERS}(?P<name>{_NAME_WORD}{_NEXT}{{0,3}}?)"
        r" (?:running |up and running |to run |going |working |to use |using )(?:on |with |off )?(?!\w*ing)"
    ),
    re.compile(
        rf"(?<![\w-]){_CHANGING} {_DETERMINERS}(?P<name>{_NAME_WORD}{_NEXT}{{0,3}}?)"
        r" (?:to|onto|over to|a|an|the)(?!\w)"
    ),
    re.compile(rf"(?<![\w-]){_CHANGING} {_DETERMINERS}(?P<name>{_IDENTIFIER})(?![\w-])"),
    re.compile(
        rf"(?<![\w-])(?:fleet|model|endpoint|backend|llm) (?:of|behind|for|in) {_DETERMINERS}(?P<name>{_IDENTIFIER})"
    ),
    re.compile(
        rf"(?<![\w-])(?P<name>{_WORDY}) (?:(?:that |which |really |also )?{_WANTS}"
        r"|(?:has to|should|must|shall|will|is to|can|could|may|might|needs to|ought to) (?:now |also |then )?(?:be"
        r" \w+ed|use"
        r"|call|get|have|consume|rely|talk|switch|move)|(?:is|are) (?:still |already |now )?(?:waiting|hoping|relying"
        r"|blocked|asking"
        r"|desperate|calling|going to (?:use|need|call))|(?:depends|relies|waits|counts) (?:on|for))(?!\w)"
    ),
    re.compile(
        rf"(?<![\w-])(?:serve|power|back|supply|feed|equip|fuel|provide)"
        rf" {_DETERMINERS}(?P<name>{_NAME_WORD}{_NEXT}{{0,3}}?)"
        r" (?:with|by|from|on|off|using|via|through)(?!\w)"
    ),
    re.compile(
        rf"(?<![\w-])(?:run|host|use|start|connect|hook up|have) {_DETERMINERS}(?P<name>{_WORDY})"
        r" (?:with|from|on|off|using|via|through|to)(?!\w)"
    ),
    re.compile(
        rf"(?<![\w-])(?:can|could|may|might|should|shall|would|will) {_DETERMINERS}"
        rf"(?P<name>{_NAME_WORD}{_NEXT}{{0,3}}?)"
        r" (?:get|have|use|receive|run on|switch|move|be \w+ed)(?!\w)"
    ),
    re.compile(rf"(?<![\w-])available (?:to|for) {_DETERMINERS}(?P<name>{_NAME_WORD}{_NEXT}{{0,3}})"),
)
_OLD = (
    "(?:previous|last|old|older|earlier|former|prior|current|existing|whole|entire|running|good|stable|known|working)"
)
_PART_OF = (
    rf"(?:(?:the |its |[a-z]+'s )?(?:instance count|instances|replicas|capacity|number of [a-z]+|(?:{_OLD} )*"
    r"(?:version|deployment|release|change|update|config\w*|endpoint|model)) (?:of|for|on|to|from) )?"
)
OBJECT = re.compile(
    rf"{COVER} {_PART_OF}(?:(?:the|our|my) )?(?:{_OLD} )*(?:endpoint )?(?P<name>{_NAME_WORD}{_NEXT}{{0,4}})"
)

ALONE = re.compile(rf"(?<![\w./@-])(?P<name>{_IDENTIFIER})(?![\w-])")
_NO_HEADS = (
    "non|pre|post|re|self|co|well|all|end|up|out|on|e|so|long|short|year|month|quarter|week|day|cost|high|low|two|one"
    "|three"
    "|four|half|over|under|multi|third|first|second|per|ex|anti|cross|mid|semi|sub|in|by|built|must|nice|old|much"
    "|least|most"
)
_NO_TAILS = (
    "up|off|on|in|out|over|time|end|to|call|day|days|live|leak|related|shaped|based|ready|wide|like|free|made|driven"
    "|aware"
    "|style|level|sized|specific|friendly|critical|facing|side|term|user|users|tier|center|centre|power|layer|number"
    "|party"
    "|first|only|class|checked|approved|site|old|hand|in-law|hours?|hourly|week|monthly|annual|proof|safe|known"
    "|to-end|later|earlier|after|other|under|better|longer|sooner|cheaper|faster|water|offer"
)
COMPOUND = re.compile(rf"^(?:{_NO_HEADS})-|-(?:{_NO_TAILS}|[0-9]+)$")
"""Words with a hyphen that name nothing."""
AT_AN_EDGE = re.compile(
    rf"(?:^|(?<=[^\w ] )|(?<=[^\w' -]))(?:(?:the|our|and|plus|also|of|at|@|app) ){{0,2}}(?P<name>{_WORDY})"
    rf"(?= ?(?:$|[^\w '-])| (?:in|on|to|with|by|at|->)(?![\w-]))"
)
"""An identifier between values and commas: "gemma 2 9b, dev, catalogue-tagger"."""
AGENT = re.compile(r"-(?:[a-z]{2,}(?:er|or|bot)|ai|gpt)$")
"""The end of a name that does something: "catalogue-tagger"."""
ABOUT = re.compile(rf"(?<![\w-])(?:for|of|to|behind|app:) (?:the |our )?(?P<name>{_IDENTIFIER})(?![\w-])")
ADDRESSED = re.compile(rf"(?<![\w-])(?:to|from|of) {_NAME}")
"""Where the verb has another object: "add two instances to search"."""
