"""Words that end a name, say what kind of thing it is of, or name nothing. Tables only."""

import re

from lambdas.core.reading.words import words

# A name ends before these.
ENDS = words(
    "across after against alongside as asap at because before behind beside besides between beyond but by can",
    "cannot could don't due during each every for from have if in inside into is it keep needs no not now of on",
    "once or outside over per please running since so somewhere starting than thanks that then this through till",
    "to today tomorrow tonight under unless until up use using via we when where which while who will with within",
    "without you",
)
# They say what kind of thing the name is of; "customer support use case" is customer-support.
KINDS = ("use case", "use-case", "usecase", "application", "project", "workload", "endpoint", "deployment", "purposes")
USE_CASE = re.compile(r" use[ -]?cases?(?!\w)")
LOOSE_KINDS = ("app", "service")
"""Dropped only after a name that is one already: "chatbot-x app" is chatbot-x, "mobile app" stays."""
NO_JOIN = words(
    "add also call check create do don't ensure give let make monitor not notify only ping put remember report",
    "run scale send set tell watch",
)
"""After "and" these begin another clause: "for search and notify me" is for search."""
NO_NAMES = words(
    "a all another any anyone both business company deploying endpoints everybody everyone everything",
    "experimenting experiments fun good hosting inference kicks live model models ours play playing previous",
    "production prototyping real release requests running serving some somebody somewhere stuff sure team test testing",
    "tests things tinkering traffic trying usual version whatever",
)
NEVER_FIRST = words(
    "a again all an any anymore both entire every everything example forever former free he i it latter me my",
    "myself now one our she that the them these they this us we whole you",
)
HARMLESS_NO_NAMES = NO_NAMES - words("a all another any both endpoints")
"""After "for" they say nothing: "for testing", "for everyone"."""
MODES = words(
    "an async asynchronous asynchronously autoscaled autoscaling batch bypassing cheap dedicated distributed",
    "encrypted fast having high ignoring internal-only its keeping low max maximum min minimum multi-az",
    "multi-model my next offline only optimized our preemptible private public quantised quantized real-time",
    "realtime replicated reserved serverless sharded shared sharing skipping spot streaming synchronous the their",
    "unencrypted unquantized using your",
)
"""How something runs: after a name they are no part of it, and before these words of serving they are no name."""
NO_PARTS = words(
    "always before canary firewall follows gateway indicated load nat needed planned possible proxy quickly",
    "requested required said shown soon stated such there usual vpc well",
)
"""Not what anything is for: "as usual", "behind a load balancer"."""
SERVED = words("deployment hosting inference inferencing job jobs mode processing requests serving traffic transform")
NOUNS = words("anomaly assembly embed family feed newsfeed reply speed supply")
"""They end as adverbs and participles do."""
AFTER_IDENTIFIER = words(
    "agent analysis analytics and answers api app application assistant backend bidding bot chat chatbot",
    "classifier coach companion copilot dashboard demo deployment desk detection endpoint engine extraction",
    "feature flow forecaster forecasting forecasts frontend generation group guide helpdesk helper insights",
    "integration moderation page parsing pipeline planner platform portal prediction predictions predictor",
    "product project prototype queries questions queue ranking reader recommendations reporting review router",
    "scorer scoring search service shop site squad store summariser summarizer support system team tool",
    "translation triage tutor website widget workflow workload writer",
)
"""What may follow an identifier ("chatbot-x") within one name; any other word there is not of the name."""
REQUESTERS = words("department folks group people squad team")
TIMES = words(
    "afternoon autumn christmas day days easter evening hour hours minute minutes month months morning night q1",
    "q2 q3 q4 quarter quarters second seconds spring sprint summer week weekend weeks winter year years",
)
