"""What it is for: the application that a text names, as a slug."""

import itertools
import re

from lambdas.core.contracts.reading import Problem
from lambdas.core.reading.page import COVER, Answer, Page, problem, settle, shortened
from lambdas.core.reading.words import one_of, words
from lambdas.core.text import slug

_MAX_WORDS = 6
_NAME_WORD = r"[^\W_][\w&'-]*"
_NEXT = rf"(?: (?:& )?{_NAME_WORD})"
_DETERMINERS = r"(?:(?:the|our|my|a|an|its|their|this|new) ){0,3}"
_NAME = rf"{_DETERMINERS}(?:{COVER}+ )?(?P<name>{_NAME_WORD}{_NEXT}{{0,{_MAX_WORDS}}})"
_CALLED = (
    "(?:use[ -]?case|application|app|app name|project|workload)(?::| =|=| is(?: called| named)?| called| named)",
    "called", "named", "name it", "call it",
)  # fmt: skip
_POWERING = (
    "to (?:power|serve|back|support)", "powering", "backing", "serving", "on behalf of", "used by",
    "for use (?:by|in)", "behind", "supporting", "in support of", "(?:that|which) (?:powers|serves|backs|drives)",
    "to (?:drive|run|feed)", "(?:backend|engine|brain|model|llm) (?:of|behind)",
    "driving", "feeding", "used in", "->", "=>", "\u2192",
)  # fmt: skip

_IDENTIFIER = r"[^\W\d_]\w*(?:-\w+)+"

# Tried in this order; the first kind that names something decides.
_LEADS = (
    re.compile(rf"(?<![\w-])(?:application|app|project)(?:=|: ?){_NAME}"),
    re.compile(rf"(?<![\w-])(?:application|app|project|service) (?P<name>{_IDENTIFIER})(?![\w-])"),
    *(re.compile(rf"(?<![\w-]){one_of(*lead)} {_NAME}") for lead in (_CALLED, _POWERING, ("for",))),
    re.compile(rf"^(?P<name>{_IDENTIFIER}): "),
    re.compile(rf"(?:^|[,;] )(?P<name>{_IDENTIFIER})(?=[,;.]|$)"),
    re.compile(rf"{COVER} as (?:the )?(?P<name>[^\W_][\w-]+)(?= (?:in|on|to|at|with|for)(?!\w)|[ ,.;!]*$|[,.;])"),
    re.compile(rf"(?<![\w-])to (?:the |our )?(?P<name>{_IDENTIFIER})(?![\w-])"),
)
# Their verbs are an operation's too, and taken by now: read from the whole text.
_WANTS = (
    r"(?:needs|requires|wants|gets|(?:should|must|shall|will|has to|is to|ought to) (?:use|run|get|have|be on|run on)"
    r"|(?:should|shall|must|will) be (?:running|served|powered|backed))(?!\w)"
)
_CHANGING = "(?:upgrad(?:e|ing)|updat(?:e|ing)|switch(?:ing)?|mov(?:e|ing)|migrat(?:e|ing)|giv(?:e|ing)|chang(?:e|ing))"
_SUBJECTS = (
    re.compile(rf"(?:^|[,.;:!?] |(?<!\w)that ){_DETERMINERS}(?P<name>{_NAME_WORD}{_NEXT}{{0,5}}) {_WANTS}"),
    re.compile(
        rf"(?<![\w-])(?:get|have|run|bring|point|let|put|keep) {_DETERMINERS}(?P<name>{_NAME_WORD}{_NEXT}{{0,3}}?)"
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
    re.compile(rf"(?<![\w-])available (?:to|for) {_DETERMINERS}(?P<name>{_NAME_WORD}{_NEXT}{{0,3}})"),
)
_OLD = (
    "(?:previous|last|old|older|earlier|former|prior|current|existing|whole|entire|running|good|stable|known|working)"
)
_PART_OF = (
    rf"(?:(?:the |its |[a-z]+'s )?(?:instance count|instances|replicas|capacity|number of [a-z]+|(?:{_OLD} )*"
    r"(?:version|deployment|release|change|update|config\w*|endpoint|model)) (?:of|for|on|to|from) )?"
)
_OBJECT = re.compile(
    rf"{COVER} {_PART_OF}(?:(?:the|our|my) )?(?:{_OLD} )*(?:endpoint )?(?P<name>{_NAME_WORD}{_NEXT}{{0,4}})"
)

_ALONE = re.compile(rf"(?<![\w./@-])(?P<name>{_IDENTIFIER})(?![\w-])")
_COMPOUND = re.compile(
    r"^(?:non|pre|post|re|self|co|well|all|end|up|out|on|e|so|long|short|year|month|quarter|week|day|cost|high|low"
    r"|two|one"
    r"|three|four|half|over|under)-|-(?:up|off|on|in|out|over|time|end|to|call|day|days|live|leak|related)$"
)
"""Words with a hyphen that name nothing."""
_ABOUT = re.compile(rf"(?<![\w-])(?:for|of|to|behind|app:) (?:the |our )?(?P<name>{_IDENTIFIER})(?![\w-])")
_ADDRESSED = re.compile(rf"(?<![\w-])(?:to|from|of) {_NAME}")
"""Where the verb has another object: "add two instances to search"."""

# A name ends before these.
_ENDS = words(
    "across after against alongside as asap at because before behind beside besides between beyond but by can",
    "cannot could don't due during each every for from have if in inside into is it keep needs no not now of on",
    "once or outside over per please running since so somewhere starting than thanks that then this through to",
    "today tomorrow tonight under unless until up use using via we when where which while who will with within",
    "without you",
)
# They say what kind of thing the name is of; "customer support use case" is customer-support.
_KINDS = ("use case", "use-case", "usecase", "application", "project", "workload", "endpoint", "deployment", "purposes")
_USE_CASE = re.compile(r" use[ -]?cases?(?!\w)")
_LOOSE_KINDS = ("app", "service")
"""Dropped only after a name that is one already: "chatbot-x app" is chatbot-x, "mobile app" stays."""
_NO_JOIN = words(
    "add also call check create do don't ensure give let make monitor not notify only ping put remember report run",
    "scale send set tell watch",
)
"""After "and" these begin another clause: "for search and notify me" is for search."""
_NO_NAMES = words(
    "a all another any anyone both business company deploying endpoints everybody everyone everything fun good",
    "hosting inference live model models ours production real requests running serving some somebody somewhere sure",
    "team test testing tests traffic usual whatever",
)
_NEVER_FIRST = words(
    "a again all an any anymore forever both every everything example free he i it me my myself now one our she",
    "that the them these",
    "they this us we whole entire you",
)
_HARMLESS_NO_NAMES = _NO_NAMES - words("a all another any both endpoints")
"""After "for" they say nothing: "for testing", "for everyone"."""
_MODES = words(
    "an async asynchronous asynchronously autoscaled autoscaling batch bypassing cheap dedicated distributed",
    "encrypted fast having high ignoring internal-only its keeping low max maximum min minimum multi-az multi-model",
    "my next offline only optimized our preemptible private public quantised quantized real-time realtime",
    "replicated reserved serverless sharded shared sharing skipping spot streaming synchronous the their",
    "unencrypted unquantized using your",
)
"""How something runs: after a name they are no part of it, and before these words of serving they are no name."""
_NO_PARTS = words(
    "always before canary firewall follows gateway indicated load nat needed possible planned proxy quickly required",
    "requested said shown soon stated such there usual vpc well",
)
"""Not what anything is for: "as usual", "behind a load balancer"."""
_SERVED = words("deployment hosting inference inferencing job jobs mode processing requests serving traffic transform")
_NOUNS = words("anomaly assembly embed family feed newsfeed speed supply")
"""They end as adverbs and participles do."""
_AFTER_IDENTIFIER = words(
    "agent analysis analytics and answers api app application assistant backend bidding bot chat chatbot classifier",
    "coach companion copilot dashboard demo deployment desk detection endpoint engine extraction feature flow",
    "forecaster forecasting forecasts frontend generation group guide helpdesk helper insights integration",
    "moderation page parsing pipeline planner platform portal prediction predictions predictor product project",
    "prototype queries questions queue ranking reader recommendations reporting review router scorer scoring search",
    "service shop site squad store summariser summarizer support system team tool translation triage tutor website",
    "widget workflow workload writer",
)
"""What may follow an identifier ("chatbot-x") within one name; any other word there is not of the name."""
_REQUESTERS = words("department folks group people squad team")
_TIMES = words(
    "afternoon day days evening hour hours minute minutes month months morning night quarter second seconds week",
    "q1 q2 q3 q4 quarters summer winter spring autumn christmas easter sprint weekend weeks year years",
)


def read_application(page: Page) -> Answer[str]:
    """Read the application of a deployment: "for customer support bot", "app=chatbot-x", "chatbot-x needs"."""
    for pattern in _LEADS:
        if (answer := _read(page, pattern)) != Answer():
            _set_requester_aside(page)
            return answer
    for pattern in _SUBJECTS:
        if (answer := _read(page, pattern, whole_text=True)) != Answer():
            return answer
    return Answer()


def read_object(page: Page) -> Answer[str]:
    """Read what an operation other than deploy is to act on: "pause the chatbot-x endpoint", "chatbot-x -> pause"."""
    alone = {match["name"] for match in _ALONE.finditer(page.rest) if not _COMPOUND.search(match["name"])}
    object_is_word = (found := _OBJECT.search(page.rest)) is None or "-" not in found["name"].split(" ")[0]
    if len(alone) == 1 and object_is_word:
        return _read(page, re.compile(rf"(?<![\w./@-])(?P<name>{re.escape(alone.pop())})(?![\w-])"))
    for pattern in (*_LEADS[:2], _OBJECT, *_LEADS[2:4], _ADDRESSED, _LEADS[4]):
        if (answer := _read(page, pattern)) != Answer():
            return answer
    return Answer()


def read_subject(page: Page) -> Answer[str]:
    """Read what a question is about, where it says a name that can be nothing else: "for treasury-chat"."""
    return _read(page, _ABOUT)


def _read(page: Page, pattern: re.Pattern[str], *, whole_text: bool = False) -> Answer[str]:
    """Read the names that a pattern leads to; from the whole text, only where no other reader took the name.

    Where identifiers ("chatbot-x") and words ("banks") are named, the identifiers are meant and the words left unread.
    """
    found: list[tuple[str, int, int, int]] = []
    position = 0
    while match := pattern.search(page.text if whole_text else page.rest, position):
        start = match.start("name")
        whole = _until_end(match["name"])
        name = _trimmed(whole)
        position = start + len(whole) if whole else match.start() + 1
        if name in _HARMLESS_NO_NAMES and not whole_text:
            page.cover(match.start(), position)
        if not _is_name(name) or COVER in page.rest[start:position]:
            continue
        if use_case := _USE_CASE.match(page.text, position):
            position = use_case.end()
        if slug(name) is None or len(name.split()) >= _MAX_WORDS:
            page.cover(start, position)
            return Answer(None, (_unfit(name),))
        found.append((name, start if whole_text else match.start(), start, position))
    identifiers = [one for one in found if re.search(r"\w-\w", one[0])]
    found = identifiers or found
    out = page.excluded([(lead, end) for _, lead, _, end in found])
    for _, lead, _, end in found:
        page.cover(lead, end)
    meant = [one for one, is_out in zip(found, out, strict=True) if not is_out]
    return settle("application", [written for name, *_ in meant if (written := slug(name))], None)


def _set_requester_aside(page: Page) -> None:
    """Take "the support team" of "the support team needs ...": once an application is named, it changes nothing."""
    for match in _SUBJECTS[0].finditer(page.text):
        if match["name"].split(" ")[-1] in _REQUESTERS:
            page.cover(*match.span("name"))


def _until_end(text: str) -> str:
    """Return the words up to one that ends a name. An "and" joins two words, not what follows an identifier."""
    kept = list(itertools.takewhile(lambda word: word not in _ENDS, text.split(" ")))
    identifier = False
    for position, word in enumerate(kept):
        follows = kept[position + 1 : position + 2]
        joins_nothing = word == "and" and (identifier or not follows or follows[0] in _NO_JOIN)
        if joins_nothing or (position and _is_mode(word)) or (identifier and word not in _AFTER_IDENTIFIER):
            return " ".join(kept[:position])
        identifier = identifier or re.search(r"[0-9]|\w{2,}-", word) is not None
    return " ".join(kept)


def _is_mode(word: str) -> bool:
    """Whether a word within a name says how instead of what: a mode, an adverb, a participle, or a new phrase."""
    return word in _MODES or (word.endswith(("ly", "ed")) and word not in _NOUNS)


def _trimmed(name: str) -> str:
    """Return the name without the words that say what kind of thing it is, and without a genitive."""
    for kind in _KINDS:
        name = name.removesuffix(kind).rstrip() if name == kind or name.endswith(f" {kind}") else name
    first, _, last = name.rpartition(" ")
    if last in _LOOSE_KINDS and re.search(r"[-0-9]", first):
        name = first
    return name.removesuffix("'s")


def _is_name(text: str) -> bool:
    parts = text.split()
    if not parts or text in _NO_NAMES or parts[0] in _NEVER_FIRST | _NO_PARTS or (_MODES | _SERVED).issuperset(parts):
        return False
    return not parts[0].isdigit() and parts[-1] not in _TIMES


def _unfit(name: str) -> Problem:
    question = f"'{shortened(name)}' does not make a short name: what is the application called?"
    return problem("ambiguous", "application", question, "for chatbot-x")
