"""DynamoDB: one request at a time, and a transaction that is sent twice with one token is carried out once."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# moto's DynamoDB is typed only in part.

from __future__ import annotations

import copy
import json
import threading
from collections import OrderedDict, defaultdict
from contextvars import ContextVar
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from stacks.local.emulation import runtime
from stacks.local.emulation.patching import patch
from stacks.local.emulation.refusals import RefusalError

TOKEN_LIFETIME_S: Final = 600
_stock_call_action = DynamoHandler.call_action
_stock_transact_write = DynamoHandler.transact_write_items
_stock_transact_write_of_backend = DynamoDBBackend.transact_write_items
_LOCK: Final = threading.RLock()
_WHOLE_ITEMS: Final = ContextVar("_WHOLE_ITEMS", default=False)


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


def transact_write_items_of_backend(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    """Stock moto copies every item of the table once an operation, to have it back if the transaction fails.

    A put or a deletion leaves the item that it replaces as it was, so that the copy may hold the very same items.
    """
    before = _WHOLE_ITEMS.set(all("Update" not in operation for operation in transact_items))
    try:
        _stock_transact_write_of_backend(self, transact_items)
    finally:
        _WHOLE_ITEMS.reset(before)


def copy_table(self: Table, memo: dict[int, Any]) -> Table:
    """Copy a table as `copy.deepcopy` does, but share the items in a transaction that only replaces whole ones."""
    copied = copy.copy(self)
    memo[id(self)] = copied
    for name, value in vars(self).items():
        shared = name == "items" and _WHOLE_ITEMS.get()
        vars(copied)[name] = _shared(value) if shared else copy.deepcopy(value, memo)
    return copied


def _shared(items: dict[Any, Any]) -> dict[Any, Any]:
    partitions = {key: dict(value) if isinstance(value, dict) else value for key, value in items.items()}
    return defaultdict(dict, partitions)


def install() -> None:
    """Patch the request handler, and how a transaction keeps what it may have to bring back."""
    patch(DynamoHandler, "call_action", call_action)
    patch(DynamoHandler, "transact_write_items", transact_write_items)
    patch(DynamoDBBackend, "transact_write_items", transact_write_items_of_backend)
    patch(Table, "__deepcopy__", copy_table, adds=True)
