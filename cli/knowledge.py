"""`./agentops knowledge`: put documents into the knowledge base, see what is indexed, search it as a plan would."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Literal, get_args

import typer
from rich.table import Table

from cli.knowledge_base import Indexed, open_base
from cli.plans import AsJson, Local, told
from cli.terminal import CommandError, command_app, out, print_table, progress
from lambdas.core.contracts.base import Environment
from lambdas.core.contracts.indexing import IndexOutput
from lambdas.core.contracts.search import MAX_QUERY_CHARACTERS, SearchInput
from lambdas.core.errors import DocumentError
from lambdas.core.knowledge import ADDED, Document, parse_document
from lambdas.core.retrieval.format import IndexedDocument

_COLUMNS = ("DOCUMENT", "TYPE", "VERSION", "ENV", "HOLDS", "PASSAGES", "TITLE")
_NARROW = ("DOCUMENT", "TYPE", "ENV", "HOLDS")
_WIDE = 140
"""Columns of a terminal that shows every column of the list."""
_MODELS = {"embedding": "by words alone", "reranking": "without reranking"}

app = command_app("Add, list and search the documents that plans cite.")

Env = Annotated[Literal["dev", "staging", "prod"], typer.Option("--env", help="Where the passages must hold.")]
Type = Annotated[
    Literal["policy", "runbook", "incident"] | None, typer.Option("--type", help="Documents of this type only.")
]


@app.command()
def add(
    files: Annotated[list[Path], typer.Argument(help="Markdown documents with front matter, named id.md.")],
    *,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Check documents, put them into the knowledge bucket and wait until they are indexed.

    What is added stays through deployments. A document of the same name replaces what was added before. To take one
    out, delete it: aws s3 rm s3://BUCKET/added/NAME.md, where BUCKET is the output KnowledgeBucketName.
    """
    names = [file.name for file in files]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise CommandError(f"{', '.join(twice)}: two files have this name, and one would replace the other: rename one")
    contents = {file.name: _read(file) for file in files}
    checked = {name: _checked(name, content) for name, content in contents.items()}
    with told():
        base = open_base(local=local)
        taken = {one.id: one.source for one in base.indexed().documents}
        for name in contents:
            source = taken.get(name.removesuffix(".md"), f"{ADDED}{name}")
            if source != f"{ADDED}{name}":
                raise CommandError(f"{name}: {source} of the deployment has this name: rename the file, or change that")
        with progress(f"adding {', '.join(contents)}"):
            for name, content in contents.items():
                base.put(f"{ADDED}{name}", content)
            done = base.reindex(everything=False)
    if not as_json:
        out.print(f"Added {', '.join(contents)}")
        for name, document in checked.items():
            if (holds := _holds(document, datetime.now(UTC).date())).startswith(("from", "expired")):
                out.print(f"{name}: {holds}: no plan cites it today", style="yellow")
    _tell_built(done, as_json=as_json)
    sources = tuple(f"{ADDED}{name}:" for name in contents)
    if unread := [reason for reason in done.left_out if reason.startswith(sources)]:
        raise CommandError(f"put into the bucket and not indexed: {'; '.join(unread)}")


@app.command(name="list")
def list_documents(*, local: Local = False, as_json: AsJson = False) -> None:
    """List what the index holds, what was left out of it, and which documents are newer than it."""
    with told():
        found = open_base(local=local).indexed()
    if as_json:
        documents = [one.model_dump(mode="json") for one in found.documents]
        left_out = [one.model_dump(mode="json") for one in found.left_out]
        print(
            json.dumps(
                {
                    "build": found.build,
                    "degraded": found.degraded,
                    "embedding": found.embedding,
                    "documents": documents,
                    "left_out": left_out,
                    "waiting": found.waiting,
                }
            )
        )
        return
    print_table(_table(found.documents, datetime.now(UTC).date()))
    _tell_state(found)


@app.command()
def reindex(
    *,
    everything: Annotated[
        bool, typer.Option("--everything", help="Embed every passage again, although nothing changed.")
    ] = False,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Build the index now, if anything has changed since it was built."""
    with told(), progress("indexing the knowledge base"):
        done = open_base(local=local).reindex(everything=everything)
    _tell_built(done, as_json=as_json)


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    *,
    env: Env = "prod",
    doc_type: Type = None,
    top: Annotated[int, typer.Option(min=1, max=20, help="How many passages at most.")] = 3,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Show the passages that a plan with these words could cite, with the score of each stage."""
    if not 0 < len(query) <= MAX_QUERY_CHARACTERS:
        raise CommandError(f"ask in 1 to {MAX_QUERY_CHARACTERS:,} characters; these are {len(query):,}")
    asked = SearchInput(query=query, env=env, top_k=top, doc_types=(doc_type,) if doc_type else ())
    with told():
        found = open_base(local=local).search(asked)
    if as_json:
        print(found.model_dump_json())
        return
    for stage, why in found.degraded.items():
        out.print(f"Searched {_MODELS[stage]}: {why}", style="yellow")
    if not found.passages:
        out.print(f"Nothing that holds in {env} today answers this.")
    for passage in found.passages:
        out.print(f"{passage.id} ({passage.source}, version {passage.version})", style="bold")
        scores = passage.scores.model_dump(exclude_none=True) if passage.scores else {}
        out.print(f"  {passage.heading}")
        out.print("  " + ", ".join(f"{stage} {score:.4g}" for stage, score in scores.items()), style="dim")
        out.print("".join(f"  | {line}\n" for line in passage.quote.split("\n")), end="\n")


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}") from None


def _checked(name: str, content: bytes) -> Document:
    try:
        return parse_document(name, content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise CommandError(f"{name} is no UTF-8: {error.reason} at byte {error.start}") from None
    except DocumentError as error:
        raise CommandError(str(error)) from None


def _tell_built(done: IndexOutput, *, as_json: bool) -> None:
    if as_json:
        print(done.model_dump_json())
    else:
        what = f"{done.documents} documents in {done.chunks} passages, {done.embedded} of them newly embedded"
        out.print(
            {
                "built": f"Indexed {what}: build {done.build}",
                "current": f"The index is of what is there now: build {done.build}",
                "busy": "Another builder is still at work and takes this along; ./agentops knowledge list shows when",
            }[done.end]
        )
        for stage in done.degraded:
            out.print(
                f"The index is searched {_MODELS[stage]}: {done.reason or 'no embedding model is configured'}",
                style="yellow",
            )
        for reason in done.left_out:
            out.print(f"Left out: {reason}", style="red")


def _table(documents: tuple[IndexedDocument, ...], today: date) -> Table:
    """Return a row a document; a terminal too narrow for all columns gets those that say whether it is cited."""
    wide = not out.is_terminal or out.width >= _WIDE
    shown = _COLUMNS if wide else _NARROW
    table = Table(box=None, pad_edge=False)
    for column in shown:
        table.add_column(column, overflow="fold", no_wrap=column not in {"ENV", "TITLE"})
    for one in sorted(documents, key=lambda document: document.source):
        everywhere = len(one.environments) == len(get_args(Environment))
        told = {
            "DOCUMENT": one.source,
            "TYPE": one.doc_type,
            "VERSION": one.version,
            "ENV": "all" if everywhere else ", ".join(one.environments),
            "HOLDS": _holds(one, today),
            "PASSAGES": str(one.chunks),
            "TITLE": one.title,
        }
        table.add_row(*(told[column] for column in shown))
    return table


def _holds(document: Document | IndexedDocument, today: date) -> str:
    if today < document.effective:
        return f"from {document.effective}"
    if document.expires is None:
        return "yes"
    return f"until {document.expires}" if today <= document.expires else f"expired {document.expires}"


def _tell_state(found: Indexed) -> None:
    for one in found.left_out:
        out.print(f"Left out: {one.reason}", style="red")
    for change in found.waiting:
        out.print(f"Not indexed yet: {change}", style="yellow")
    if not found.build:
        out.print("There is no index yet: ./agentops knowledge reindex", style="yellow")
    elif found.degraded:
        out.print("The index holds no vectors: it is searched by words alone", style="yellow")
    else:
        out.print(f"Build {found.build}, embedded by {found.embedding}", style="dim")
