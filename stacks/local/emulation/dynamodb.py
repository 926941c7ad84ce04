"""DynamoDB: one request at a time, and a transaction that is sent twice with one token is carried out once."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# moto's DynamoDB is typed only in part.

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.dynamodb.responses import DynamoHandler

from stacks.local.emulation import runtime
from stacks.local.emulation.patching import patch
from stacks.local.emulation.refusals import RefusalError

TOKEN_LIFETIME_S: Final = 600
_stock_call_action = DynamoHandler.call_action
_stock_transact_write = DynamoHandler.transact_write_items
_LOCK: Final = threading.RLock()


def call_action(self: DynamoHandler) -> Any:
    """Stock moto loses concurrent updates (eight threads, fifty increments each: 392 to 398 of 400); AWS loses none."""
    with _LOCK:
        return _stock_call_action(self)


def transact_write_items(self: DynamoHandler) -> ActionResult:
    """Stock moto ignores ClientRequestToken and writes again; AWS answers a repetition within ten minutes with success.

    The same token with other parameters is IdempotentParameterMismatchException.
    """
    token = self.body.get("ClientRequestToken")
    if not token:
        return _stock_transact_write(self)
    now = runtime.hooks().now()
    # In the backend's own dictionary, which moto empties when it is reset.
    seen: OrderedDict[str, tuple[str, float]] = self.dynamodb_backend.__dict__.setdefault("_tokens", OrderedDict())
    while seen and next(iter(seen.values()))[1] < now - TOKEN_LIFETIME_S:
        seen.popitem(last=False)
    asked = json.dumps(self.body["TransactItems"], sort_keys=True, default=repr)
    known = seen.get(token)
    if known is None:
        answer = _stock_transact_write(self)
        seen[token] = (asked, now)
        return answer
    if known[0] != asked:
        text = "Transaction request with the same client token had different parameters"
        raise RefusalError("IdempotentParameterMismatchException", text)
    return ActionResult({"ConsumedCapacity": [], "ItemCollectionMetrics": {}})


def install() -> None:
    """Patch the request handler."""
    patch(DynamoHandler, "call_action", call_action)
    patch(DynamoHandler, "transact_write_items", transact_write_items)
