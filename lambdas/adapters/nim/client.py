"""One model behind one provider: JSON in, JSON out, tried again while that may help."""

import json
from typing import Protocol

from lambdas.adapters.nim.failures import ModelRefusedError
from lambdas.adapters.nim.patience import Patience, patiently
from lambdas.adapters.nim.reply import OK, Json, Reply, failure_of, json_object


class Transport(Protocol):
    """A way to a model. `where` names it in messages; no call begins with fewer than `needed_s` seconds left."""

    where: str
    needed_s: float

    def send(self, body: bytes, patience: Patience) -> Reply:
        """Return the reply, whatever its status. Raises the errors of `nim.failures`."""
        ...


class NimClient:
    """Asks a model through a transport."""

    def __init__(self, transport: Transport) -> None:
        """Use this way to the model."""
        self._transport = transport
        self.where = transport.where

    def post(self, body: Json, patience: Patience) -> Json:
        """Return the JSON object that the model answers. Raises the errors of `nim.failures`."""
        sent = json.dumps(body, allow_nan=False).encode()
        reply = patiently(lambda: self._once(sent, patience), patience, needed_s=self._transport.needed_s)
        return json_object(self.where, reply)

    def _once(self, sent: bytes, patience: Patience) -> Reply:
        reply = self._transport.send(sent, patience)
        if reply.status != OK:
            raise failure_of(self.where, reply)
        return reply


def refuses_request(error: ModelRefusedError) -> bool:
    """Did the server refuse what the request says, rather than who asks or whom?"""
    return error.status in _REQUEST_STATUSES


_REQUEST_STATUSES = frozenset({400, 413, 422})
