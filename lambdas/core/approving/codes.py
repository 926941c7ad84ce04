"""What proves that it is the approver who answers: the authenticator's code, or the endpoint's name typed out."""

import hmac
import re
from datetime import datetime

from pyotp.exceptions import OTPVerificationError
from pyotp.totp import TOTP

from lambdas.core.errors import RecordError

MAX_TRIES = 5
"""How many codes an approver may try for one plan: 5 of a million, with three valid ones, is a chance of 0.0015 %."""

SKEW_STEPS = 1
"""How many steps of 30 s a clock may be off, either way (RFC 6238, section 5.2, recommends at most one)."""

_CODE = re.compile(r"\d{6}", re.ASCII)


def plain_code(typed: str) -> str | None:
    """Return the six digits of a code as people type it ("123 456"), or None for anything else."""
    code = "".join(typed.split())
    return code if _CODE.fullmatch(code) else None


def accepted_step(secret: str, code: str, at: str, last_step: int) -> int | None:
    """Return the time step that a code is of, or None for a wrong code and for a step that was used already.

    `at` is now (UTC, ISO 8601); `last_step` is the approver's last accepted step, 0 for none. Raises RecordError for a
    secret that is not base32.
    """
    try:
        step = TOTP(secret).verify_and_get_timecode(code, for_time=datetime.fromisoformat(at), valid_window=SKEW_STEPS)
    except OTPVerificationError:
        return None
    except ValueError:
        # `from None`: the error that it came from may hold the secret.
        message = "an approver's secret is not base32; run ./agentops approvers enrol ID --replace"
        raise RecordError(message) from None
    return step if step > last_step else None


def is_name(typed: str, endpoint: str) -> bool:
    """Is this the endpoint's name, to the letter? Blanks around it do not count."""
    return hmac.compare_digest(typed.strip().encode(errors="replace"), endpoint.encode())
