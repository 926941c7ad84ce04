"""The model's reply, held to the closed lists: everything that is not exactly a choice from them is refused."""

import json
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field, ValidationError

from lambdas.core.contracts.base import Contract
from lambdas.core.planning.chat import ChatReply
from lambdas.core.planning.options import MAX_CITATIONS, MAX_QUESTION_CHARACTERS, Options
from lambdas.core.text import canonical_text

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

MAX_REPLY_CHARACTERS = 16_000


class Draft(Contract):
    """A reply that was accepted. `question` is empty unless the model says that the intent is not clear to it."""

    model: str
    instance_type: str
    citations: Annotated[tuple[str, ...], Field(min_length=1, max_length=MAX_CITATIONS)]
    question: Annotated[str, Field(max_length=MAX_QUESTION_CHARACTERS), AfterValidator(canonical_text)]


class ReplyRefusedError(ValueError):
    """The reply is not a choice from the closed lists; the message says why, for the model and for people.

    It never repeats the reply's own words: they may be an attacker's, and the message ends up in a mail.
    """


def read_reply(reply: ChatReply, options: Options) -> Draft:
    """Return the draft that a reply holds. Raises ReplyRefusedError with every reason at once."""
    if reply.finish_reason == "length":
        message = "the reply was cut off at the token limit (finish_reason length)"
        raise ReplyRefusedError(message)
    if len(reply.text) > MAX_REPLY_CHARACTERS:
        message = f"the reply has {len(reply.text)} characters; at most {MAX_REPLY_CHARACTERS} are read"
        raise ReplyRefusedError(message)
    try:
        _check_json_object(reply.text)
        draft = Draft.model_validate_json(reply.text)
    except ValidationError as error:
        raise ReplyRefusedError(_faults(error)) from error
    if reasons := _off_list(draft, options):
        raise ReplyRefusedError("; ".join(reasons))
    return draft


def _faults(error: ValidationError) -> str:
    return "; ".join(map(_fault, error.errors(include_url=False, include_context=False, include_input=False)))


def _fault(found: "ErrorDetails") -> str:
    if found["type"] == "extra_forbidden":
        return "there is a key that was not asked for"
    if not found["loc"]:  # pydantic reads less as JSON than Python does: not any depth, no half of a surrogate pair
        return f"the reply is not one JSON object ({found['msg']})"
    return f"{found['loc'][0]}: {found['msg']}"


def _check_json_object(text: str) -> None:
    """Refuse what pydantic would let pass or tell less well: no object, a key that stands twice, NaN."""
    try:
        data: object = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        message = f"the reply is not one JSON object ({error})"
        raise ReplyRefusedError(message) from error
    if not isinstance(data, dict):
        message = f"the reply is a JSON {type(data).__name__}, not an object"
        raise ReplyRefusedError(message)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            message = "a key stands twice"
            raise ReplyRefusedError(message)
        found[key] = value
    return found


def _no_constant(name: str) -> Any:
    message = f"{name} is no JSON number"
    raise ReplyRefusedError(message)


def _off_list(draft: Draft, options: Options) -> list[str]:
    reasons: list[str] = []
    if draft.model not in options.models:
        reasons.append(f"model is not on the list {list(options.models)}")
    if draft.instance_type not in options.instance_types:
        reasons.append(f"instance_type is not on the list {list(options.instance_types)}")
    if foreign := sum(cited not in options.passages for cited in draft.citations):
        reasons.append(f"{foreign} of the citations are no ids of the passages given")
    if len(set(draft.citations)) < options.min_citations:
        reasons.append(f"citations name {len(set(draft.citations))} passages; at least {options.min_citations} are due")
    return reasons
