"""Stand-ins for the containers that deployed endpoints run: each kind keeps its own protocol and refuses the others'.

They show the protocols at work; what they say is worked out from the request alone.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Final

from stacks.local.emulation.hooks import Container, EndpointReply
from stacks.local.model_server.chat import ApiError, ChatModel, Json, PlanReply, Said
from stacks.local.model_server.retrieval import stand_ins

_SUM: Final = re.compile(r"(-?\d+)\s*([-+*x])\s*(-?\d+)")


class Containers:
    """Answers for every deployed container (`emulation.hooks.InvokeContainer`); `plan_reply` where a schema is asked.

    What a container is follows from its image's or package's name: XGBoost, scikit-learn, embedding, reranking, else a
    chat model.
    """

    def __init__(self, plan_reply: PlanReply) -> None:
        self._plan_reply = plan_reply
        self._retrieval = stand_ins()

    def __call__(self, container: Container, body: bytes, headers: Mapping[str, str]) -> EndpointReply:
        """Return what the container says, whatever its status."""
        given = {name.lower(): value for name, value in headers.items()}
        media_type = given.get("content-type", "").partition(";")[0].strip().lower()
        try:
            if "xgboost" in container.reference:
                scores = "".join(f"{score:.6f}\n" for score in _scores(media_type, body))
                return EndpointReply(200, scores.encode(), "text/csv")
            if "scikit-learn" in container.reference:
                return _json(200, _scores(media_type, body))
            return _json(200, self._answer(container.reference, _object(media_type, body)))
        except ApiError as refusal:
            return _json(refusal.status, refusal.body)

    def _answer(self, reference: str, body: Json) -> Json:
        if "rerank" in reference:
            return self._retrieval.rankings(body)
        if "embed" in reference:
            return self._retrieval.embeddings(body)
        # AWS's LMI container serves one model and does not ask for its name; a NIM does.
        named = {"model": "lmi", **body} if "djl-inference" in reference else body
        return ChatModel(frozenset({str(named.get("model"))}), self._say).complete(named)

    def _say(self, messages: list[Json], schema: Json | None) -> str | Said:
        return said(messages) if schema is None else self._plan_reply(messages, schema)


def said(messages: list[Json]) -> str:
    """Say the result of the sum that the last message asks for, else what this is."""
    found = _SUM.search(str(messages[-1].get("content") or ""))
    if found is None:
        return "I stand in for a model on this machine, and I can only add, subtract and multiply."
    left, right = int(found[1]), int(found[3])
    return str({"+": left + right, "-": left - right}.get(found[2], left * right))


def _scores(media_type: str, body: bytes) -> list[float]:
    """Return one score a row of CSV. XGBoost's container answers them as CSV, scikit-learn's as a JSON list."""
    if media_type != "text/csv":
        raise ApiError(415, "UnsupportedMediaTypeError", f"Content-type {media_type} is not supported; use text/csv")
    try:
        rows = [[float(cell) for cell in line.split(",")] for line in body.decode().strip().split("\n")]
    except ValueError as error:
        raise ApiError(415, "UnsupportedMediaTypeError", f"Loading csv data failed: {error}") from error
    return [round(1 / (1 + math.exp(-math.tanh(sum(row) / len(row)))), 6) for row in rows]


def _object(media_type: str, body: bytes) -> Json:
    if media_type != "application/json":
        raise ApiError(415, "UnsupportedMediaTypeError", "Unsupported Media Type: Only 'application/json' is allowed")
    try:
        parsed = json.loads(body)
    except ValueError as error:
        raise ApiError(400, "BadRequestError", f"There was an error parsing the body: {error}") from error
    if not isinstance(parsed, dict):
        raise ApiError(400, "BadRequestError", "the body must be a JSON object")
    return {str(key): value for key, value in parsed.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _json(status: int, body: Json | list[float]) -> EndpointReply:
    return EndpointReply(status, json.dumps(body).encode())
