"""The page that a link opens: what would change, what it costs, why people are asked, and the form to answer.

Without JavaScript, for a phone first. Every word that is not ours is escaped by `Markup.format`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from markupsafe import Markup

from lambdas.core.approving.codes import MAX_TRIES
from lambdas.core.approving.forms import MAX_REASON, Field, proof_field
from lambdas.core.approving.mails import asking_mail, is_new, requester_words
from lambdas.core.approving.markup import card, lines, page
from lambdas.core.approving.masks import shown
from lambdas.core.approving.proposals import dollars
from lambdas.core.contracts.approval import ApprovalRequest, Choice, Link, Proposal
from lambdas.core.contracts.base import Contract

TITLES: Final[dict[Choice, str]] = {"approve": "Approve this change", "decline": "Decline this change"}

_LEAD: Final = Markup(
    '<h1>{headline}</h1>\n<p class="lead">You are asked as <strong>{approver}</strong>. '
    "{needed} One decline ends it, and silence is a no.</p>\n"
    '<p class="lead"><strong>{left} left</strong>, until <time datetime="{until}">{until_words} UTC</time>.</p>\n'
    '<p><a href="#answer">{title}</a>, once you have read it.</p>'
)
_TABLE: Final = Markup(
    '<table role="table">\n<caption>{caption}</caption>\n<thead role="rowgroup"><tr role="row">{heads}</tr></thead>\n'
    '<tbody role="rowgroup">\n{rows}\n</tbody>\n</table>'
)
_COLUMN: Final = Markup('<th role="columnheader" scope="col">{}</th>')
_NEW_ROW: Final = Markup(
    '<tr role="row"><th role="rowheader" scope="row">{field}</th>'
    '<td role="cell" class="new"><span>{after}</span></td></tr>'
)
_ROW: Final = Markup(
    '<tr role="row"><th role="rowheader" scope="row">{field}</th>'
    '<td role="cell" class="was" data-label="Live now"><span>{before}</span></td>'
    '<td role="cell" class="new" data-label="Planned"><span>{after}</span></td></tr>'
)
_SAME: Final = Markup("<li><strong>{}</strong>: {}</li>")
_SAME_ALL: Final = Markup("<details>\n<summary>{} unchanged</summary>\n<ul>\n{}\n</ul>\n</details>")
_MONEY: Final = Markup(
    '<dl class="money">\n<div><dt>Now</dt><dd>{}</dd></div>\n<div><dt>During the change</dt><dd>{}</dd></div>\n'
    "<div><dt>Afterwards</dt><dd>{}</dd></div>\n</dl>\n"
    '<p class="soft">On demand, in US dollars. During the change, this is the most.</p>'
)
_RULE: Final = Markup("<li><strong>{}</strong>: {}<br><code>{}</code></li>")
_LIST: Final = Markup("<ul>\n{}\n</ul>")
_QUOTE: Final = Markup(
    "<figure><blockquote>{}</blockquote><figcaption>{}, version {} (<code>{}</code>)</figcaption></figure>"
)
_TEXT: Final = Markup("<p>{}</p>")
_NOTE: Final = Markup('<p class="note">{}</p>')
_REFUSED: Final = Markup(
    '<p class="note" role="alert">Your answer was not taken. {} <a href="#answer">To the form</a></p>'
)
_FAULT: Final = Markup('<p class="fault" id="{}-fault">{}</p>')
_FORM: Final = Markup(
    '<form method="post" novalidate autocomplete="off">\n{note}\n'
    '<input type="hidden" name="csrf" value="{csrf}">\n'
    '<label for="reason">Reason{optional}</label>\n<p class="hint" id="reason-hint">{reason_hint}</p>\n{reason_fault}'
    '<textarea id="reason" name="reason" rows="4" aria-describedby="{reason_described}"{reason_state}>'
    "\n{reason}</textarea>\n{proof}\n"
    '<button class="{choice}" type="submit">{title}</button>\n</form>'
)
_CODE: Final = Markup(
    '<label for="code">Code of your authenticator</label>\n'
    '<p class="hint" id="code-hint">The six digits that it shows for AgentOps now. {tries}</p>\n{fault}'
    '<input class="digits" id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" '
    'spellcheck="false" required aria-describedby="{described}"{state}>'
)
_NAME: Final = Markup(
    '<label for="endpoint">The endpoint\'s whole name</label>\n'
    '<p class="hint" id="endpoint-hint">Type it out: it stands neither here nor in the mail. {tries}</p>\n{fault}'
    '<input id="endpoint" name="endpoint" type="text" autocomplete="off" autocapitalize="none" spellcheck="false" '
    'required aria-describedby="{described}"{state}>'
)
_INVALID: Final = Markup(' aria-invalid="true"')
# Brings a phone to the field that is wrong, without a script.
_FIRST: Final = Markup(" autofocus")
_FOOTER: Final = Markup("<p>Plan <code>{}</code><br>Digest <code>{}</code></p>")


class View(Contract):
    """What a page shows besides the request: whose link it is, the time, and what was wrong with the last answer."""

    link: Link
    csrf: str
    at: str
    """Now, in UTC, ISO 8601."""
    tries: int
    """How many codes were tried for this plan."""
    note: str = ""
    """What was wrong with the answer as a whole."""
    faults: Mapping[Field, str] = {}
    reason: str = ""
    """What was typed, and is kept."""


def approval_page(request: ApprovalRequest, view: View) -> str:
    """Return the page for one approver and one choice."""
    proposal = shown(request.proposal, request.need.assurance)
    body = lines(
        [
            _lead(request, proposal, view),
            _REFUSED.format(view.note) if view.note or view.faults else Markup(),
            card("change", "What changes", _change(proposal)),
            card("cost", "What it costs an hour", _money(proposal)),
            card("rules", "Why people are asked", _rules(proposal)),
            card("requester", "Who asked", _TEXT.format(requester_words(proposal))),
            card("unread", "Not understood, and without effect", _TEXT.format("; ".join(proposal.unread)))
            if proposal.unread
            else Markup(),
            card("evidence", "Evidence", _evidence(proposal)) if proposal.evidence else Markup(),
            card("answer", TITLES[view.link.choice], _form(request, view)),
        ]
    )
    footer = _FOOTER.format(proposal.plan_id, proposal.digest)
    return page(TITLES[view.link.choice], body, badge=proposal.env, footer=footer)


def gives_name_away(request: ApprovalRequest) -> bool:
    """Does the endpoint's name stand in the page or the mail all the same, as part of words of our own?"""
    choices: tuple[Choice, ...] = ("approve", "decline")
    texts = [asking_mail(request, "", dict.fromkeys(choices, ""), "first").text]
    for choice in choices:
        link = Link(
            plan_id=request.plan_id,
            digest=request.proposal.digest,
            approver="",
            choice=choice,
            round=request.round,
            expires_at=request.expires_at,
        )
        texts.append(approval_page(request, View(link=link, csrf="", at=request.requested_at, tries=1)))
    return any(request.proposal.endpoint.casefold() in text.casefold() for text in texts)


def time_left(at: str, until: str) -> str:
    """Return how long there is between two times, in words: "3 h 20 min"."""
    minutes = max(0, int((datetime.fromisoformat(until) - datetime.fromisoformat(at)).total_seconds() // 60))
    if minutes < 1:
        return "Less than a minute"
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    named = [(days, "d"), (hours, "h"), (rest, "min")]
    return " ".join(f"{count} {unit}" for count, unit in named if count)


def _lead(request: ApprovalRequest, proposal: Proposal, view: View) -> Markup:
    needed = request.need.needed
    return _LEAD.format(
        headline=proposal.headline,
        approver=view.link.approver,
        needed="One approval is needed." if needed == 1 else f"{needed} approvals are needed.",
        left=time_left(view.at, request.expires_at),
        title=TITLES[view.link.choice],
        until=request.expires_at,
        until_words=request.expires_at[:16].replace("T", " "),
    )


def _change(proposal: Proposal) -> Markup:
    differing = [row for row in proposal.rows if row.before != row.after]
    same = [row for row in proposal.rows if row.before == row.after]
    new = is_new(proposal)
    differ = f"{len(differing)} of {len(proposal.rows)} fields differ from what is live."
    columns = ("Field", "Planned") if new else ("Field", "Live now", "Planned")
    unchanged = _SAME_ALL.format(len(same), lines(_SAME.format(row.field, row.after) for row in same))
    table = _TABLE.format(
        caption="Nothing is live under this name yet." if new else differ,
        heads=Markup().join(map(_COLUMN.format, columns)),
        rows=lines(
            (_NEW_ROW if new else _ROW).format(
                field=row.field, before=row.before or "nothing", after=row.after or "nothing"
            )
            for row in differing
        ),
    )
    return lines([table, unchanged if same else Markup()])


def _money(proposal: Proposal) -> Markup:
    amounts = (proposal.usd_per_hour_before, proposal.usd_per_hour_during, proposal.usd_per_hour_after)
    return _MONEY.format(*(dollars(amount).removesuffix(" an hour") for amount in amounts))


def _rules(proposal: Proposal) -> Markup:
    return _LIST.format(lines(_RULE.format(rule.rule, rule.message, rule.policy) for rule in proposal.rules))


def _evidence(proposal: Proposal) -> Markup:
    return lines(_QUOTE.format(it.quote, it.source, it.version, it.passage_id) for it in proposal.evidence)


def _form(request: ApprovalRequest, view: View) -> Markup:
    choice = view.link.choice
    hint = "Whoever asked reads it." if choice == "decline" else "It stands in the record."
    return _FORM.format(
        note=_NOTE.format(view.note) if view.note else Markup(),
        csrf=view.csrf,
        optional="" if choice == "decline" else " (optional)",
        reason_hint=f"{hint} Up to {MAX_REASON:,} characters.",
        reason_fault=_fault(view, "reason"),
        reason_described=_described(view, "reason"),
        reason_state=_state(view, "reason"),
        reason=view.reason,
        proof=_proof(request, view),
        choice=choice,
        title=TITLES[choice],
    )


def _proof(request: ApprovalRequest, view: View) -> Markup:
    field = proof_field(request.need.assurance)
    left = MAX_TRIES - view.tries
    tries = f"You have {left} {'try' if left == 1 else 'tries'} left." if view.tries else ""
    return (_CODE if field == "code" else _NAME).format(
        tries=tries, fault=_fault(view, field), described=_described(view, field), state=_state(view, field)
    )


def _fault(view: View, field: Field) -> Markup:
    return _FAULT.format(field, view.faults[field]) + Markup("\n") if field in view.faults else Markup()


def _described(view: View, field: Field) -> str:
    return f"{field}-hint {field}-fault" if field in view.faults else f"{field}-hint"


def _state(view: View, field: Field) -> Markup:
    if field not in view.faults:
        return Markup()
    return _INVALID + _FIRST if field == next(iter(view.faults)) else _INVALID
