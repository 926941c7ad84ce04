"""Approval links: 256 random bits in a mail, kept as their SHA-256 alone, and the page's token against forgery."""

import hashlib
import hmac
import re

from lambdas.core.canonical import digest
from lambdas.core.contracts.approval import ApprovalRequest

LINK_BYTES = 32
"""How many random bytes a link's secret has: `secrets.token_urlsafe(LINK_BYTES)` makes one."""

_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")


def is_link_secret(text: str) -> bool:
    """Could this be a link's secret, by its shape alone?"""
    return _SHAPE.fullmatch(text) is not None


def link_id(secret: str) -> str:
    """Return what is stored of a link: the SHA-256 of its secret, as 64 lower-case hex digits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def link_key(secret: str) -> str:
    """Return the partition key of a link's record in the plans table."""
    return f"link#{link_id(secret)}"


def csrf_token(secret: str, request: ApprovalRequest) -> str:
    """Return the token of a page: whoever posts it back saw this very proposal under this very link."""
    message = f"{digest(request.proposal)}|{request.round}"
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()


def csrf_matches(secret: str, request: ApprovalRequest, given: str) -> bool:
    """Is `given` the token of this page? Takes the same time whatever is given."""
    return hmac.compare_digest(csrf_token(secret, request).encode(), given.encode(errors="replace"))
