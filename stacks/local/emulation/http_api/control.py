"""The configuring side of HTTP APIs, where moto differs from AWS or this machine from the internet."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# moto's API Gateway is typed only in part.

from __future__ import annotations

from typing import Any

from moto.apigatewayv2.models import Api

from stacks.local.emulation import runtime
from stacks.local.emulation.patching import patch

_stock_init = Api.__init__


def init(self: Api, region: str, *args: Any, **kwargs: Any) -> None:
    """Stock moto gives an API an address at AWS where nothing of it answers; here it is the host's own, which does."""
    _stock_init(self, region, *args, **kwargs)
    self.api_endpoint = runtime.hooks().open_api(self.backend.account_id, region, self.api_id)


def install() -> None:
    """Patch the API's address."""
    patch(Api, "__init__", init)
