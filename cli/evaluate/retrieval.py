"""`./agentops evaluate retrieval`: how well each stage of retrieval finds what people judged relevant."""

import json
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import Progress
from rich.table import Table

from cli.evaluate.collection import Collection, read_collection
from cli.terminal import ROOT, CommandError, notes, out, progress, say

if TYPE_CHECKING:
    from cli.evaluate.searching import Models
    from stacks.local.small_models.cache import AnswerCache

_EVERY_S = 10
"""Seconds between two lines of progress, where there is no terminal to draw on."""
Tell = Callable[[int, int], None]


def retrieval(
    *,
    corpus: Annotated[Path, typer.Option(help='A folder of .md files, or a JSONL of {"_id", "title", "text"}.')],
    queries: Annotated[Path, typer.Option(help='A JSONL of {"_id", "text"}.')],
    qrels: Annotated[Path, typer.Option(help="query-id, corpus-id and score between tabs; a header line may come.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Index the corpus with real small models and measure nDCG@10, recall@5, MRR and time, stage by stage.

    The models are fetched at the first use; without them words alone are measured. Vectors are kept in .cache.
    """
    from stacks.local.small_models.cache import answer_cache

    collection = read_collection(corpus, queries, qrels)
    with answer_cache(ROOT) as cache:
        report = _measured(collection, cache)
    if as_json:
        print(json.dumps(report, indent=2))
    else:
        _print(report)


def _measured(collection: Collection, cache: "AnswerCache") -> dict[str, Any]:
    from cli.evaluate.searching import STAGES, Bench

    with telling("embedding passages") as tell:
        models = _models(cache, tell)
        bench = Bench(collection, models)
    with telling("asking queries") as tell:
        found = bench.measure(collection, tell)
    return {
        "documents": len(collection.documents),
        "passages": bench.passages,
        "queries": len(collection.queries),
        "judgements_of_unknown_documents": collection.unknown,
        "models": None if models is None else {"embedding": models.embedder.model, "reranking": models.reranker.model},
        **{stage: asdict(found[stage]) if stage in found else None for stage in STAGES},
    }


def _models(cache: "AnswerCache", tell: Tell) -> "Models | None":
    from cli.evaluate.caching import CachedEmbedder
    from cli.evaluate.searching import Models
    from stacks.local.errors import ModelFilesError
    from stacks.local.small_models import SmallEmbedder, SmallReranker, install

    try:
        with progress("looking for the small models of retrieval (72 MB where they are missing)"):
            files = install(ROOT)
    except ModelFilesError as error:
        say(f"the models cannot be had, so words alone are measured: {error}")
        return None
    return Models(CachedEmbedder(SmallEmbedder(files), cache, tell), SmallReranker(files))


@contextmanager
def telling(doing: str, now: Callable[[], float] = time.monotonic) -> Generator[Tell]:
    """Show how far something is: a bar on a terminal, a line now and then elsewhere; nothing of a single step."""
    if notes.is_terminal:
        with Progress(console=notes, transient=True) as bar:
            task = bar.add_task(doing, total=None)
            yield lambda done, of: bar.update(task, completed=done, total=of) if of > 1 else None
        return
    due = now()

    def tell(done: int, of: int) -> None:
        nonlocal due
        if of > 1 and now() >= due:
            due = now() + _EVERY_S
            say(f"{doing}: {done} of {of}")

    yield tell


def _print(report: dict[str, Any]) -> None:
    from cli.evaluate.searching import STAGES

    out.print(f"{report['documents']} documents in {report['passages']} passages, {report['queries']} queries")
    if report["judgements_of_unknown_documents"]:
        out.print(f"{report['judgements_of_unknown_documents']} judgements name documents that the corpus lacks")
    table = Table("STAGE", "nDCG@10", "RECALL@5", "MRR", "p50 ms", "p95 ms", box=None, pad_edge=False)
    for stage in STAGES:
        one = report[stage]
        if one is None:
            table.add_row(stage, "-", "-", "-", "-", "-")
            continue
        quality = [f"{one[name]:.3f}" for name in ("ndcg_at_10", "recall_at_5", "mrr")]
        table.add_row(stage, *quality, f"{one['p50_ms']:.1f}", f"{one['p95_ms']:.1f}")
    out.print(table)
    if report["models"] is None:
        raise CommandError("words alone were measured: the models could not be had")
