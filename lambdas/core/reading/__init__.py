"""Reads what an intent's text asks for, by rules: pure, bounded, and with a question wherever the text leaves one.

Forms, JSON and flags are made words (`structured`), typing errors in the words that a text turns on are mended
(`spelling`), politeness and lines in another's name are set aside (`politeness`, `asides`). Each reader takes its words
off the page (`page.Page`), so nothing is read twice; what nobody took is shown, and asked about where it may change the
plan (`concerns`). Grammar, in the order of reading; words in any case, any order of the parts, other words anywhere:

    intent       = [operation] [model] parts             without a verb: MODEL with a place or an application
    parts        = as words, "key: value", "key=value", "--key value", cells between bars, or one JSON object
    parts        = { region | type | budget | count | traffic | env | application }
    region       = us-east-1 | in Frankfurt              another than the stack's own: unsupported
    type         = [ml.]g5.2xlarge                       as written; a family alone (g5): ambiguous
    budget       = [at most | under | budget of ...] amount per hour|day|week|month|year      per instance, without a
                   period, "at least", other money: a question
    amount       = $20 | 20 USD | twenty dollars | budget 20
    count        = N instances|nodes|... | N [of] type | type xN | xN | Nx | fleet of N | [down] to N
                   N: 3, three, a couple; ranges, bounds, "more", 0, -1, 2.5: a question
    steps        = 20 percent every 10 minutes | a canary of one instance     policy says them: shown, without effect
    traffic      = canary | linear | gradually | rolling update | all at once     blue/green chooses none
    env          = dev|development|sandbox | staging|stage|pre-prod | prod|production|live
    model        = brand { version | size | qualifier }  in any spelling; held against the closed catalogue
    operation    = deploy | pause | resume | restart | scale | retire | rollback | question      with their synonyms,
                   also behind "would you mind"
    application  = for NAME | behind NAME | as NAME | app=NAME | called NAME | to power NAME | NAME needs ... |
                   NAME is the app | serve NAME with ... | a NAME-WITH-HYPHENS alone between values; as a slug

A negation before a value ("not prod", "instead of llama", "don't touch production") excludes it, a correction behind
it ("8b, sorry, I meant 70b", "2 instances, make that 3") takes it back, a replacement ("replace mistral 7b with ...")
names what goes, and what is told of the past ("it used to cost $30 an hour", "the one node we had crashed", "we
compared X with Y") is no wish. Two values without such a word contradict each other.
Not read, on purpose: endpoint names and ARNs, schedules, autoscaling ranges, GPUs by name, and other languages than
English.
"""

from lambdas.core.reading.assemble import read_intent
from lambdas.core.reading.names import CatalogueEntry, CatalogueLike

__all__ = ["CatalogueEntry", "CatalogueLike", "read_intent"]
