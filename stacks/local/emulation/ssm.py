"""SSM parameters: what is secret is not readable unless its decryption is asked for."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# moto's SSM is typed only in part.

from __future__ import annotations

import base64
import hashlib
from typing import Any

from moto.ssm.models import Parameter

from stacks.local.emulation.patching import patch

_stock_response_object = Parameter.response_object


def response_object(self: Parameter, decrypt: bool = False, region: str | None = None) -> dict[str, Any]:  # noqa: FBT001, FBT002 - moto's own signature
    """Stock moto shows a SecureString as its plain text with a few words before it; AWS as ciphertext."""
    shown = _stock_response_object(self, decrypt, region)
    if self.parameter_type == "SecureString" and not decrypt:
        digest = hashlib.shake_256(str(self.value).encode()).digest(120)
        shown["Value"] = base64.b64encode(b"\x01\x02\x02\x00" + digest).decode()
    return shown


def install() -> None:
    """Patch how a parameter is shown."""
    patch(Parameter, "response_object", response_object)
