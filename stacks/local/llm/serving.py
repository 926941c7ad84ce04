"""The model as the model server's voice: llama.cpp's server in a process of its own, asked in OpenAI's protocol."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Self

from stacks.local.errors import ModelFilesError
from stacks.local.llm.files import LlmFiles
from stacks.local.model_server.chat import ApiError, Json, Said

_CONTEXT = 8_192
_MAX_TOKENS = 200
"""A draft has some 80. A model of this size may ramble on in a text of its own, which is then cut off."""
_SEED = 7
_ANSWERS_IN_S = 300
"""A laptop that does other things besides takes its time."""


class Llm:
    """Runs the model from `with` to its end; an instance is what answers (`stacks.local.model_server.PlanReply`)."""

    def __init__(self, files: LlmFiles, *, max_tokens: int = _MAX_TOKENS) -> None:
        """Use these files; an answer has at most `max_tokens` tokens."""
        self._files = files
        self._max_tokens = max_tokens
        self._process: subprocess.Popen[str]
        self._address = ""

    def __enter__(self) -> Self:
        """Start, which takes half a second. Raises `ModelFilesError`."""
        # Half of the cores: its threads wait for one another, and the whole stack runs beside it.
        threads = str(max(1, (os.cpu_count() or 1) // 2))
        script = Path(__file__).with_name("server_process.py")
        command = [sys.executable, "-I", str(script), str(self._files.libraries), str(self._files.model)]
        self._process = subprocess.Popen(
            [*command, threads, str(_CONTEXT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None  # noqa: S101 - it was asked for as a pipe
        self._address = self._process.stdout.readline().strip()
        if not self._address.startswith("http://127.0.0.1:"):
            self.__exit__()
            raise ModelFilesError(f"llama.cpp did not start with {self._files.model}")
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, whatever it is saying."""
        self._process.terminate()
        self._process.communicate()

    def __call__(self, messages: list[Json], schema: Json | None) -> Said:
        """Return what the model says, bound to the schema if there is one. Raises `ApiError` as a container would."""
        body: Json = {"messages": messages, "max_tokens": self._max_tokens, "temperature": 0, "seed": _SEED}
        if schema is not None:
            named = {"name": "answer", "schema": schema, "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": named}
        answered = self._post(body)
        choice, usage = answered["choices"][0], answered["usage"]
        text = choice["message"].get("content") or ""
        return Said(text, choice["finish_reason"], usage["prompt_tokens"], usage["completion_tokens"])

    def _post(self, body: Json) -> Any:
        address = f"{self._address}/v1/chat/completions"
        request = urllib.request.Request(  # noqa: S310 - our own server's address
            address, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=_ANSWERS_IN_S) as reply:  # noqa: S310 - as above
                return json.loads(reply.read())
        except urllib.error.HTTPError as error:
            with error:
                told = json.loads(error.read())["error"]
            raise ApiError(error.code, str(told["type"]), str(told["message"])) from error
