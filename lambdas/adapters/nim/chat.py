"""Chat completions as every provider speaks them: greedy, without thinking, held to a JSON schema.

Shapes: NIM for LLMs 1.8.4 (SageMaker's image of llama-3.1-nemotron-nano-8b-v1), NIM 2.x (vLLM), and the hosted API.
"""

import json
import re
from typing import Any, cast

from lambdas.adapters.nim.access import PlannerAccess
from lambdas.adapters.nim.client import NimClient, refuses_request
from lambdas.adapters.nim.failures import ModelRefusedError, ModelReplyError
from lambdas.adapters.nim.patience import Patience
from lambdas.adapters.nim.reply import Json, tokens
from lambdas.adapters.nim.schema_route import SchemaRoute, looks_guided
from lambdas.adapters.nim.usage import count_tokens
from lambdas.core.planning.chat import ChatReply, Message

MAX_TOKENS = 600
_SEED = 7
# Some chat templates put the opening mark into the prompt: only the closing one comes. An answer begins with a brace.
_THOUGHT = re.compile(r"\A\s*(?!\{|\s).*?</think>\s*", re.DOTALL)


class NimChat:
    """Asks a chat model. Which form of the schema its server reads is remembered from call to call."""

    def __init__(self, client: NimClient, access: PlannerAccess) -> None:
        """Use this model through this client."""
        self._client = client
        self._access = access
        configured = access.structured_output
        self._route = SchemaRoute(None if configured == "auto" else configured)

    def ask(self, messages: list[Message], schema: dict[str, Any], patience: Patience) -> ChatReply:
        """Return the model's answer, without what it thought. Raises the errors of `nim.failures`.

        A server that refuses the form of the schema is asked once more in another; one that passes over it, at the
        next call.
        """
        body = self._body(messages)
        try:
            data = self._client.post({**body, **self._route.fields(schema)}, patience)
        except ModelRefusedError as refused:
            if not (refuses_request(refused) and self._route.give_up()):
                raise
            try:
                data = self._client.post({**body, **self._route.fields(schema)}, patience)
            except ModelRefusedError:
                self._route.give_up()
                raise refused from None
        usage = data.get("usage")
        prompt, completion = tokens(usage, "prompt_tokens"), tokens(usage, "completion_tokens")
        count_tokens("planner", prompt=prompt, completion=completion)
        text, reason = self._read(data)
        reply = ChatReply(text=text, finish_reason=reason, prompt_tokens=prompt, completion_tokens=completion)
        if reply.finish_reason != "length" and not looks_guided(reply.text, schema):
            self._route.give_up()
        return reply

    def most_tokens(self, messages: list[Message]) -> int:
        """Return as many tokens as a call can use: one for each byte of the messages' JSON, and the longest answer."""
        sent = json.dumps(self._switched(messages), ensure_ascii=False)
        return len(sent.encode(errors="replace")) + MAX_TOKENS

    def _body(self, messages: list[Message]) -> Json:
        return {
            "model": self._access.model,
            "messages": self._switched(messages),
            "temperature": 0,
            "seed": _SEED,
            "max_tokens": MAX_TOKENS,
        }

    def _switched(self, messages: list[Message]) -> list[Message]:
        """Begin with this model's own switch."""
        switch = self._access.thinking_off
        return [{"role": "system", "content": switch}, *messages] if switch else messages

    def _read(self, data: Json) -> tuple[str, str]:
        """Return what the model said, without its thoughts, and why it stopped."""
        try:
            choice = cast("list[Json]", data["choices"])[0]
            text, reason = choice["message"].get("content") or "", choice.get("finish_reason") or "stop"
            if not (isinstance(text, str) and isinstance(reason, str)):
                raise TypeError  # noqa: TRY301 - the same answer as below
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            message = f"{self._client.where} answered with no chat completion: {type(error).__name__}"
            raise ModelReplyError(message) from None
        return _THOUGHT.sub("", text, count=1), reason
