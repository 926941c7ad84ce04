"""The words that say what is asked for: verbs by operation, wishes, question words. Tables only.

Entries are patterns in lower case with single spaces; `words.one_of` tries longer ones first.
"""

from lambdas.core.contracts.base import Operation
from lambdas.core.reading.words import words

_BACK_TO = (
    "back to (?:the |its |what |how )?(?:previous|last|old|earlier|former|prior|yesterday|version|release|one|model"
    "|config\\w*"
    "|it was|we had|monday|tuesday|wednesday|thursday|friday)"
)

VERBS: dict[Operation, tuple[str, ...]] = {
    "deploy": (
        "(?:re-?)?deploy", "deploying", "deployment of", "launch", "launching", "spin up", "spinning up", "stand up",
        "standing up", "roll out", "rolling out", "rollout", "set up", "setting up", "bring up", "bringing up",
        "fire up", "boot up", "bring online", "host", "hosting", "ship", "shipping", "provision", "provisioning",
        "release", "publish", "go live with", "install", "instantiate", "(?<!to )serve", "push out", "implement",
        "introduce", "spawn", "turn up", "kick off", "activate",
    ),
    "resume": (
        "resume", "un-?pause", "wake up", "wake", "turn on again", "turn back on", "switch back on", "bring back",
        "start again", "start back up", "reactivate", "re-?enable", "un-?freeze", "un-?suspend", "revive", "reopen",
    ),
    "pause": (
        "pause", "freeze", "suspend", "stop", "halt", "turn off", "switch off", "power off", "power down", "hibernate",
        "put on hold", "put to sleep", "idle", "deactivate", "park",
    ),
    "restart": (
        "re-?start", "re-?boot", "bounce", "recycle", "power-?cycle", "power cycle", "kick(?! off)", "re-?set",
        "re-?launch",
        "cycle", "refresh",
    ),
    "scale": (
        "scale(?: (?:up|down|out|in|back))?", "scaling", "resize", "upscale", "downscale", "rescale", "increase",
        "decrease", "reduce", "expand", "downsize", "upsize", "shrink", "double(?! check)", "halve", "triple", "bump",
        "grow", "raise", "lower",
    ),
    "retire": (
        "retire", "dismantle", "phase out", "turn down", "scrap", "delete", "remove", "tear down", "teardown",
        "decommission", "destroy", "un-?deploy", "shut down", "shutdown", "take down", "kill", "terminate",
        "get rid of", "sunset", "drop", "wipe", "clean up", "take offline", "bin", "nuke", "pull down", "discontinue",
        "spin down", "wind down", "spin it down",
    ),
    "rollback": (
        "roll back", "rollback", "roll-back", "rolling back", "revert", "undo", "go back to", "restore", "take back",
        "switch back to", "return to the (?:previous|last|old|earlier)", "back out", "put back", _BACK_TO,
    ),
}  # fmt: skip

PARTICIPLES: dict[Operation, tuple[str, ...]] = {
    "deploy": (
        "(?:re)?deployed", "launched", "hosted", "provisioned", "rolled out", "installed", "introduced", "set up",
        "stood up", "shipped", "brought up", "spun up", "released",
    ),
    "resume": ("resumed", "un-?paused", "woken(?: up)?", "reactivated", "brought back", "(?:turned|switched) back on"),
    "pause": ("paused", "stopped", "suspended", "halted", "turned off", "switched off", "frozen", "put on hold"),
    "restart": ("re-?started", "re-?booted", "bounced", "recycled", "reset"),
    "scale": ("scaled(?: (?:up|down|out|in))?", "resized", "doubled", "halved", "increased", "reduced"),
    "retire": (
        "retired", "deleted", "removed", "torn down", "decommissioned", "shut down", "killed", "terminated",
        "destroyed", "taken down", "scrapped", "thrown (?:away|out)", "dismantled", "phased out",
        "binned", "wiped", "wound down",
    ),
    "rollback": ("rolled back", "reverted", "undone", "restored"),
}  # fmt: skip
"""Behind "should be", "to be", "we want it": an order in the passive."""

_OLD_ONE = "(?:previous|last|old|older|earlier|former) (?:version|release|model|one|config\\w*)"
_ONE = "an? (?:[a-z]+ )?"
_CARRY_OUT = "give|do|perform|run|trigger|make|initiate|want|wants|need|needs|request|requesting|due for"
_NOUNS: tuple[tuple[Operation, str], ...] = (
    ("restart", f"{_ONE}(?:re-?start|re-?boot|bounce|kick|re-?set|refresh|power[- ]cycle)"),
    ("rollback", f"{_ONE}(?:roll-?back|roll back|revert|reversion)"),
    ("pause", f"{_ONE}(?:pause|break|rest)"),
    ("scale", f"{_ONE}(?:scale-?(?:up|down|out|in)|resize|bump)"),
    ("retire", f"{_ONE}(?:decommission(?:ing)?|tear-?down|shut-?down|removal|deletion)"),
)
SPLIT_VERBS: tuple[tuple[Operation, str, str], ...] = (
    ("restart", "turn|switch", "off and (?:back )?on(?: again)?"),
    ("rollback", "return|reset|set", "to (?:the |its )?(?:previous|last|old|earlier|former|prior)"),
    ("rollback", "take|put|bring|move|switch|go", _BACK_TO),
    ("rollback", "have|get|want|need|like|give|put", f"{_OLD_ONE} back"),
    ("resume", "turn|switch|bring|start|get|wake", "back on|back up|on again|up again|again|back online|back to life"),
    ("resume", "wake", "up(?: again)?"),
    ("pause", "turn|switch", "off"),
    ("pause", "put", "on hold|to sleep"),
    ("retire", "clean", "up"),
    ("retire", "tear|take|shut|bring|pull|spin", "down|offline"),
    ("rollback", "roll|take|bring|put", "back(?! up| on| online)"),
    *((operation, _CARRY_OUT, noun) for operation, noun in _NOUNS),
    ("scale", "add|adding|remove|removing|give|drop", "(?:more|extra|additional|fewer) (?:instances|nodes|replicas)"),
    (
        "deploy",
        "put|putting|take|go|make|bring|push|get|getting|set|see|have|want|need",
        "live|online|into service|into operation",
    ),
    (
        "deploy",
        "get|getting|have|bring|bringing|need|needs|want|wants|like|see|keep",
        "up and running|running|deployed|hosted|up|available|served|going|launched|provisioned|in place|set up",
    ),
    ("deploy", "spin|stand|fire|boot|set|bring", "up"),
    ("deploy", "roll|push", "out"),
    ("deploy", "make", "available"),
    ("deploy", "flip|cut|switch", "over"),
)
"""Two halves with words between them: "get llama 3.1 running", "tear the endpoint down"."""

MOVING_VERBS = (
    "put", "get", "push", "move", "promote", "place", "drop", "run", "start", "stick", "throw", "pop", "flip",
)  # fmt: skip
"""With a place they ask for a deployment even where what should run is missing: "put it in staging"."""

WISHES = (
    "would love", "(?:i|we)'d (?:love|like|need|want)", "need", "needs", "needed", "needing", "want", "wants",
    "wanted", "wanna", "would like", "require", "requires", "required", "requesting", "requests?(?= (?:for|an?"
    "|the|its|this|that|your|our) )",
    "should (?:use|run|get|have|go|be on|be running)", "must(?: (?:use|run|go))?", "shall (?:use|run|go)", "comes up",
    "wanting", "needing", "wishing for", "hoping (?:for|to)", "in need of", "grateful for", "obliged (?:for|if)",
    "happy (?:with|to (?:get|have|see))", "keen (?:on|to)", "could use", "could do with", "after an?", "time for",
    "goes (?:to|into|in|live)", "gets", "belongs?(?= (?:in|on|to))", "looking for", "asking for", "our ask",
    "has to (?:run|go|be)",
)  # fmt: skip
"""They ask for a deployment wherever something deployable is named."""

WEAK_DEPLOY = (
    "give me", "give us", "give", "run", "start", "start up", "create", "use", "try", "put", "get", "push", "move",
    "promote", "upgrade", "update", "switch to", "switch", "add", "build", "make", "prepare", "bring", "replace",
    "swap", "swap out", "place", "drop", "stick", "throw", "pop", "enable", "activate", "expose", "offer", "arrange",
    "take", "flip", "go with", "have", "stage", "migrate", "exchange", "change",
)  # fmt: skip
"""They do so as orders: "use llama", and not as a statement: "we use llama"."""

QUESTION_STARTS = (
    "what(?! (?:i|we)(?:'[a-z]+| would| will| really| now)* (?:need|want|like|require|ask))", "what's", "whats",
    "which", "how", "how's", "why", "when(?! (?:you|we|i|it|the|they|that|this)(?!\\w))", "who",
    "where", "is", "are", "was", "were",
    "does", "do (?:we|you|they|i|the|any|our|these|those|all|both)", "did", "has", "have (?:we|you)", "am", "show",
    "list", "describe", "explain", "discuss", "brainstorm", "debate",
    "tell", "status", "compare", "check", "summari[sz]e", "report", "anyone", "anybody",
    "any (?:idea|news|update|word)", "translate", "write", "rewrite", "compose", "draw", "imagine", "pretend",
    "proofread",
)  # fmt: skip
MODAL_STARTS = ("should", "shall", "may", "will", "can", "could", "would")
"""They begin a question only where a question mark ends it: "should stay below $20" is none."""
QUESTION_PHRASES = (
    "need to know", "want to know", "like to know", "wondering", "tell me", "whether", "status of", "what is",
    "what's", "how much", "how many", "how do", "explain", "any idea",
    "(?:see|find out|list|view|figure out) (?:which|what|whether|who|where|when|why|how (?:long|often|much|many|far))",
)  # fmt: skip
TAGS = "ok|okay|right|please|thanks|alright|cool|yes|possible|good|fine|agreed|deal"
"""A question of these alone behind an order asks nothing: "..., ok?"."""
MUSINGS = (
    "thinking (?:about|of)", "considering", "toying with", "contemplating", "debating", "evaluating",
    "wondering (?:about|if)",
    "thought (?:about|of)", "talking about", "discussing", "dreaming of",
)  # fmt: skip
"""Before a verb: somebody has it in mind, and asks for nothing yet."""
AGAIN = (
    "(?:the )?same (?:thing|one|model|llm|again|procedure|setup|deal|as (?:last time|before|always|usual|ever"
    "|yesterday))",
    "like (?:last time|before|always)", "(?:as|the) usual", "once more", "one more time",
    "you know (?:the drill|what to do)",
)  # fmt: skip
"""They ask for something without saying what."""
PREDICATES = (
    "should be", "must be", "shall be", "will be", "has to be", "needs to be", "ought to be", "is to be", "is enough",
    "is plenty", "is sufficient", "is fine", "will do", "suffices", "is the (?:ceiling|cap|limit|maximum|max|budget|app"
    "|application|model|one|env|environment|place|target)", "is needed", "is wanted", "is required", "is due", "is on",
)  # fmt: skip
"""They say what is wanted, although "is" tells of something elsewhere."""
STATEMENT_VERBS = (
    "is", "are", "was", "were", "isn't", "has", "have", "had", "be", "been", "being", "does", "did", "runs", "ran",
    "deployed", "works", "failed", "fails", "beats", "says", "went", "crashed", "hangs", "keeps", "seems",
)  # fmt: skip
"""In a clause without a command they tell of something that exists."""
NOUN_MARKS = (
    "the", "a", "an", "this", "that", "our", "my", "your", "their", "its", "last", "previous", "next", "first",
    "code", "change", "(?!let's)[a-z]+'s", "scheduled", "quarter-end", "year-end", "recent", "latest", "new", "every",
    "no",
    "any", "upcoming", "feature", "product",
)  # fmt: skip
"""Before these a verb is a noun: "the release of chatbot-x", "the quarter-end freeze"."""
_TO_DO = words(
    "add bounce bring decommission delete deploy give halt host increase kill launch move park pause promote push",
    "put reactivate reboot recycle reduce release remove resize restart restore resume retire revert roll run",
    "scale set shut spin stand start stop suspend switch take tear terminate turn unpause wake",
)
_DOUBLED = words("put run set shut spin stop")


def _doing(verb: str) -> str:
    return (verb + verb[-1] if verb in _DOUBLED else verb.removesuffix("e")) + "ing"


GERUNDS = {_doing(verb): verb for verb in sorted(_TO_DO)}
"""Behind "would you mind" a verb stands so: "pausing" for "pause"."""
