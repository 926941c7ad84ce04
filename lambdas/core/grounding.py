"""What to look up for an intent."""

from lambdas.core.contracts.intent import Intent
from lambdas.core.policies import Catalogue
from lambdas.core.retrieval.search import Query


def query_of(intent: Intent, catalogue: Catalogue) -> Query:
    """Return the query: the intent's words with the terms under which policies speak of it, and what it asks of them.

    Matching wants every term that a policy might use; a model that reads wants a sentence, and a list misleads it.
    """
    words = [intent.text or "", intent.env, "deployment budget instance type"]
    if intent.reading:
        for mention in intent.reading.models:
            words += [entry.name for name in mention.catalogue_ids if (entry := catalogue.get(name))]
        traffic = {None: "", "rolling": "rolling update"}.get(intent.reading.traffic, "canary")
        words += [intent.reading.instance_type or "", traffic]
    if intent.env == "prod":
        words.append("production change approval")
    meaning = (
        f"{intent.text or ''}\nWhich budget, instance types, counts, traffic shift and approvals hold for this "
        f"deployment in {intent.env}?"
    )
    return Query(words=" ".join(word for word in words if word), meaning=meaning)
