"""`./agentops audit`: what was done and by whom, taken along as a file, and proved to be what was written."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cli.audit_source import AuditSource, open_audit
from cli.aws_session import told_in_one_line
from cli.plan_records import open_records
from cli.plans import PLAN_ID, AsJson, Local, told
from cli.terminal import CommandError, command_app, out, print_table, progress, say
from lambdas.core.audit import chain_faults
from lambdas.core.audit_check import AuditCheck, Report
from lambdas.core.audit_export import End, Header, line_text
from lambdas.core.audit_file import LONGEST_LINE, check_file
from lambdas.core.contracts.audit import AuditEntry

_SHOWN = 20
"""Lines of each kind that are printed for people; --json has all."""
_LONGEST = 500

app = command_app("Show, export and verify the audit.")

OnePlan = Annotated[str, typer.Option("--plan", metavar="PLAN", help="This plan alone, with the index.")]


@app.command()
def show(
    plan: Annotated[str, typer.Argument(help="The plan's id, such as p-0123456789abcdef.")],
    *,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Show what was done for a plan, when and by whom; the exit code is 1 if its chain does not hold."""
    with told():
        chain = open_records(local=local).audit.entries(plan)
    if not chain:
        raise CommandError(f"the audit has no entry of {plan}; ./agentops plans list shows the plans that there are")
    faults = chain_faults(chain)
    if as_json:
        out.print(json.dumps({"entries": [entry.model_dump(mode="json") for entry in chain], "faults": faults}))
    else:
        print_table(_time_line(chain))
        for name, digests in (
            ("policies", {entry.fact.policy_digest for entry in chain}),
            ("release", {entry.fact.release_digest for entry in chain}),
        ):
            out.print(f"{name:<9} {', '.join(sorted(digests))}", style="dim")
    if faults:
        raise CommandError(f"the audit chain of {plan} does not hold: {'; '.join(faults)}")
    if not as_json:
        out.print("every link holds; ./agentops audit verify --live holds it to its anchors", style="green")


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="The file to write: one JSON object a line.")],
    *,
    plan: OnePlan = "",
    local: Local = False,
) -> None:
    """Write all entries, the index and every version of every anchor into a file for ./agentops audit verify."""
    if file.exists():
        raise CommandError(f"{file} exists; choose another name")
    _refuse_no_id(plan)
    source = open_audit(local=local)
    part = file.with_name(file.name + ".part")
    try:
        with progress(f"exporting the audit to {file}"), told_in_one_line("exporting the audit"):
            lines = _write(part, source, plan)
        part.replace(file)
    except OSError as error:
        raise CommandError(f"{file} was not written: {error.strerror or error}") from None
    finally:
        part.unlink(missing_ok=True)
    say(f"{file}: {lines:,} lines; ./agentops audit verify {file} checks it anywhere")


@app.command()
def verify(
    file: Annotated[Path | None, typer.Argument(help="An export, which is checked without a network.")] = None,
    *,
    live: Annotated[bool, typer.Option("--live", help="Check the deployment itself.")] = False,
    local: Local = False,
    plan: OnePlan = "",
    as_json: AsJson = False,
) -> None:
    """Check chains, index and anchors; the exit code is 1 for any fault."""
    if file and (live or local or plan):
        raise CommandError("an export is checked as it is: leave out --live, --local and --plan")
    if not (file or live or local):
        raise CommandError("name an export, or add --live or --local to check what stands there")
    _refuse_no_id(plan)
    report = _check_file(file) if file else _check_live(open_audit(local=local), plan)
    if as_json:
        out.print(json.dumps(asdict(report), indent=2))
    else:
        _print(report)
    if report.faults:
        count = len(report.faults)
        raise CommandError(f"the audit is not what was written: {count} fault{'s' if count > 1 else ''}")


def _refuse_no_id(plan: str) -> None:
    if plan and not PLAN_ID.fullmatch(plan):
        raise CommandError(f"{plan!r} is no plan's id; ./agentops plans list shows those that there are")


def _write(part: Path, source: AuditSource, plan: str) -> int:
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    count = 0
    with part.open("w", encoding="utf-8") as text:
        text.write(line_text(Header(exported_at=now, table=source.table, bucket=source.bucket, plan_id=plan)) + "\n")
        for line in source.lines(plan):
            text.write(line_text(line) + "\n")
            count += 1
        text.write(line_text(End(lines=count)) + "\n")
    return count + 2


def _check_file(file: Path) -> Report:
    try:
        with progress(f"checking {file}"), file.open("rb") as raw:
            return check_file(iter(lambda: raw.readline(LONGEST_LINE + 1), b""))
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror or error}") from None


def _check_live(source: AuditSource, plan: str) -> Report:
    check = AuditCheck(plan)
    with progress("checking the audit"), told_in_one_line("reading the audit"):
        for line in source.lines(plan):
            check.take(line)
    return check.report()


def _print(report: Report) -> None:
    out.print(f"{report.plans:,} plans, {report.entries:,} entries with the index, {report.anchors:,} anchors")
    for title, style, lines in (
        ("Faults", "red", report.faults),
        ("Could not be told", "yellow", report.unchecked),
    ):
        if lines:
            out.print(f"\n{title}:", style="bold")
        for line in _shortened(list(lines)):
            out.print(f"  {line}", style=style)
    if not report.faults:
        out.print("Every link, the index and every anchor hold.", style="green")


def _shortened(lines: list[str]) -> Iterator[str]:
    yield from (_printable(line) for line in lines[:_SHOWN])
    if len(lines) > _SHOWN:
        yield f"and {len(lines) - _SHOWN:,} more; --json shows all"


def _time_line(chain: list[AuditEntry]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("#", "WHEN (UTC)", "WHAT", "BY", "DETAILS", "HASH"):
        table.add_column(column, overflow="fold", no_wrap=column != "DETAILS")
    for entry in chain:
        details = ", ".join(f"{name} {_short(value)}" for name, value in entry.fact.details.items())
        when = entry.at[:19].replace("T", " ")
        table.add_row(str(entry.sequence), when, entry.fact.event, _by(entry), details, entry.hash[:12])
    return table


def _by(entry: AuditEntry) -> str:
    """Name who is behind an entry: a person where the entry names one, else the execution that ran."""
    for name in ("by", "approver", "requester"):
        person = entry.fact.details.get(name)
        if isinstance(person, str) and person:
            return _printable(person[:40])
    return f"execution {entry.fact.execution_arn.rpartition(':')[2][:20]}"


def _printable(text: str) -> str:
    """Keep what an export may hold from steering the terminal, or flooding it."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[:_LONGEST])


def _short(value: object) -> str:
    text = _printable(str(value))
    return f"{text[:12]}…" if len(text) == 64 and text.isalnum() else text
