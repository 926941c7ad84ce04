"""The entry point of Search Knowledge, which `./agentops knowledge search` invokes."""

from datetime import date

from lambdas.adapters.entry import entry_point
from lambdas.adapters.nim.patience import Patience
from lambdas.adapters.searching import open_search
from lambdas.core.contracts.search import SearchInput, SearchOutput
from lambdas.core.retrieval.scope import Scope
from lambdas.core.retrieval.search import Query


def handler(event: object, context: object) -> object:
    """Search in the time that this invocation has; see `_search`."""

    @entry_point(SearchInput)
    def search(given: SearchInput, at: str) -> SearchOutput:
        return _search(given, at, Patience.of(context))

    return search(event, context)


def _search(given: SearchInput, at: str, patience: Patience) -> SearchOutput:
    """Return the passages that hold in an environment today, and which models of the search did not answer.

    Raises NoEvidenceError where no index was ever built.
    """
    types = frozenset(given.doc_types) if given.doc_types else None
    scope = Scope(env=given.env, day=date.fromisoformat(at[:10]), doc_types=types)
    search = open_search(patience, strict=False)
    found, down = search.passages(Query(words=given.query, meaning=given.query), scope, given.top_k)
    return SearchOutput(passages=found, degraded=dict(down))
