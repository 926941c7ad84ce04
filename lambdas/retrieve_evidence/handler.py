"""The entry point of Retrieve Evidence."""

from datetime import date

from lambdas.adapters.entry import entry_point
from lambdas.adapters.journal import Journal
from lambdas.adapters.knowledge_bucket import KnowledgeBucket, Version
from lambdas.adapters.lexical_index import LexicalIndex
from lambdas.adapters.settings import policies, variable
from lambdas.core.canonical import digest
from lambdas.core.contracts.evidence import Evidence
from lambdas.core.contracts.intent import Intent
from lambdas.core.contracts.steps import RetrieveEvidenceOutput, StepInput
from lambdas.core.errors import NoEvidenceError
from lambdas.core.grounding import TOP_K, query_of
from lambdas.core.knowledge import Retriever

_indexes: dict[Version, LexicalIndex] = {}
"""The index of the bucket's last version, kept for the life of this container."""


@entry_point(StepInput)
def handler(given: StepInput, at: str) -> RetrieveEvidenceOutput:
    """Record the passages that bear on the intent, best first. Raises NoEvidenceError when there is none."""
    journal = Journal(given.plan_id, given.execution, at)
    intent = journal.plans.load(Intent, given.plan_id, "intent")
    found = _retriever().search(
        query_of(intent, policies().catalogue),
        env=intent.env,
        now_date=date.fromisoformat(at[:10]),
        top_k=TOP_K,
    )
    evidence = Evidence(plan_id=given.plan_id, passages=found)
    journal.note("evidence.retrieved", {"passages": " ".join(one.id for one in found), "digest": digest(evidence)})
    if not found:
        message = (
            f"no document of the knowledge base applies to this intent in {intent.env}: "
            "without evidence nothing is planned. See `./agentops doctor`"
        )
        raise NoEvidenceError(message)
    journal.plans.save(given.plan_id, "evidence", evidence)
    return RetrieveEvidenceOutput(passages=len(found), degraded=[])


def _retriever() -> Retriever:
    bucket = KnowledgeBucket(variable("KNOWLEDGE_BUCKET"))
    version = bucket.version()
    if version not in _indexes:
        _indexes.clear()
        _indexes[version] = LexicalIndex(bucket.documents(version))
    return _indexes[version]
