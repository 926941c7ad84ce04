"""The words that say what is asked for: verbs by operation, polite openers, question words. Tables only.

Entries are patterns in lower case with single spaces; `words.one_of` tries longer ones first.
"""

from lambdas.core.contracts.base import Operation

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
    "pause": (
        "pause", "freeze", "suspend", "stop", "halt", "turn off", "switch off", "hibernate", "put on hold",
        "put to sleep",
    ),
    "restart": ("restart", "reboot", "bounce", "recycle", "power-cycle", "power cycle", "kick", "reset", "relaunch"),
    "scale": (
        "scale", "scale up", "scale down", "scale out", "scale in", "scaling", "resize", "add instances",
        "add more instances", "upscale", "downscale", "rescale", "increase", "decrease", "reduce", "expand",
        "downsize", "upsize", "shrink", "double", "halve", "triple",
    ),
    "retire": (
        "retire", "dismantle", "phase out", "turn down", "scrap", "delete", "remove", "tear down", "teardown",
        "decommission", "destroy", "undeploy", "shut down",
        "take down", "kill", "terminate", "get rid of", "sunset", "drop", "wipe", "clean up",
    ),
    "rollback": (
        "roll back", "rollback", "rolling back", "revert", "undo", "go back to", "restore", "take back",
        "switch back to", "return to the (?:previous|last|old|earlier)", "back out", "put back",
    ),
}  # fmt: skip

SPLIT_VERBS: tuple[tuple[Operation, str, str], ...] = (
    ("restart", "turn", "off and on again|off and on"),
    ("rollback", "take|put|bring|move|switch|go", "back to (?:the |its )?(?:previous|last|old|earlier|former|prior)"),
    ("resume", "turn|switch|bring|start|get", "back on|back up|on again|again|back online|back to life"),
    ("pause", "turn|switch", "off"),
    ("pause", "put", "on hold|to sleep"),
    ("retire", "tear|take|shut|bring", "down"),
    ("rollback", "roll|take|bring|put", "back"),
    ("scale", "add|adding|remove|removing|give|drop", "(?:more|extra|additional|fewer) (?:instances|nodes|replicas)"),
    ("deploy", "put|putting|take|go|make|bring|push|get|getting|set", "live|online|into service|into operation"),
    (
        "deploy",
        "get|getting|have|bring|bringing|need|needs|want|wants|like|see|keep",
        "up and running|running|deployed|hosted|up|available|served|going|launched|provisioned|in place|set up",
    ),
    ("deploy", "spin|stand|bring|fire|boot|set", "up"),
    ("deploy", "roll|push", "out"),
    ("deploy", "make", "available"),
)
"""Two halves with words between them: "get llama 3.1 running", "tear the endpoint down"."""

MOVING_VERBS = ("put", "get", "push", "move", "promote", "place", "drop", "run", "start", "stick", "throw", "pop")
"""With a place they ask for a deployment even where what should run is missing: "put it in staging"."""

WEAK_DEPLOY = (
    "would love", "i'd love", "we'd love",
    "need", "needs", "want", "wants", "would like", "i'd like", "we'd like", "require", "requires", "give me",
    "give us", "give", "run", "start", "start up", "create", "use", "try", "put", "get", "push", "move", "promote",
    "upgrade", "update", "switch to", "switch", "add", "build", "make", "prepare", "bring", "replace", "swap",
    "place", "drop", "stick", "throw", "pop", "enable", "activate", "expose", "offer", "spawn", "arrange",
)  # fmt: skip
"""They ask for a deployment only where something deployable is named."""

POLITE_OPENERS = (
    "(?:can|could|would|will) (?:you|we|i|someone|somebody|one of you)(?: guys| all)?", "how about", "what about",
    "why don't (?:you|we)", "why not", "(?:is|would|will) it (?:be )?possible to",
    "is there (?:a|any) (?:way|chance) (?:to|you (?:can|could)|we (?:can|could))", "do you (?:think|mind)",
    "are you able to", "would you mind", "it would be (?:great|nice|good|lovely) (?:if you (?:could|can)|to)",
    "may (?:i|we)", "shall we", "let's", "let us", "feel free to", "go ahead and", "i was wondering if you could",
    "by any chance",
)  # fmt: skip
"""Polite ways into a command that would else look like questions."""

QUESTION_STARTS = (
    "what", "what's", "which", "how", "how's", "why", "when", "who", "where", "is", "are", "was", "were", "does",
    "do(?! not)", "did", "has", "should", "have (?:we|you)", "am", "show", "list", "describe", "explain", "tell",
    "status", "compare", "check", "summari[sz]e", "report",
)  # fmt: skip
QUESTION_PHRASES = (
    "need to know", "want to know", "like to know", "wondering", "tell me", "whether", "status of", "what is",
    "what's", "how much", "how many", "how do", "explain",
)  # fmt: skip
STATEMENT_VERBS = (
    "is", "are", "was", "were", "isn't", "has", "have", "had", "be", "been", "being", "does", "did", "runs", "ran",
    "deployed", "works", "failed", "fails",
)  # fmt: skip
"""In a text without a command they tell or ask about something that exists."""
