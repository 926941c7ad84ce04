"""The model server's routes: NIM's own, SageMaker's two, and the emulator's switch for faults and log of exchanges."""

from __future__ import annotations

import json
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, cast

from pydantic import ValidationError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from stacks.local.model_server.chat import MAX_MODEL_LEN, ApiError, ChatModel, Json, PlanReply
from stacks.local.model_server.faults import Fault, Faults, FaultyAnswerError, Model
from stacks.local.model_server.retrieval import RetrievalModels
from stacks.local.web import LocalServer, only_local_names

_KEPT = 1000


@dataclass(frozen=True)
class Exchange:
    """One chat request as it came and what was answered."""

    request: Any
    status: int
    reply: Any


class ModelServer:
    """Serves `models` on 127.0.0.1 from construction until `close`; `reply` says what they answer.

    `retrieval` answers embeddings and rankings; without it there are no such paths. `exchanges` holds the last thousand
    chat requests and replies, oldest first; `faults` is what `POST /faults` fills.
    """

    def __init__(
        self, models: Iterable[str], reply: PlanReply, *, retrieval: RetrievalModels | None = None, port: int = 0
    ) -> None:
        self._chat = ChatModel(frozenset(models), reply)
        self.faults = Faults()
        self.exchanges: deque[Exchange] = deque(maxlen=_KEPT)
        self._closing = threading.Event()
        self._routes = Map(
            [
                Rule("/v1/chat/completions", methods=["POST"], endpoint=self._completions),
                Rule("/invocations", methods=["POST"], endpoint=self._completions),
                Rule("/v1/health/ready", methods=["GET"], endpoint=self._ready),
                Rule("/v1/health/live", methods=["GET"], endpoint=self._ready),
                Rule("/ping", methods=["GET"], endpoint=self._ready),
                Rule("/v1/models", methods=["GET"], endpoint=self._models),
                Rule("/faults", methods=["GET"], endpoint=self._faults_left),
                Rule("/faults", methods=["POST"], endpoint=self._add_fault),
                Rule("/faults", methods=["DELETE"], endpoint=self._clear_faults),
                Rule("/exchanges", methods=["GET"], endpoint=self._exchanges),
            ]
        )
        if retrieval is not None:
            embed = partial(self._after_fault, "embedding", retrieval.embeddings)
            rank = partial(self._after_fault, "reranking", retrieval.rankings)
            for path, answer in (("/v1/embeddings", embed), ("/v1/ranking", rank)):
                self._routes.add(Rule(path, methods=["POST"], endpoint=partial(self._answered, answer=answer)))
        self._server = LocalServer(only_local_names(self._answer), port, option="--model-port")
        self.url = self._server.url

    def close(self) -> None:
        """Stop serving; calls that hang are let go."""
        self._closing.set()
        self._server.stop()

    def _answer(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        try:
            handle, _ = self._routes.bind_to_environ(environ).match()
            response = cast(Callable[[Request], Response], handle)(request)
        except NotFound:
            response = _json(404, ApiError(404, "NotFoundError", f"no such path: {request.path}").body)
        except MethodNotAllowed as error:
            response = _json(405, ApiError(405, "MethodNotAllowedError", str(error)).body)
        except HTTPException as error:
            response = _json(error.code or 500, ApiError(error.code or 500, "BadRequestError", str(error)).body)
        return response(environ, start_response)

    def _completions(self, request: Request) -> Response:
        return self._answered(request, answer=self._complete, keep=True)

    def _answered(self, request: Request, *, answer: Callable[[Json], Json], keep: bool = False) -> Response:
        sent: Any = request.get_data(as_text=True)
        headers: dict[str, str] = {}
        try:
            sent = _body(request)
            status, reply = 200, answer(sent)
        except FaultyAnswerError as fault:
            status, headers, reply = fault.status, fault.headers, fault.text
            if reply is None:
                reply = ApiError(status, "InternalServerError", f"asked to fail with {status}").body
        except ApiError as error:
            status, reply = error.status, error.body
        except ConnectionError:
            # Werkzeug would keep the connection open for a next request.
            request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise
        except Exception as error:  # noqa: BLE001 - a container answers 500, whatever its model does
            status, reply = 500, ApiError(500, "InternalServerError", f"{type(error).__name__}: {error}").body
        if keep:
            self.exchanges.append(Exchange(sent, status, reply))
        return _json(status, reply, headers)

    def _complete(self, body: Json) -> Json:
        fault = self._fault("planner")
        reply = self._chat.complete(body, content=fault.content)
        if fault.truncate:
            choice = reply["choices"][0]
            said: str = choice["message"]["content"]
            choice["message"]["content"], choice["finish_reason"] = said[: len(said) // 2], "length"
        return reply

    def _after_fault(self, model: Model, answer: Callable[[Json], Json], body: Json) -> Json:
        self._fault(model)
        return answer(body)

    def _fault(self, model: Model) -> Fault:
        """Hang or fail as asked, and return what is left of the fault to do."""
        fault = self.faults.take(model) or Fault()
        if fault.hang_s is not None:
            self._closing.wait(fault.hang_s)
        if fault.no_answer:
            raise ConnectionAbortedError("asked not to answer")
        if fault.status is not None or fault.body is not None:
            raise FaultyAnswerError(fault)
        return fault

    def _ready(self, _: Request) -> Response:
        return _json(200, {"object": "health.response", "message": "Service is ready."})

    def _models(self, _: Request) -> Response:
        entries: list[Json] = [
            {
                "id": model,
                "object": "model",
                "created": 0,
                "owned_by": "system",
                "root": model,
                "parent": None,
                "max_model_len": MAX_MODEL_LEN,
                "permission": [],
            }
            for model in sorted(self._chat.models)
        ]
        return _json(200, {"object": "list", "data": entries})

    def _add_fault(self, request: Request) -> Response:
        try:
            self.faults.add(Fault.model_validate(_body(request)))
        except (ApiError, ValidationError) as error:
            return _json(400, {"error": str(error)})
        return self._faults_left(request)

    def _clear_faults(self, request: Request) -> Response:
        self.faults.clear()
        return self._faults_left(request)

    def _faults_left(self, _: Request) -> Response:
        return _json(200, {"calls_left": self.faults.left()})

    def _exchanges(self, _: Request) -> Response:
        return _json(200, {"exchanges": [asdict(exchange) for exchange in list(self.exchanges)]})


def _body(request: Request) -> Json:
    if request.mimetype != "application/json":
        raise ApiError(415, "UnsupportedMediaTypeError", "Unsupported Media Type: Only 'application/json' is allowed")
    try:
        body: Any = json.loads(request.get_data())
    except ValueError as error:
        raise ApiError(400, "BadRequestError", f"There was an error parsing the body: {error}") from error
    if not isinstance(body, dict):
        raise ApiError(400, "BadRequestError", "the body must be a JSON object")
    return cast(Json, body)


def _json(status: int, body: Any, headers: Mapping[str, str] = MappingProxyType({})) -> Response:
    """Return an answer of JSON; text is sent as it stands."""
    text = body if isinstance(body, str) else json.dumps(body)
    return Response(text, status, headers=headers, content_type="application/json")
