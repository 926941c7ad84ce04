"""`./agentops approvers`: who may be asked, and whether asking would reach them and be answered by them."""

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import typer
from rich.table import Table

from cli import enrolment, subscriptions
from cli.approver_desk import desk, refuse_reserved, standing_of
from cli.terminal import CommandError, command_app, notes, out, print_table, say

Id = Annotated[str, typer.Argument(metavar="ID", help="The approver's id in policies/approvals.yaml.")]
Local = Annotated[bool, typer.Option("--local", help="Work on a running ./agentops local instead of AWS.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = command_app("Manage who can be asked for approval: list, invite, confirm, enrol.")


@app.command(name="list")
def list_approvers(*, local: Local = False, as_json: AsJson = False) -> None:
    """Show each approver's address, subscription and enrolment, and what to do next."""
    with desk("looking at the approvers", local=local) as at:
        enrolled = enrolment.enrolled(at.ssm)
        found = [standing_of(at, approver, enrolled=approver.id in enrolled) for approver in at.approvers.values()]
    if as_json:
        out.print(json.dumps([asdict(standing) for standing in found], indent=2))
        return
    table = Table(box=None, pad_edge=False)
    for column in ("APPROVER", "ADDRESS", "SUBSCRIPTION", "ENROLLED"):
        table.add_column(column, overflow="fold", no_wrap=column in {"APPROVER", "ENROLLED"})
    for one in found:
        table.add_row(one.id, one.address, one.subscription, "yes" if one.enrolled else "no")
    print_table(table)
    # Below the table, where no column breaks a command that is to be copied.
    for one in found:
        if one.next:
            out.print(f"{one.id}: {one.next}")
    ready = sum(not standing.next for standing in found)
    say(f"{ready} of {len(found)} can be asked and can answer with a code")


@app.command()
def invite(
    approver: Id,
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Take off what is subscribed now, then invite.")] = False,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Subscribe the policy's address of an approver: AWS mails a confirmation link to it."""
    with desk(f"inviting {approver}", local=local) as at:
        person, topic = at.approver(approver)
        refuse_reserved(person, local=local)
        if replace:
            ended = subscriptions.end_confirmed(at.sns, topic)
            say(f"{ended} confirmed {'subscription' if ended == 1 else 'subscriptions'} taken off")
        elif (state := subscriptions.state_of(at.sns, topic, person.email)) not in subscriptions.INVITABLE:
            raise CommandError(
                f"{approver} has a subscription already ({subscriptions.STATES[state]}); --replace starts again"
            )
        at.sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=person.email)
    if as_json:
        out.print(json.dumps({"approver": approver, "address": person.email, "topic": topic, "state": "pending"}))
        return
    out.print(f"AWS mails {person.email}: 'AWS Notification - Subscription Confirmation', for {topic}.")
    out.print(
        "Ask them to copy the link 'Confirm subscription' and send it to you. They must NOT open it: who opens it"
    )
    out.print("confirms without signing in, and then anybody who holds one of the mails can unsubscribe them.")
    out.print(
        f"Then, within {subscriptions.PENDING_DAYS} days: ./agentops approvers confirm {approver} 'LINK'{at.option}"
    )


@app.command()
def confirm(
    approver: Id,
    link: Annotated[str, typer.Argument(metavar="LINK", help="The link of the confirmation mail, or its token.")],
    *,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Confirm an approver's subscription with a signed call, so that no mail's link can end it."""
    with desk(f"confirming {approver}", local=local) as at:
        person, topic = at.approver(approver)
        token = subscriptions.token_in(link, topic=topic, address=person.email, hosts=at.hosts)
        at.sns.confirm_subscription(TopicArn=topic, Token=token, AuthenticateOnUnsubscribe="true")
        state = subscriptions.state_of(at.sns, topic, person.email)
        standing = standing_of(at, person, enrolled=approver in enrolment.enrolled(at.ssm))
    if state != "confirmed":
        raise CommandError(f"{approver} cannot be asked yet: {standing.subscription}; next: {standing.next}")
    if as_json:
        out.print(json.dumps(asdict(standing)))
        return
    out.print(f"{approver} ({person.email}) is subscribed; only this account can end it.")
    out.print(f"Next: {standing.next or 'nothing'}")


@app.command()
def enrol(
    approver: Id,
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Make a new secret where one is stored.")] = False,
    show_secret: Annotated[
        bool, typer.Option("--show-secret", help="Print the secret as text too, for a screen reader or by hand.")
    ] = False,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Give an approver an authenticator entry: a QR code to scan, one code to prove it, then it is stored."""
    with desk(f"enrolling {approver}", local=local) as at:
        at.approver(approver)
        if not replace and approver in enrolment.enrolled(at.ssm):
            raise CommandError(enrolment.already(approver))
        account = at.topics[approver].split(":")[4]
        secret = enrolment.new_secret()
        issuer = "AgentOps local" if local else f"AgentOps {account}"
        _show(enrolment.address_of(secret, approver=approver, issuer=issuer), show_secret=show_secret)
        enrolment.prove(secret, _ask_code, partial(datetime.now, UTC), say)
        enrolment.store(at.ssm, approver, secret, replace=replace)
    name = enrolment.parameter_name(approver)
    if as_json:
        out.print(json.dumps({"approver": approver, "enrolled": True, "parameter": name}))
        return
    out.print(f"{approver} is enrolled: the secret is stored, encrypted, as {name}.")


def _show(address: str, *, show_secret: bool) -> None:
    """Show what the authenticator takes, on standard error: the secret is no result. Raise `CommandError` if unseen."""
    drawn = notes.is_terminal and enrolment.can_draw(notes.width, address)
    if not drawn and not show_secret:
        why = f"the terminal is narrower than {enrolment.qr_width(address)} columns, or dumb"
        where = why if notes.is_terminal else "this is no terminal"
        raise CommandError(f"the QR code cannot be shown: {where}. --show-secret prints the secret as text")
    if drawn:
        # Written as it is: rich would take the colours off under NO_COLOR, and the code with them.
        print("\n".join(enrolment.qr_code(address)), file=sys.stderr)
    if show_secret:
        print(address, file=sys.stderr)
    say("scan it with the approver's authenticator; it is shown this once")


def _ask_code() -> str:
    notes.print("The code that the authenticator shows now: ", end="")
    try:
        return input()
    except EOFError:
        raise CommandError("nobody typed a code, so nothing was stored") from None
