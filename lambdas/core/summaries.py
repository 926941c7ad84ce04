"""How a run ended, in one line for the console, the mail and the list of plans."""

import json
import re
from collections.abc import Collection
from typing import Any, cast

from lambdas.core.contracts.changes import Changes
from lambdas.core.contracts.plan import Plan, PlanRecord
from lambdas.core.contracts.steps import Failure
from lambdas.core.contracts.verdict import ApprovalNeed, Verdict
from lambdas.core.ends import End
from lambdas.core.policies.money import usd
from lambdas.core.receiving import one_line
from lambdas.core.text import defused

MAX_SUMMARY = 1_000
_MAX_QUESTION = 400
_MAX_UNREAD = 240
_CUT_MESSAGE = re.compile(r'\{"errorMessage": ?"((?:[^"\\]|\\.)*)')
"""The beginning of Lambda's cause, where the state machine has cut it off."""

_WORDS = {
    "denied": "Denied",
    "unclear": "Unclear",
    "duplicate": "Already received",
    "failed": "Failed",
    "declined": "Declined",
    "expired": "Expired",
    "withdrawn": "Withdrawn",
    "busy": "Busy",
    "handed-over": "Handed over",
    "nothing-to-undo": "Nothing to undo",
}
_ANSWERS = {
    "rolled-back": "Rolled back",
    "not-deployed": "Not deployed, and what was made is gone",
    "needs-person": "Needs a person",
    "restored": "Rolled back",
}
"""Ends that say what was done about a failure."""


def page_text(end: End, summary: str, plan_id: str, endpoint: str, execution_arn: str) -> tuple[str, str]:
    """Return subject and text of the mail to operations; `endpoint` is empty where it was not known yet."""
    lines = [f"Endpoint: {endpoint}"] if endpoint else []
    lines += [f"Plan: {plan_id}", f"Execution: {execution_arn}", f"Runbook: docs/runbook.md, {end.headline}"]
    where = f"{endpoint}, {plan_id}" if endpoint else plan_id
    return f"AgentOps {end.headline}: {where}", "\n".join([defused(summary), "", *lines, ""])


def question_of_model(question: str, ways: Collection[str]) -> str:
    """Return what the planning model asks, marked as its own, in one line without an address that could be followed.

    `question` is canonical text; `ways` are ours to say it again.
    """
    examples = f" (for example: {'; '.join(ways)})" if ways else ""
    return f"The planning model asks: {one_line(defused(question), _MAX_QUESTION)}{examples}"


def dry_run_summary(plan: Plan, changes: Changes, unread: Collection[str] = ()) -> str:
    """Return what a dry run found: what would run where, for how much, and who would be asked.

    `unread` are the words of the intent that nobody understood.
    """
    endpoint = f"endpoint {plan.endpoint} in {plan.env}"
    fleet = f"{plan.model.catalogue_id} on {plan.instance_count} x {plan.instance_type}"
    cost = f"{usd(changes.usd_per_hour_after)} an hour"
    verb = "update" if changes.endpoint_exists else "create"
    found = (
        f"Nothing to change, {endpoint} already runs the plan of {changes.plan_id}: {fleet}, {cost}"
        if changes.already_live
        else f"{changes.plan_id} would {verb} {endpoint}: {fleet}, {cost}; {approval_words(changes.approval)}; "
        f"{len(changes.calls)} calls listed"
    )
    ignored = f". Not understood, and without effect: {defused('; '.join(unread))}" if unread else ""
    return one_line(f"DRY RUN: nothing was deployed. {found}{one_line(ignored, _MAX_UNREAD)}", MAX_SUMMARY)


def deployed_summary(plan: Plan, plan_id: str, *, exercised: bool) -> str:
    """Return what runs now; `exercised` is whether the new fleet got any traffic while it was watched."""
    cost = f", {usd(plan.estimated_usd_per_hour)} an hour" if plan.estimated_usd_per_hour is not None else ""
    told = (
        f"Deployed: {plan_id} runs on endpoint {plan.endpoint} in {plan.env}: {plan.model.catalogue_id} on "
        f"{plan.instance_count} x {plan.instance_type}{cost}"
    )
    return one_line(told if exercised else f"{told}. No traffic came while it was watched", MAX_SUMMARY)


def approval_words(approval: ApprovalNeed | None) -> str:
    """Return who would be asked."""
    if approval is None:
        return "no approval needed"
    people = "approval" if approval.needed == 1 else "approvals"
    return f"needs {approval.needed} {people} of {', '.join(approval.approvers)}"


def denial(verdict: Verdict) -> str:
    """Return every reason of a denial, with the numbers."""
    return one_line("; ".join(found.message for found in verdict.findings if found.outcome == "deny"), MAX_SUMMARY)


def end_summary(end: End, reason: str, failure: Failure | None) -> str:
    """Return the line for any end other than a dry run."""
    if failure is not None:
        text = cause_text(failure)
        if end.name in _ANSWERS:
            told = f"{_ANSWERS[end.name]}: {failure.Error}: {text}"
        else:
            told = f"Failed: {failure.Error}: {text}" if end.pages else f"{_WORDS.get(end.name, 'Refused')}: {text}"
        return one_line(told, MAX_SUMMARY)
    words = _ANSWERS.get(end.name) or _WORDS.get(end.name, "Refused")
    return one_line(f"{words}: {reason or 'no reason was given'}", MAX_SUMMARY)


def dead_summary(end: End, seen: str, record: PlanRecord | None) -> str:
    """Return how a run ended that died before it could say so: what stands, and what was seen."""
    if end.succeeded and record:
        told = deployed_summary(record.plan, record.plan_id, exercised=True)
        return one_line(f"{told}. The run died before it could say so; {seen}", MAX_SUMMARY)
    words = _ANSWERS.get(end.name, "Died")
    return one_line(f"{words}: the run ended before it could say how; {seen}", MAX_SUMMARY)


def cause_text(failure: Failure) -> str:
    """Return the message in a caught error's cause: Lambda puts a JSON object there."""
    try:
        cause = json.loads(failure.Cause)
    except ValueError:
        cut = _CUT_MESSAGE.match(failure.Cause)
        return cut[1].replace('\\"', '"') if cut else failure.Cause
    if isinstance(cause, dict):
        return str(cast("dict[str, Any]", cause).get("errorMessage") or failure.Cause)
    return failure.Cause
