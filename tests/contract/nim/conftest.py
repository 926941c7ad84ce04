"""A server that speaks both ways to a NIM: SageMaker's InvokeEndpoint, and chat completions with a bearer key."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from lambdas.adapters import clients
from lambdas.adapters.nim import hosted
from lambdas.adapters.nim.hosted import HostedChat
from lambdas.adapters.nim.sagemaker import SageMakerChat

MODEL = "nvidia/llama-3.1-nemotron-nano-8b-v1"
ENDPOINT = "planner"


@dataclass
class Reply:
    """What the model server answers; `hang_up` closes the connection instead."""

    status: int = 200
    body: str = ""
    hang_up: bool = False


@dataclass
class Nim:
    """The server's script and what it was asked."""

    replies: list[Reply] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def next(self, body: bytes, key: str) -> Reply:
        self.asked.append(json.loads(body))
        self.keys.append(key)
        return self.replies.pop(0)


def completion(text: str, finish_reason: str = "stop", **extra: Any) -> str:
    return json.dumps(
        {
            "id": "chat-1",
            "object": "chat.completion",
            "model": MODEL,
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish_reason}
            ],
            "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
            **extra,
        }
    )


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    nim: Nim

    def log_message(self, format, *args):  # noqa: A002 - the base class names it so
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("X-Amz-Target") == "secretsmanager.GetSecretValue":
            secret = {"ARN": "arn", "Name": "nim", "SecretString": "the-key", "VersionId": "v" * 32}
            return self._answer(200, json.dumps(secret), {"Content-Type": "application/x-amz-json-1.1"})
        reply = self.nim.next(body, self.headers.get("Authorization", ""))
        if reply.hang_up:
            self.close_connection = True
            return None
        if self.path.startswith(f"/endpoints/{ENDPOINT}/") and reply.status != 200:
            wrapped = {
                "Message": "Received an error from the model.",
                "OriginalStatusCode": reply.status,
                "OriginalMessage": reply.body,
                "LogStreamArn": "arn:aws:logs:us-east-1:123456789012:log-group:x",
            }
            return self._answer(424, json.dumps(wrapped), {"x-amzn-ErrorType": "ModelError"})
        return self._answer(reply.status, reply.body, {})

    def _answer(self, status: int, text: str, headers: dict[str, str]) -> None:
        data = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def server(monkeypatch):
    nim = Nim()
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"nim": nim}))
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{httpd.server_port}"
    for name, value in {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    clients._client.cache_clear()
    hosted._pool.cache_clear()
    yield nim, url
    httpd.shutdown()
    thread.join()
    httpd.server_close()
    clients._client.cache_clear()
    hosted._pool().clear()


@pytest.fixture(params=["sagemaker", "hosted"])
def chat(request, server):
    """Each provider in turn: the same suite holds both to the same behaviour."""
    nim, url = server
    if request.param == "sagemaker":
        return SageMakerChat(ENDPOINT, MODEL), nim
    return HostedChat(f"{url}/v1", "arn:secret", MODEL), nim
