"""What no reader took: all of it is shown to people, and what may change the plan is asked about.

Background, signatures, reasons, references, claims and orders that no intent can give change nothing: the plan is made
of what the readers read, and of nothing else. Asked about is what this room lists: things of a deployment that no
reader reads, conditions and hours that bind the command, choices left open, exclusions of something unread, figures
in a plan's units, and addresses where a role, a model or an image is said.
"""

import re
import textwrap
from collections.abc import Iterator

from lambdas.core.contracts.reading import Problem
from lambdas.core.reading.page import COVER, TYPE_MARK, WILDCARD, Page, problem, shortened
from lambdas.core.reading.words import one_of, words

_MAX_SHOWN = 40
_MAX_CHARACTERS = 60
_MAX_QUOTED = 6
_MAX_BACKGROUND = 160
_EDGE, _END = r"(?<![\w-])", r"(?![\w-])"

_SILENT = words(
    "a about again all also am an and app application are as at b be been but by can container could did do does",
    "endpoint env environment for from get give go had has have he her here him his how i i'd i'll i'm i've if in",
    "instance instances into is it it's its let like many me model models more much my need no not now of off on",
    "one onto or our out over per please run service she should so some such than that that's the their them then",
    "there these they they're this those through to too up us use used using very via want was we we'd we'll",
    "we're we've were what when where which while who will with would you you're your yours",
)
"""Words that say nothing alone; where an unread phrase holds no other, it is not shown."""

_THINGS = (
    r"spot(?= (?:instances?|fleet|pricing|capacity|nodes?)|$|[ ,.;]*$)|(?:on|use|using|with) spot",
    r"vpcs?", r"subnets?", r"security groups?", r"auto-?scal\w*", r"[ahlv](?:4|10|40s?|100|200)s?", r"t4s?",
    r"(?:the |an? )?(?:iam|execution) roles?",
    r"(?:using|use|with|under|as) (?:the |an? |my |our )?roles?(?: [\w/-]+)?",
    r"tag(?:s|ged)?(?: (?:it |them )?(?:as |with )?[\w=:-]+)?", r"kms", r"(?:un)?encrypt\w*",
    r"(?:un)?quanti[sz]ed|quanti[sz]ation", r"(?:fp|bf|int)[0-9]+", r"awq|gptq", r"loras?", r"adapters?",
    r"(?:our |my |a |the )?(?:own |custom |fine-?tuned)(?: (?:weights|model|version))?|fine-?tuning",
    r"serverless", r"async\w*", r"batch[ -](?:transform|inference|job)s?", r"(?:on |at )?ports? [0-9]+",
    r"public(?:ly)?", r"private(?:ly)?", r"internal-only", r"multi-(?:model|az|region|container|tenant)\w*",
    r"(?:behind (?:an? )?)?load balanc\w+", r"(?:behind (?:an? )?)?(?:api gateway|gateway|proxy|firewall)",
    r"(?:low|lower|high|higher|max|maximum|min|minimum) (?:latency|throughput|concurrency|memory)",
    r"(?:old|older|previous|earlier|other) (?:version|release|weights|revision|checkpoint)",
    r"(?:in |on |to )?(?:every|each|all|both|any) (?:environments?|envs?|regions?|stages?|accounts?)",
    r"(?:without |no )?(?:data|model) (?:capture|monitor\w*)", r"monitoring",
    r"context (?:length|window|size)(?: (?:of )?[0-9]+k?)?", r"delete-protect\w*",
    r"(?:all|any|every|each) (?:of )?"
    r"(?:the |our )?(?:models|applications|apps|endpoints)",
    r"(?:in|to|on|into) (?:the |our |an? )?[\w-]+ (?:env|environment)",
)  # fmt: skip
"""Things of a deployment that no reader reads: named anywhere, they may be meant for the plan."""
_CONDITIONS = (
    "if", "unless", "until", "till", "(?<!at )once", "when", "whenever", "after", "provided", "as long as",
    "wait (?:for|until|till)", "pending", "subject to", "as soon as", "in case",
    "only when", "assuming", "depending on", "otherwise",
)  # fmt: skip
_HOURS = (
    "(?<!by )(?<!before )(?<!until )(?<!on call )(?<!on duty )(?:tomorrow|tonight)",
    "(?:on|next|from|starting|this) (?:mon|tues|wednes|thurs|fri|satur|sun)day",
    "next (?:week|month|quarter|sprint)", "at (?:noon|midnight|[0-9]{1,2}(?::[0-9]{2})? ?(?:am|pm|h|o'clock|utc|cet))",
    "at [0-9]{1,2}:[0-9]{2}", "(?:in|for) (?:[0-9]{1,3}|an?|two|three|a few) (?:minute|hour|day|week|month|year)s?",
    "(?:on|over|during|at) (?:the )?weekends?", "every (?:day|night|morning|week|hour)",
    "outside (?:of )?(?:business|office) hours",
    "later(?: today| on| this week)?(?= *(?:[.,;!?]|$))",
)  # fmt: skip
_OPEN = (
    "maybe", "perhaps", "dunno", "unsure", "undecided", "either", "whichever",
    "whatever (?:you|u) (?:prefer|like|want|think|choose|pick|decide|have)", "up to you",
    "(?:you|u) (?:choose|decide|pick)", "your (?:choice|call|pick)", "or was it", "(?:you|u) know which",
    "(?:not sure|don't know|dont know|no idea|can't (?:tell|decide|remember)|cannot (?:tell|decide)|forgot)"
    "(?: (?:yet|anymore|any more|exactly))?(?= (?:if|whether|which|what|how many|how much)|[.,;!?]|$)",
    "(?:has|have) not (?:yet )?decided|(?:hasn't|haven't) decided", "let me (?:ask|check)",
    "to be (?:decided|confirmed)",
    "tb[dc]", "(?:something|anything|sth|model) (?:like|similar to|comparable to)", "similar to", "comparable to",
    "same (?:instance(?: type)?|size|budget|count|machines?) as",
)  # fmt: skip
_EXCEPT = (
    "(?:except(?: for)?|excluding|other than|but not|rather than|instead of|in place of|anything but)"
    "|not (?:in|on|to|with|for|the|this|that)"
)
_NOTHING_MEANT = r"(?: (?:the |a )?(?:cent|penny|rush|usual|problem|time|moment|case|end)(?!\w))"
# What stands where a count would: "on Infinity instances", "with n nodes", "on 1e3 replicas".
_FLEET = re.compile(
    r"(?:(?<![\w-])(?:on|with|across|over|using|to|of|x) |(?<=[,;] ))(?!(?:all|any|the|our|my|its|their|these|those"
    r"|existing|new|your|same"
    r"|dedicated|separate|identical|own|shared|standard|default|normal|usual|spare|free|current|running|aws|sagemaker"
    r"|ml|nvidia|inference|cloud|ec2|test)(?!\w))[\w.~+^*/-]+ (?:instances?|nodes?|replicas?|copies)(?![\w-])"
)
_FIGURE = (
    r"(?:[0-9][0-9.,]{0,11}|one|two|three|four|five|six|seven|eight|nine|ten|twelve|sixteen|twenty|fifty|hundred) ?-?"
)
_UNITS = r"(?:%|percent|vcpus?|cores?|gi?b|tb|tokens?|rps|qps|tps|requests? (?:per|a)|k context)(?!\w)"

_THING = re.compile(rf"{_EDGE}{one_of(*_THINGS)}{_END}")
# Read off the whole text: the reader of counts takes "2 large instances", but a size in words is no instance type.
_SIZE = re.compile(
    r"(?<![\w.-])(?:gpu|cpu|big|bigger|small|smaller|large|larger|cheap|cheaper|cheapest|fast|faster|fastest|beefy)"
    r" (?:instances?|nodes?|machines?|servers?|box|boxes|hosts?|vms?|gpus?)(?![\w-])"
    r"|(?<![\w.-])(?:an?|one|two|three|four|[0-9]{1,3}|on|using|with|type|size) (?:[0-9]{0,2}xlarge"
    r"|[0-9]{0,2}xl)(?![\w-])"
    r"|(?<![\w-])on an? (?:small|medium|large)(?=[,.;!]|$)"
)
_GPU = re.compile(
    rf"{_EDGE}(?:{_FIGURE})?(?:gpus?|accelerators?|cpus?){_END}(?! (?:requests?|tickets?|team"
    rf"|quota)(?!\w))"
)
_ALTERNATIVE = re.compile(
    rf"(?<=[{COVER}{TYPE_MARK}])[ ,]{{0,2}}or (?!so(?![a-z]))(?:[\w.-]+ ?){{1,3}}"
    rf"|(?<![\w.-])[\w.-]+ or (?:in |on |to |the |an? ){{0,2}}(?=[{COVER}{TYPE_MARK}])"
)
_BINDING = (
    re.compile(rf"{_EDGE}{one_of(*_CONDITIONS)}(?: [\w'-]+){{1,3}}"),
    re.compile(rf"{_EDGE}{one_of(*_HOURS)}{_END}"),
    re.compile(rf"{_EDGE}(?:{_EXCEPT})(?!{_NOTHING_MEANT})(?: [\w'-]+){{1,3}}"),
    re.compile(rf"(?<![\w.$-]){_FIGURE}{_UNITS}"),
    re.compile(r"(?:half an? )?(?<![\w-])(?:dollars?|bucks|cents?|usd|euros?|eur|gbp)(?![\w-])|[$€£]"),
    _ALTERNATIVE,
)
_UNDECIDED = re.compile(rf"{_EDGE}{one_of(*_OPEN)}{_END}")
_TOLD = re.compile(
    r"(?<![\w-])(?:is|are|was|were|has|had|starts?|begins?|comes?|needs?|launch|deadline|demo|workshop|hackathon"
    r"|presentation|training|trial|pilot|audit|(?:load|stress|smoke|beta|user|acceptance|penetration) test(?:s|ing)?"
    r"|(?:go|goes|going|went) live)(?![\w-])"
)
# Conditions and hours that a clause tells of: what happened before, why, for whose sake, or about somebody else.
_BACKGROUND = re.compile(
    r"(?<![\w-])(?:(?:because|since|so that|so as to)(?![\w-])|(?:which|who|whose|whom)(?![\w-])"
    r"(?![^.;!?]*(?<![\w-])(?:should|must|may|only|not)(?![\w-]))|(?:was|were|had|used"
    r"|(?:we|i|they|it) (?!need|want|ask|plann)\w+ed|isn't|aren't|wasn't"
    r"|ran)(?![\w-])"
    r"|(?:has|have|it's|we've|they've) (?:\w+ly )?(?:been|done|gone|run|\w+ed)(?![\w-]))"
    r"(?:(?! (?:and|so|but|then) )[^,.;:!?]|[.,:](?=[0-9]))*$"
)
_SO_FAR = re.compile(
    r"after (?:an?|one|two|three|four|six|several|some|many|a few|[0-9]{1,3}) (?:days?|weeks?|months?|years?"
    r"|tests?|trials?)"
    r" (?:in|of|on|with) [^,.;!?]{1,60}, |"
    r"(?:until|till) (?:now|then|today|recently|yesterday|last)(?![\w-])|after (?:since|that)(?![\w-])"
    r"|after (?:yesterday|last|this morning|today's|(?:our|the|my|your) (?:[\w-]+ )?(?:call|chat|talk|discussion"
    r"|incidents?|outage"
    r"|feedback|complaints?|crash|conversation|e-?mail))(?![\w-])"
)
# How it came to the request, "after comparing a few candidates we settled on ...", or the request itself.
_CAME_TO = re.compile(
    r"when(?:ever)? you (?:take|deploy|roll|put|push|launch|release|ship|promote|bring|move|switch|spin|stand"
    r"|host)(?!\w)|after (?:[\w-]+ ){1,8}?(?:we|i|they|everyone|(?:the|our) \w+) (?:have |has |finally "
    r"|all ){0,2}(?:settled|chose"
    r"|chosen|decided|picked|agreed|concluded|found|opted|went|came|selected|learn(?:ed|t)|reali[sz]ed|noticed|saw"
    r"|voted)(?![\w-])"
)
# Orders that no intent can give: the role that they name is no part of the plan ("open the IAM role to everyone").
_POWERLESS = re.compile(
    r"(?<![\w-])(?:(?:widen|broaden|loosen|relax|open(?: up)?|weaken|escalate)"
    r"|(?:attach|give|grant|add) (?:[\w*-]+ ){0,3}(?:rights|permissions?|access|powers?|privileges?|polic(?:y|ies)))"
    r"(?: [\w*-]+){0,3} $"
)
_MAX_ORDER = 60
_SHIFTING = re.compile(r"(?<![\w-])(?:canary|linear(?:ly)?|rolling|shift\w*|traffic|gradual(?:ly)?)(?![\w-])")
# Where a role, a model, an image or data is said: an address there is meant for the plan.
_SLOT = re.compile(
    r"(?<![\w-])(?:role|model|endpoint|image|container|weights|bucket|key|deploy|run|host|serve|from|using|use|with"
    r"|load"
    r"|to|on|as|for|app|application|behind|in|any|all|every|by)(?: (?:the|this|that|an?|name|arn|is|at|in|of|from|="
    r"|:)){0,3}[ :=]*$"
)
# Where an application is said, whatever stands there is no comment: "for $(reboot)".
_APPLICATION_SLOT = re.compile(
    r"(?<![\w-])(?:for|behind|app|application|project|powering|called|named)(?: (?:the|our|my|app"
    r"|application)){0,2}[ :=]*$"
)
_ADDRESS = re.compile(r"^arn:|^(?:https?|s3|gs|ftp|file)://|\.amazonaws\.com|\.dkr\.ecr\.|^[\w.-]+\.[a-z]{2,6}/")


def unread(page: Page) -> tuple[str, ...]:
    """Return what no reader took, in the text's order and whole: phrases without those that say nothing alone."""
    phrases: list[str] = []
    for phrase in re.split(rf"[{COVER}{TYPE_MARK}]+|[.,;:!?](?= |$)", page.rest):
        said = [word.strip(" .,;:!?/|+=-") for word in phrase.split()]
        if any(word and word not in _SILENT and re.search(r"\w", word) for word in said):
            phrases += textwrap.wrap(phrase.strip(" ,;:-"), _MAX_CHARACTERS)
    return tuple(dict.fromkeys(shortened(one, _MAX_CHARACTERS) for one in (*phrases, *page.fragments)))[:_MAX_SHOWN]


def concerns(page: Page) -> tuple[Problem, ...]:
    """Return the question about everything unread that may change the plan, or nothing."""
    found = sorted(_found(page))
    if not found:
        return ()
    quoted = list(dict.fromkeys(shortened(said, 40) for _, said in found))
    listed = ", ".join(f"'{said}'" for said in quoted[:_MAX_QUOTED])
    more = f" and {len(quoted) - _MAX_QUOTED} more" if len(quoted) > _MAX_QUOTED else ""
    question = f"Not understood, and it may change the plan: {listed}{more}. Can it be left out, or said otherwise?"
    return (problem("not_understood", "text", question),)


def _found(page: Page) -> Iterator[tuple[int, str]]:
    for match in _unread_things(page):
        yield _quoted(page, match.start(), match.end())
    for start, end in page.commands():
        for pattern in _BINDING:
            for match in pattern.finditer(page.rest, start, end):
                if pattern not in _BINDING[:2] or not _is_background(page, match, hour=pattern is _BINDING[1]):
                    yield _quoted(page, match.start(), match.end())
    for address, before in page.addresses:
        named = _ADDRESS.search(address) or WILDCARD.search(address.strip(".,;:!?"))
        said = page.text[:before].rstrip(f"{COVER} ") + " "
        if (named and _SLOT.search(said)) or _APPLICATION_SLOT.search(said):
            yield before, address


def _unread_things(page: Page) -> Iterator[re.Match[str]]:
    """Find what may be meant for the plan wherever it stands: things, open choices, hardware and fleets."""
    for match in (*_THING.finditer(page.rest), *_UNDECIDED.finditer(page.rest)):
        order = _POWERLESS.search(page.text, max(0, match.start() - _MAX_ORDER), match.start())
        if not (order and "role" in match.group()):
            yield match
    if not page.typed and TYPE_MARK not in page.rest:
        yield from (*_GPU.finditer(page.rest), *_SIZE.finditer(page.text))
    yield from _FLEET.finditer(page.rest)


def _is_background(page: Page, found: re.Match[str], *, hour: bool) -> bool:
    """Whether a condition or an hour binds nothing: it tells why, what was before, or how traffic is paced."""
    if hour and (_is_told(page, found) or _is_pace(page, found)):
        return True
    told = _BACKGROUND.search(page.text, max(0, found.start() - _MAX_BACKGROUND), found.start())
    return (told is not None and (hour or not any(told.start() < at for at in page.named if at < found.start()))) or (
        (_SO_FAR.match(page.text, found.start()) or _CAME_TO.match(page.text, found.start())) is not None
    )


def _is_told(page: Page, hour: re.Match[str]) -> bool:
    """Whether an hour belongs to a clause that tells something: "the demo is tomorrow"."""
    clause = max(page.rest.rfind(mark, 0, hour.start()) for mark in ",.;:!?") + 1
    return _TOLD.search(page.rest, clause, hour.start()) is not None


def _is_pace(page: Page, hour: re.Match[str]) -> bool:
    """Whether minutes are those of a traffic shift: "a canary for 15 minutes"."""
    return "minute" in hour.group() and _SHIFTING.search(page.text) is not None


def _quoted(page: Page, start: int, end: int) -> tuple[int, str]:
    return start, page.text[start:end].replace(COVER, " ").strip(" ,")
