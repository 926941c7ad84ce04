"""What is asked for: deploy, another operation, or a question. Verbs are tables; the order of judgement is code."""

import re
from collections.abc import Iterable

from lambdas.core.contracts.base import Operation
from lambdas.core.contracts.reading import Problem
from lambdas.core.reading.page import COVER, Page, problem

# Openers that are polite, not questions; taken before anything else is judged.
POLITE_OPENERS = (
    r"(?:can|could|would|will) (?:you|we|i|someone|somebody|one of you)(?: guys| all)?|how about|what about|why don't (?:you|we)|why not"
    r"|(?:is|would|will) it (?:be )?possible to|is there (?:a|any) (?:way|chance) (?:to|you (?:can|could)|we (?:can|could))"
    r"|do you (?:think|mind)|are you able to|would you mind|it would be (?:great|nice|good|lovely) (?:if you (?:could|can)|to)"
    r"|may (?:i|we)|shall we|let's|let us|feel free to|go ahead and|i was wondering if you could"
)
_NOT_NAMED = r"(?<!for )(?<!for the )(?<!for our )(?<!for a )(?<!for my )"
_EDGE, _END = rf"(?<![\w-]){_NOT_NAMED}", r"(?![\w-])"

VERBS: dict[Operation, tuple[str, ...]] = {
    "deploy": (
        "deploy", "deploying", "redeploy", "launch", "launching", "spin up", "spinning up", "stand up", "standing up",
        "roll out", "rolling out", "rollout", "set up", "setting up", "bring up", "bringing up", "fire up", "boot up",
        "bring online", "host", "hosting", "ship", "shipping", "provision", "provisioning", "release", "publish",
        "go live with", "install", "instantiate", "(?<!to )serve", "push out",
    ),
    "resume": (
        "resume", "unpause", "wake up", "turn on again", "turn back on", "switch back on", "bring back", "start again",
        "start back up", "reactivate", "unfreeze",
    ),
    "pause": ("pause", "suspend", "stop", "halt", "turn off", "switch off", "hibernate", "put on hold", "put to sleep"),
    "restart": ("restart", "reboot", "bounce", "recycle"),
    "scale": (
        "scale", "scale up", "scale down", "scale out", "scale in", "scaling", "resize", "add instances",
        "add more instances", "upscale", "downscale", "rescale",
    ),
    "retire": (
        "retire", "delete", "remove", "tear down", "teardown", "decommission", "destroy", "undeploy", "shut down",
        "take down", "kill", "terminate", "get rid of", "sunset", "drop", "wipe", "clean up",
    ),
    "rollback": (
        "roll back", "rollback", "rolling back", "revert", "undo", "go back to", "restore", "take back",
    ),
}  # fmt: skip
# Words may stand between these halves: "get llama 3.1 running", "tear the endpoint down".
SPLIT_VERBS: dict[Operation, tuple[tuple[str, str], ...]] = {
    "deploy": (
        ("put|putting|take|go|make|bring|push|get|getting|set", "live|online|into service|into operation"),
        ("get|getting|have|bring|bringing|need|needs|want|wants|like|see|keep",
         "up and running|running|deployed|hosted|up|available|served|going|launched|provisioned|in place|set up"),
        ("spin|stand|bring|fire|boot|set", "up"),
        ("roll|push", "out"),
        ("make", "available"),
    ),
    "resume": (("turn|switch|bring|start", "back on|back up|on again|again|back online"),),
    "pause": (("turn|switch", "off"), ("put", "on hold|to sleep")),
    "retire": (("tear|take|shut|bring", "down"),),
    "rollback": (("roll|take|bring|put", "back"),),
    "restart": (("turn", "off and on again|off and on"),),
}  # fmt: skip
# They ask for a deployment only where something deployable is named.
WEAK_DEPLOY = (
    r"need|needs|want|wants|would like|i'd like|we'd like|require|requires|give me|give us|give|run|start|start up"
    r"|create|use|try|put|get|push|move|promote|upgrade|update|switch to|switch|add|build|make|prepare|bring|deployment of"
)
_DEPLOYABLE = re.compile(r"(?<![\w-])(?:models?|llms?|nims?|endpoints?)(?![\w-])")
# SageMaker takes a failed change back by itself: asking for that is no operation of its own.
_OWN_ROLLBACK = re.compile(
    rf"{_EDGE}(?:(?:with |and |enable )?(?:automatic|auto|automated)[- ]?(?:roll ?back)s?(?: enabled| on alarms?| on failure)?"
    r"|(?:and )?(?:automatically )?(?:roll (?:it )?back|rollback|revert)(?: automatically)? (?:if|when|on|in case)"
    rf" (?:it |it's |anything |something |of |an |any |the )?(?:alarms?|fails?|failure|failures|errors?|breaks|goes wrong|unhealthy)"
    rf"(?: fires?| goes off| trips?)?){_END}"
)
_QUESTION = re.compile(
    rf"^[{COVER} ,.!:;-]*(?:so |and |but )?"
    r"(?:what|what's|which|how|how's|why|when|who|where|is|are|was|were|does|do|did|has|should|have (?:we|you)|am"
    r"|show|list|describe|explain|tell|status|compare|check|summari[sz]e|report)(?![\w-])"
    r"|(?<![\w-])(?:need to know|want to know|like to know|wondering|tell me|whether|status of|what is|what's|how much"
    r"|how many|how do|explain)(?![\w-])"
)
_STATEMENT = re.compile(
    r"(?<![\w-])(?:is|are|was|were|isn't|has|have|had|be|been|being|does|did|runs|running|ran|deployed|hosted|served"
    r"|works|working|failed|fails)(?![\w-])"
)


def _any_of(phrases: Iterable[str]) -> str:
    return "|".join(sorted(phrases, key=len, reverse=True))


_VERBS = re.compile(
    _EDGE + "(?:" + "|".join(f"(?P<{operation}>{_any_of(words)})" for operation, words in VERBS.items()) + ")" + _END
)
_SPLIT = tuple(
    (operation, re.compile(rf"{_EDGE}(?P<first>{first}){_END}[^.;!?]{{1,100}}?(?<![\w-])(?P<second>{second}){_END}"))
    for operation, pairs in SPLIT_VERBS.items()
    for first, second in pairs
)
_WEAK = re.compile(rf"{_EDGE}(?:{WEAK_DEPLOY}){_END}")
_NEGATED = re.compile(
    r"(?:(?<![\w-])(?:not|never|don't|dont|doesn't|won't|cannot|can't|no|without|stop|avoid)(?: (?:please|ever|yet|to|just|actually))*) $"
)


def read_operation(page: Page, *, names_model: bool) -> tuple[Operation | None, tuple[Problem, ...]]:
    """Read what is asked for. None: no verb says it; the caller decides from what else the text holds."""
    page.take(_OWN_ROLLBACK)
    if _QUESTION.search(page.rest):
        return "question", ()
    found = [*_split_verbs(page), *_plain_verbs(page)]
    weak = [match for match in _WEAK.finditer(page.rest) if not _is_negated(page, match.start())]
    if not found and weak and (names_model or _DEPLOYABLE.search(page.rest)):
        found = ["deploy"]
    if "deploy" in found:
        for match in weak:
            page.cover(*match.span())
    if not found:
        return ("question" if page.text.endswith("?") else None), ()
    return _settled(found)


def states_something(page: Page) -> bool:
    """Whether a text without a verb of command has one that tells ("is running"): then it asks for nothing."""
    return page.text.endswith("?") or _STATEMENT.search(page.text) is not None


def _settled(found: list[Operation]) -> tuple[Operation | None, tuple[Problem, ...]]:
    distinct = list(dict.fromkeys(found))
    if "deploy" in distinct and "scale" in distinct:
        distinct.remove("scale")
    if len(distinct) == 1:
        return distinct[0], ()
    asked = " and to ".join(distinct[:3])
    question = f"The text asks to {asked}: one intent does one thing; which one?"
    first: Operation = "deploy" if "deploy" in distinct else distinct[0]
    return first, (problem("contradiction", "operation", question, *distinct[:3]),)


def _plain_verbs(page: Page) -> list[Operation]:
    found: list[Operation] = []
    for match in _VERBS.finditer(page.rest):
        if not _is_negated(page, match.start()):
            page.cover(*match.span())
            found.extend(operation for operation in VERBS if match[operation])
    return found


def _split_verbs(page: Page) -> list[Operation]:
    found: list[Operation] = []
    for operation, pattern in _SPLIT:
        for match in pattern.finditer(page.rest):
            if not _is_negated(page, match.start()):
                page.cover(*match.span("first"))
                page.cover(*match.span("second"))
                found.append(operation)
    return found


def _is_negated(page: Page, start: int) -> bool:
    return _NEGATED.search(page.rest, max(0, start - 40), start) is not None
