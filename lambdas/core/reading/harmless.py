"""Words and phrases that provably change nothing of a plan. Whatever is neither read nor listed here is asked about.

Function words are listed because what they lead to is read, or asked about, on its own ("in a VPC": "vpc" is asked).
"""

import re

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
    "(?:(?:approval|change|jira|service ?now|support) )?(?:ticket|jira|issue|ref|reference|change|request|case)"
    "(?: (?:is|number|no|id))*[ :#]{1,2}(?:[a-z]{1,10}-?[0-9]{1,8}|[0-9]{3,10})",
    "(?:see|per|cf|re|under|fixes|closes) [a-z]{2,8}-[0-9]{2,8}",
    "with (?:very )?(?:high|full) confidence",
    "keep an eye on (?:it|this|things)",
    "let (?:me|us) know", "(?:let (?:me|us) know|(?:tell|ping) (?:me|us)) (?:when|once) (?:it's|it is) "
    "(?:done|ready|up|live|running|finished)",
    "as (?:discussed|agreed|mentioned|promised|requested|planned|before|usual|always|decided|approved)"
    r"(?: (?:with|by|in|on|at) [a-z][\w' -]{0,30}(?=[,.;]))?(?: (?:yesterday|earlier|before|last week|this morning))?",
    "(?:and )?(?:nowhere|not anywhere|no place) else", "behind (?:it|them)", "(?:high|top|low) priority",
    "quickly and cheaply", "(?:straight|right) away", "immediately", "(?<!all )at once",
    "this (?:morning|afternoon|week|sprint)",
    "(?:no|zero) (?:excuses|drama|surprises|fuss)", "if (?:that's|it's|this is) (?:ok|okay|fine|possible|alright)",
    "(?:before|by) (?:the )?(?:demo|launch|meeting|release|review|presentation|end of (?:the )?(?:day|week|month))",
)  # fmt: skip
"""Claims, references and side notes: shown to people as not understood, and no instruction to a plan."""

FILLER = words(
    "'d 'll 'm 's a able about above actually again ahead all also although always am an and anyway app application",
    "appreciate appreciated are aren't around as ask asked asking asks at available aws back backed basically be",
    "because been being best bit boss bot both build building but by call called came can cap cheers choose",
    "classifier client clients cloud colleagues come comes company complete confirm container correct could couple",
    "course current currently customers day deal dear decide decided demo deploy deployed deployment details did do",
    "does doing done each either else enable end endpoint engineers enough env environment eventually everybody",
    "everyone exactly excellent existing finally fine first fleet folks following for fresh friends from full fully",
    "further get gets getting give given go goes going good got great group guys had handle happy has have having",
    "he hello help helps her here hey hi him hmm hope hopefully host hosted how however i i'd i'll i'm i've idea if",
    "important in indeed inference inside instance instances into is isn't it it'll it's its itself job just keep",
    "kind kindly know last let let's like likes little live ll llm long look looking lot lots m machine",
    "machines made mail main make makes making management manager marketing may maybe me mean means meant meeting",
    "might mind mine model models moment more most move mr much must my name namely necessary need needed needs new",
    "nice nim nims not nothing now obviously of off office oh ok okay on once one ones online only onto open option",
    "or order other others otherwise our ours out over own page part people per perfect permanently pipeline",
    "pipelines place plan planned planning platform please pls plz point possible possibly predictor prefer",
    "preferably preferred pretty probably project properly purpose put question quick quickly quite rather ready",
    "real real-time really realtime reason recently regards region released request requested requests required",
    "resource resources right roll rolled run running runs sagemaker said same saw say says scaled see seems send",
    "sent serve served server serves service serving set setting setup several shall she shift shifted shifting",
    "should show side similar simple simply since single site small smoothly so some somebody someone something",
    "soon sorry sounds specific stack stakeholders start started starting still straight stuff such sure switch",
    "system take talk target task team teams tell test than thank thanks that that'd that'll that's the their them",
    "then there there's therefore these they they'd they'll they're they've thing things think this those though",
    "through thx till time times to today together too toward towards traffic trained trial try trying turn two",
    "type types under up update upgrade upon urgent urgently us usage use used useful user users uses using usual",
    "usually ve version very via wanna want wanted wants was wasn't way ways we we'd we'll we're we've web well",
    "were what whatever when where whether which while who whole whose why will wish with within won't word words",
    "work workflow working works would wrong yeah yep yes yet you you'd you'll you're you've your yours",
)
"""Neither read nor shown."""

CONCERNS = re.compile(
    r"(?<![a-z-])(?:spot|vpcs?|subnets?|security|auto-?scal\w*|scal\w+|gpus?|cpus?|[ahlvt][0-9]{1,3}s?"
    r"|accelerators?|roles?"
    r"|iam|tag(?:s|ged|ging)?|kms|encrypt\w*|unencrypt\w*|quanti[sz]\w*|fp[0-9]+|int[0-9]+|bf[0-9]+|awq|gptq"
    r"|lora|adapters?"
    r"|serverless|async\w*|batch(?:es)?|transform\w*|ports?|public\w*|private\w*|internal-only|custom|fine-?tun\w*"
    r"|(?:old|older|previous|other) (?:version|release|model|weights)|every|each|any|latency|timeouts?"
    r"|shadow\w*|balanc\w+|approv\w*|polic\w+|guard\w*|budgets?|skip\w*"
    r"|bypass\w*|ignor\w*|disabl\w*|overrid\w*|delet\w*|remov\w*|stop\w*|terminat\w*|unless|until|except|if|after"
    r"|before|when|once|tomorrow|tonight|later|weekends?|midnight|noon|(?:mon|tues|wednes|thurs|fri|satur"
    r"|sun)days?|schedul\w*"
    r"|monitor\w*|alarms?|captur\w*|logs?|logging|endpoints?|accounts?|credentials?|keys?|tokens?|secrets?|passwords?"
    r"|scripts?|s3|buckets?|images?|containers?|root|admin\w*|expos\w*|internet|network\w*|replicat\w*"
    r"|multi-\w+|regions?"
    r"|zones?|environments?|contexts?|tokens|replicas?|nodes?|instances?|cheap\w*|expensive|cost\w*|free|unlimited"
    r"|max\w*|min\w*|limit\w*|temperature|seed|prompts?|instructions?|rules?|execut\w+|commands?|sudo|shell"
    r"|code)(?![a-z])"
)
"""Words of a deployment that no reader reads: in a remark beside the request, too, they may be meant for the plan."""

REASON_JOINS = "so|which|who|whose|where|while|although|though"
REASON_STARTS = (
    "because|since|so that|as (?:we|our|the|they|it|this|customers|users|people)|in order to|to (?:help"
    "|let|allow|give|answer|handle|support|improve|replace|reduce|make|see|show|try|test|compare|evaluate|speed"
    "|cut|save"
    "|keep|prepare|get|meet|cope|try)|hoping|meaning|given that|considering|now that"
)
