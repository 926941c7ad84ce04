"""`./agentops plans`: what was asked, what was planned, what the rules said, and the audit chain of each."""

import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.table import Table

from cli.aws_session import QUICK, told_in_one_line
from cli.plan_records import open_records
from cli.settings import WORKFLOW_STACK
from cli.stage_scores import stage_scores
from cli.target import open_target, plain_reason
from cli.terminal import CommandError, command_app, out, print_table
from lambdas.core.audit import chain_faults
from lambdas.core.contracts.approval import ApprovalRequest, Decision, Vote
from lambdas.core.contracts.base import Contract
from lambdas.core.contracts.changes import Changes
from lambdas.core.contracts.evidence import Evidence
from lambdas.core.contracts.intent import Intent, Requester
from lambdas.core.contracts.plan import PlanRecord
from lambdas.core.contracts.records import PlanHead
from lambdas.core.contracts.verdict import Verdict
from lambdas.core.ends import ENDS
from lambdas.core.errors import AgentOpsError
from lambdas.core.policies.money import usd
from lambdas.core.receiving import one_line

DOCUMENTS: dict[str, type[Contract]] = {
    "intent": Intent,
    "requester": Requester,
    "evidence": Evidence,
    "plan": PlanRecord,
    "verdict": Verdict,
    "approval": ApprovalRequest,
    "decision": Decision,
    "changes": Changes,
}
PLAN_ID = re.compile(r"p-[0-9a-f]{16}")
STATUSES = ("received", *dict.fromkeys(end.status for end in ENDS.values() if end.status != "duplicate"))
STYLES = {"pass": "green", "warn": "yellow", "needs_approval": "yellow", "deny": "red"}

Local = Annotated[bool, typer.Option("--local", help="Look at a running ./agentops local instead of AWS.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = command_app("List, show and withdraw plans.")


@contextmanager
def told() -> Generator[None]:
    """Turn the stores' errors into one line."""
    try:
        yield
    except AgentOpsError as error:
        raise CommandError(str(error)) from None


@app.command(name="list")
def list_plans(
    *,
    status: Annotated[str | None, typer.Option(help=f"Only these: {', '.join(STATUSES)}.")] = None,
    endpoint: Annotated[str | None, typer.Option(help="Only plans for this endpoint.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most, newest first.")] = 20,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """List the newest plans."""
    if status is not None and status not in STATUSES:
        raise CommandError(f"there is no status {status!r}; there are {', '.join(STATUSES)}")
    with told():
        heads = open_records(local=local).plans.newest(limit, status=status, endpoint=endpoint)
    if as_json:
        out.print(json.dumps([head.model_dump(mode="json") for head in heads], indent=2))
    elif not heads:
        out.print("No plans.")
    else:
        print_table(_table(heads))


@app.command()
def show(
    plan: Annotated[str, typer.Argument(help="The plan's id, such as p-0123456789abcdef.")],
    *,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Show everything that is recorded of one plan; the exit code is 1 if its audit chain does not hold."""
    with told():
        records = open_records(local=local)
        head = records.plans.find_head(plan)
        if head is None:
            raise CommandError(f"there is no plan {plan}; ./agentops plans list shows those that there are")
        found = {name: records.plans.find(kind, plan, name) for name, kind in DOCUMENTS.items()}
        request = found["approval"]
        asked = request.asked if isinstance(request, ApprovalRequest) else ()
        votes = [vote for one in asked if (vote := records.plans.find(Vote, plan, f"vote#{one.approver}"))]
        chain = records.audit.entries(plan)
    faults = chain_faults(chain)
    if as_json:
        documents = {name: document.model_dump(mode="json") if document else None for name, document in found.items()}
        given = [vote.model_dump(mode="json") for vote in votes]
        audit: dict[str, Any] = {"entries": [entry.model_dump(mode="json") for entry in chain], "faults": faults}
        out.print(
            json.dumps({"head": head.model_dump(mode="json"), **documents, "votes": given, "audit": audit}, indent=2)
        )
    else:
        _print_head(head, found["plan"], found["requester"])
        _print_unread(found["intent"])
        if isinstance(request, ApprovalRequest):
            _print_approval(request, votes, found["decision"])
        _print_documents(found)
        out.print(f"\nAudit chain: {len(chain)} entries")
        for entry in chain:
            out.print(f"  {entry.sequence}  {entry.at[:19]}Z  {entry.fact.event:<22} {entry.hash[:16]}")
    if faults:
        raise CommandError(f"the audit chain of {plan} does not hold: {'; '.join(faults)}")
    if not as_json:
        out.print("  every link holds", style="green")


@app.command()
def withdraw(
    plan: Annotated[str, typer.Argument(help="The plan's id, such as p-0123456789abcdef.")],
    *,
    reason: Annotated[str, typer.Option(help="Why, for those who were asked and for the audit.")],
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Take a plan back that waits for people; the exit code is 1 if it was decided otherwise before."""
    if not PLAN_ID.fullmatch(plan):
        raise CommandError(f"{plan!r} is no plan's id; ./agentops plans list shows those that there are")
    wanted = {"plan_id": plan, "reason": plain_reason(reason)}
    target = open_target(WORKFLOW_STACK, local=local)
    functions = target.session.client("lambda", config=QUICK, endpoint_url=target.endpoint_url)
    name = target.output("WithdrawFunctionName")
    with told_in_one_line(f"withdrawing {plan}"):
        reply = functions.invoke(FunctionName=name, Payload=json.dumps({**wanted, "by": target.caller()}))
    told = json.loads(reply["Payload"].read())
    if "FunctionError" in reply:
        raise CommandError(f"{plan} was not withdrawn: {told.get('errorMessage', 'the function failed')}")
    decision = Decision.model_validate_json(json.dumps(told))
    if as_json:
        out.print(json.dumps(told))
    else:
        out.print(f"{plan} is {decision.outcome}: {decision.reason or 'no reason was given'}")
    if decision.outcome != "withdrawn":
        raise CommandError(f"{plan} was {decision.outcome} at {decision.at} and cannot be withdrawn any more")


def _table(heads: list[PlanHead]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("PLAN", "CREATED (UTC)", "STATUS", "ENV", "ENDPOINT", "$/HOUR", "ASKED"):
        # Where the terminal is narrow, what was asked and the endpoint are folded, and nothing else.
        table.add_column(column, overflow="fold", no_wrap=column not in {"ENDPOINT", "ASKED"})
    for head in heads:
        price = usd(head.usd_per_hour) if head.usd_per_hour is not None else ""
        created = head.created_at[:16].replace("T", " ")
        table.add_row(head.plan_id, created, head.status, head.env, head.endpoint, price, head.intent)
    return table


def _print_head(head: PlanHead, record: Contract | None, attested: Contract | None) -> None:
    out.print(f"{head.plan_id}  {head.status}", style="bold")
    out.print(head.summary or "The run has not ended.")
    plan = record.plan if isinstance(record, PlanRecord) else None
    fleet = f"{plan.model.catalogue_id} on {plan.instance_count} x {plan.instance_type}" if plan else ""
    for name, value in (
        ("asked", head.intent),
        ("plan", f"{plan.endpoint} in {plan.env}: {fleet}" if plan else ""),
        ("by", f"{attested.name} (attested)" if isinstance(attested, Requester) else ""),
        ("for" if attested else "by", f"{head.requester} (claimed)"),
        ("created", head.created_at),
        ("execution", head.execution_arn),
        ("digest", head.digest),
    ):
        if value:
            out.print(f"  {name:<10} {value}")


def _print_unread(intent: Contract | None) -> None:
    if isinstance(intent, Intent) and intent.reading and intent.reading.not_understood:
        passed_over = one_line("; ".join(intent.reading.not_understood), 1_000)
        out.print(f"  not understood, and without effect: {passed_over}", style="yellow")


def _print_approval(request: ApprovalRequest, votes: list[Vote], decision: Contract | None) -> None:
    votes = [vote for vote in votes if vote.round == request.round]
    if isinstance(decision, Decision):
        by = f" by {', '.join(decision.by)}" if decision.by else ""
        # Of a decision by votes, each vote below has its own reason.
        reason = f": {decision.reason}" if decision.outcome in {"expired", "withdrawn"} else ""
        out.print(f"\nApproval: {decision.outcome}{by}, {_minute(decision.at)}{reason}")
    else:
        given = sum(vote.choice == "approve" for vote in votes)
        out.print(f"\nApproval: pending, {given} of {request.need.needed} given, until {_minute(request.expires_at)}")
    out.print(f"  asked      {', '.join(one.approver for one in request.asked)}")
    for missing in request.not_asked:
        out.print(f"  not asked  {missing}", style="yellow")
    for vote in votes:
        reason = f": {vote.reason}" if vote.reason else ""
        out.print(f"  {vote.choice:<10} {vote.approver}, {_minute(vote.at)}{reason}")


def _minute(at: str) -> str:
    return f"{at[:16].replace('T', ' ')} UTC"


def _print_documents(found: dict[str, Contract | None]) -> None:
    evidence, verdict, changes = found["evidence"], found["verdict"], found["changes"]
    if isinstance(evidence, Evidence):
        lacking = f" (found without {' and '.join(evidence.degraded)})" if evidence.degraded else ""
        out.print(f"\nEvidence{lacking}")
        for passage in evidence.passages:
            out.print(f"  {passage.id} ({passage.source}, version {passage.version})")
            out.print(f"    {stage_scores(passage.scores.model_dump())}")
            out.print(f"    {' '.join(passage.quote.split())}", style="dim")
    if isinstance(verdict, Verdict):
        out.print(f"\nVerdict: {verdict.outcome}")
        for finding in verdict.findings:
            out.print(f"  {finding.outcome:<15}", style=STYLES[finding.outcome], end="")
            out.print(f"{finding.rule}: {finding.message}")
    if isinstance(changes, Changes):
        out.print("\nCalls of a dry run: none of them was made")
        for call in changes.calls:
            out.print(f"  {call.service}.{call.operation} ({call.why})")
            out.print(f"    {json.dumps(call.parameters, sort_keys=True)}", style="dim")
