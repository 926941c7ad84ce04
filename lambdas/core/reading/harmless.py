"""Words and phrases that provably change nothing of a plan. Whatever is neither read nor listed here is asked about.

Function words are listed because what they lead to is read, or asked about, on its own ("in a VPC": "vpc" is asked).
"""

from lambdas.core.reading.words import words

POLITE_PHRASES = (
    "(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day))"
    "(?: (?:there|team|all|everyone|everybody|folks|guys|ops|platform team|ops team))?",
    "(?:many |a lot of )?thanks(?: (?:a lot|so much|again|in advance|you))?",
    "thank you(?: (?:so much|very much|in advance))?", "thx", "cheers", "please", "pls", "plz", "kindly",
    "if (?:possible|you can|you could|that works|that's ok|you don't mind|it's not too much trouble)",
    "when(?:ever)? (?:possible|you can|you have time|you have a moment|you get a chance)",
    "as soon as (?:possible|you can)", "asap", "at your earliest convenience", "right away", "right now",
    "no (?:rush|hurry|problem|worries|big deal)", "not urgent", "(?:with |and )?(?:no|zero|without(?: any)?) downtime",
    "24/7", "by the way", "btw", "much appreciated", "i'd appreciate it",
)  # fmt: skip

_WHO = r"(?:the |our |my )?[\w@.-]+"
REMARKS = (
    rf"(?:pre-?approved|approved|signed off|requested|reviewed|authori[sz]ed|agreed) (?:by|with) {_WHO}"
    "(?: (?:team|lead|board|manager|owner))?",
    rf"cc:? {_WHO}(?: (?:channel|team|list))?",
    "(?:ticket|jira|issue|ref|reference)[ :#]{1,2}[a-z]{1,10}-?[0-9]{1,8}",
    "with (?:very )?(?:high|full) confidence",
    "keep an eye on (?:it|this|things)",
    "let (?:me|us) know", "(?:let (?:me|us) know|(?:tell|ping) (?:me|us)) (?:when|once) (?:it's|it is) "
    "(?:done|ready|up|live|running|finished)",
    "as (?:discussed|agreed|mentioned|promised|requested|planned)", "high priority", "quickly and cheaply",
)  # fmt: skip
"""Claims, references and side notes: shown to people as not understood, and no instruction to a plan."""

FILLER = words(
    "'d 'll 'm 's a able about above also am an and any appreciate appreciated are as at aws be because been being",
    "bit but by can cheers cloud come container could day deal deploy deployed deployment do does done else endpoint",
    "env environment exactly fleet folks for fresh friends from get give go going good got great guys had happy has",
    "have having hello help here hey hi hmm host hosted how i i'd i'll i'm important in inference inside instance",
    "instances into is it it's its itself just kind kindly like live ll llm machine make me might mind model models",
    "moment mr much must my need needed needs new nice nim nims now of off oh ok okay on one ones online onto or our",
    "ours out over per please pls plz possible possibly preferably quick quickly quite real-time really realtime",
    "regards region requests right run running sagemaker server service serving set shift shifted shifting should",
    "simply so some someone something soon sorry stack sure system team test than thank thanks that that'd that's the",
    "their them then there these they thing this those through thx to today together too traffic try under up upon",
    "urgent urgently us use used user users using usual ve version very via wanna want wanted wants was way we we'd",
    "we'll we're we've well were what when where which while who will wish with within would yes yet you your yours",
)
"""Neither read nor shown."""

REASON_STARTS = "because|since|so"
REASONS = FILLER | words(
    "anymore asked bad broken complain complained complaining crashes crashing current customer customers dead demo",
    "down enough existing expensive failed failing fails flaky isn't keeps last longer no not old outdated people",
    "previous slow slower unstable wait waiting won't work working works",
)
"""A reason made of these alone is harmless as a whole; "old" by itself ("the old version") is not."""
