"""An approver's authenticator: a new secret, shown as a QR code, proved by a code, and only then stored."""

import io
import os
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import pyotp
import segno
from pyotp.totp import TOTP

from cli.terminal import CommandError
from lambdas.core.policies.approvals import SECRETS_PREFIX

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

TRIES = 3
"""Codes that one enrolment takes before it gives up."""
_SKEW_STEPS = 1  # a code of 30 s earlier or later counts, as it does on the approval page
_QUIET_ZONE = 4  # modules of border, which ISO/IEC 18004 asks for
# Black on white whatever the terminal's own colours: a reversed code is one that many phones cannot read.
_WHITE_ON_BLACK, _RESET = "\x1b[38;5;231;48;5;16m", "\x1b[0m"


def parameter_name(approver: str) -> str:
    """Return the name of the parameter that holds an approver's secret."""
    return f"{SECRETS_PREFIX}/{approver}/totp"


def enrolled(ssm: "SSMClient") -> frozenset[str]:
    """Return the ids of all who have a secret stored, without reading one. Raise `ClientError`."""
    below = ssm.get_paginator("describe_parameters").paginate(
        ParameterFilters=[{"Key": "Path", "Option": "Recursive", "Values": [SECRETS_PREFIX]}]
    )
    names = [parameter.get("Name", "") for page in below for parameter in page["Parameters"]]
    return frozenset(name.split("/")[-2] for name in names if name.endswith("/totp"))


def new_secret() -> str:
    """Return 160 random bits in base 32, as long as HMAC-SHA-1's output (RFC 4226, section 4)."""
    return pyotp.random_base32()


def address_of(secret: str, *, approver: str, issuer: str) -> str:
    """Return the otpauth address that an authenticator takes. It holds the secret."""
    return TOTP(secret).provisioning_uri(name=approver, issuer_name=issuer)


def qr_code(text: str) -> list[str]:
    """Draw a QR code for a terminal, a line per row of characters, each two modules high."""
    drawing = io.StringIO()
    segno.make_qr(text, error="l").terminal(drawing, border=_QUIET_ZONE, compact=True)
    return [f"{_WHITE_ON_BLACK}{line}{_RESET}" for line in drawing.getvalue().splitlines()]


def qr_width(text: str) -> int:
    """Return how many columns its QR code takes."""
    return int(segno.make_qr(text, error="l").symbol_size(border=_QUIET_ZONE)[0])


def can_draw(columns: int, text: str) -> bool:
    """Can this terminal show the QR code of a text?"""
    return os.environ.get("TERM") != "dumb" and qr_width(text) <= columns


def prove(secret: str, ask: Callable[[], str], now: Callable[[], datetime], tell: Callable[[str], None]) -> None:
    """Return once the right code is given. Raise `CommandError` after `TRIES` wrong ones."""
    authenticator = TOTP(secret)
    for left in reversed(range(TRIES)):
        code = "".join(ask().split())
        if authenticator.verify(code, for_time=now(), valid_window=_SKEW_STEPS):
            return
        if left:
            tell(f"that is not the code; {left} more {'try' if left == 1 else 'tries'}")
    raise CommandError(
        "no right code was given, so nothing was stored. Do the clocks of phone and computer agree? "
        "Take the entry out of the authenticator and run this again"
    )


def store(ssm: "SSMClient", approver: str, secret: str, *, replace: bool) -> None:
    """Store an approver's secret, encrypted. Raise `CommandError` where one stands and `replace` is not given."""
    try:
        ssm.put_parameter(
            Name=parameter_name(approver),
            Description=f"AgentOps: secret of the authenticator of {approver}",
            Type="SecureString",
            Value=secret,
            Overwrite=replace,
        )
    except ssm.exceptions.ParameterAlreadyExists:
        raise CommandError(already(approver)) from None


def already(approver: str) -> str:
    """Say that an approver is enrolled, and how to enrol anew."""
    return f"{approver} is enrolled; --replace makes a new secret, and the old one stops working"
