"""One way to write a value as bytes, so that equal values have equal digests."""

import hashlib
import json
from typing import Any

from pydantic import BaseModel


def canonical_json(value: Any) -> str:
    """Return JSON with sorted keys, no spaces and no escapes beyond JSON's own (RFC 8785 in spirit).

    `value` is JSON data or a pydantic model. Raises ValueError for NaN and infinities, which JSON cannot hold.
    """
    data = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(value: Any) -> str:
    """Return the SHA-256 of the canonical JSON, as 64 lower-case hex digits."""
    return hashlib.sha256(canonical_json(value).encode("utf-8")).hexdigest()
