"""The entry point of Retrieve Evidence."""

from datetime import date

from lambdas.adapters.entry import entry_point, logger
from lambdas.adapters.journal import Journal
from lambdas.adapters.nim.patience import Patience
from lambdas.adapters.searching import open_search
from lambdas.adapters.settings import policies
from lambdas.core.canonical import digest
from lambdas.core.contracts.audit import Detail
from lambdas.core.contracts.evidence import Evidence
from lambdas.core.contracts.intent import Intent
from lambdas.core.contracts.steps import RetrieveEvidenceOutput, StepInput
from lambdas.core.errors import NoEvidenceError
from lambdas.core.grounding import query_of
from lambdas.core.retrieval.scope import Scope


def handler(event: object, context: object) -> object:
    """Find evidence in the time that this invocation has; see `_retrieve`."""

    @entry_point(StepInput)
    def retrieve(given: StepInput, at: str) -> RetrieveEvidenceOutput:
        return _retrieve(given, at, Patience.of(context))

    return retrieve(event, context)


def _retrieve(given: StepInput, at: str, patience: Patience) -> RetrieveEvidenceOutput:
    """Record the passages that bear on the intent, best first, and which stages of the search were down.

    Raises NoEvidenceError when there is none, and RetrievalModelError where the environment wants full grounding and a
    model is not the one that the index was built with.
    """
    journal = Journal(given.plan_id, given.execution, at)
    if recorded := journal.plans.find(Evidence, given.plan_id, "evidence"):
        return _found(recorded)  # an earlier try found it, and only its reply was lost
    intent = journal.plans.load(Intent, given.plan_id, "intent")
    rules = policies().guardrails
    query = query_of(intent, policies().catalogue)
    scope = Scope(env=intent.env, day=date.fromisoformat(at[:10]))
    search = open_search(patience, strict=rules.environments[intent.env].full_grounding_required)
    found, down = search.passages(query, scope, rules.retrieval.top_k)
    for stage, why in down.items():
        logger.warning("retrieval is degraded", extra={"without": stage, "why": why})
    evidence = Evidence(plan_id=given.plan_id, passages=found, degraded=tuple(down))
    details: dict[str, Detail] = {
        "passages": " ".join(one.id for one in found),
        "degraded": " ".join(evidence.degraded),
        "digest": digest(evidence),
    }
    if not found:
        journal.note("evidence.retrieved", details)
        message = (
            f"no document of the knowledge base applies to this intent in {intent.env}: "
            "without evidence nothing is planned. See `./agentops doctor`"
        )
        raise NoEvidenceError(message)
    if not journal.claim("evidence.retrieved", details, given.plan_id, "evidence", evidence):
        # Another invocation of this step was quicker, and a plan may be drafted from what it found.
        evidence = journal.plans.load(Evidence, given.plan_id, "evidence")
    return _found(evidence)


def _found(evidence: Evidence) -> RetrieveEvidenceOutput:
    return RetrieveEvidenceOutput(passages=len(evidence.passages), degraded=list(evidence.degraded))
