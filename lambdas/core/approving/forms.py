"""What a person posts from the page: read strictly, and given back where something is wrong with it."""

from typing import Final, Literal
from urllib.parse import parse_qs

from lambdas.core.approving.codes import plain_code
from lambdas.core.contracts.approval import Choice
from lambdas.core.contracts.base import Contract
from lambdas.core.errors import PermanentError
from lambdas.core.text import canonical_text, is_binary_looking

MAX_BODY_BYTES: Final = 16 * 1024
MAX_REASON: Final = 1_000
_MAX_PROOF = 200

Field = Literal["csrf", "reason", "code", "endpoint", "form"]
"""The fields of the form by name; `form` is about all of them."""


class Answer(Contract):
    """A form that can be read. `proof` is the six digits of a code, or the endpoint's name as it was typed."""

    csrf: str
    reason: str
    proof: str


class FormError(PermanentError):
    """A form that cannot be read: what is wrong with which field, and the reason that was typed, to be kept."""

    def __init__(self, faults: dict[Field, str], reason: str) -> None:
        self.faults = faults
        self.reason = reason
        super().__init__("; ".join(f"{field}: {fault}" for field, fault in faults.items()))


def proof_field(assurance: str) -> Literal["code", "endpoint"]:
    """Return the name of the field that holds the proof for this assurance."""
    return "endpoint" if assurance == "typed-name" else "code"


def read_answer(body: bytes, choice: Choice, assurance: str) -> Answer:
    """Return what an urlencoded body says. Raises FormError with every fault at once."""
    proof = proof_field(assurance)
    given = _fields(body)
    typed = (given.get("reason") or [""])[0]
    faults: dict[Field, str] = {}
    if unknown := sorted(set(given) - {"csrf", "reason", proof}):
        faults["form"] = f"This form has no field {', '.join(name[:40] for name in unknown)}. Open the link again."
    for field in ("csrf", "reason", proof):
        found = given.get(field, [])
        if len(found) != 1:
            faults[field] = "This is missing. Open the link again." if not found else "This was sent more than once."
    if not faults:
        faults = _reason_faults(typed, choice) | _proof_faults(given[proof][0], proof)
        if not given["csrf"][0]:
            faults["csrf"] = "This is missing. Open the link again."
    if faults:
        raise FormError(faults, typed)
    code = plain_code(given[proof][0]) if proof == "code" else given[proof][0].strip()
    return Answer(csrf=given["csrf"][0], reason=canonical_text(typed), proof=code or "")


def _fields(body: bytes) -> dict[str, list[str]]:
    if len(body) > MAX_BODY_BYTES:
        raise FormError({"form": "What was sent is larger than this form can be."}, "")
    try:
        return parse_qs(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError as error:
        raise FormError({"form": "What was sent is not a form that this page can read."}, "") from error


def _reason_faults(typed: str, choice: Choice) -> dict[Field, str]:
    if is_binary_looking(typed):
        return {"reason": "This looks like data. Write it in words."}
    reason = canonical_text(typed)
    if len(reason) > MAX_REASON:
        return {"reason": f"This has {len(reason):,} characters. Shorten it to {MAX_REASON:,}."}
    if choice == "decline" and not reason:
        return {"reason": "Say why. Whoever asked reads it."}
    return {}


def _proof_faults(typed: str, proof: Literal["code", "endpoint"]) -> dict[Field, str]:
    if proof == "code" and plain_code(typed) is None:
        return {"code": "A code has six digits. This was not counted as a try."}
    if proof == "endpoint" and not 0 < len(typed.strip()) <= _MAX_PROOF:
        return {"endpoint": "Type the endpoint's whole name. This was not counted as a try."}
    return {}
