"""Ask for a draft, repair it once, or give up with the reasons."""

from lambdas.core.contracts.base import Contract
from lambdas.core.contracts.evidence import Evidence
from lambdas.core.contracts.intent import Choice
from lambdas.core.contracts.reading import IntentReading
from lambdas.core.errors import PlannerReplyError
from lambdas.core.planning.chat import Ask
from lambdas.core.planning.options import Options
from lambdas.core.planning.prompt import first_messages, repair_messages
from lambdas.core.planning.reply import Draft, ReplyRefusedError, read_reply


class Drafted(Contract):
    """An accepted draft, and how many replies it took."""

    draft: Draft
    rounds: int


def draft_choice(
    ask: Ask, *, text: str, env: str, options: Options, prices: dict[str, float], evidence: Evidence
) -> Drafted:
    """Return a draft from the closed lists. Raises PlannerReplyError when the reply and its repair were refused."""
    messages = first_messages(text, env, options, prices, evidence)
    reasons: list[str] = []
    for round_ in (1, 2):
        reply = ask(messages, options.json_schema())
        try:
            draft = read_reply(reply, options)
        except ReplyRefusedError as refused:
            reasons.append(str(refused))
            messages = repair_messages(messages, reply.text, str(refused))
            continue
        return Drafted(draft=draft, rounds=round_)
    message = f"the planning model's reply was refused: {reasons[0]}; and so was its repair: {reasons[1]}"
    raise PlannerReplyError(message[:2_000])


def choice_of(draft: Draft, reading: IntentReading) -> Choice:
    """Return what a plan is made of: the model's picks from the lists, and for all else what the intent says."""
    return Choice(
        model=draft.model,
        application=reading.application,
        instance_type=draft.instance_type,
        instance_count=reading.instance_count,
        traffic=reading.traffic,
    )
