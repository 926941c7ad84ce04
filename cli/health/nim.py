"""The looks at the models that AgentOps asks: is each there, does it answer, is its key set (never shown)."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3

from cli.aws_session import QUICK
from cli.health.finding import Finding, look, missing, ok, unknown
from lambdas.adapters.nim.access import Access, Role
from stacks.nim_settings import Nim, NimModel

KEY_CHECK = "NIM key"
SET_UP = "see docs/nim.md"
TIMEOUT_S = 30
KEY_PREFIX = "nvapi-"
WITHOUT: dict[Role, str] = {
    "planner": "typed plans are taken, intents are refused",
    "embedding": "passages are found by their words alone",
    "reranking": "passages stay in the order in which they were found",
}
ANSWERS: dict[Role, tuple[str, str]] = {
    "planner": ("choices", "a chat completion"),
    "embedding": ("data", "embeddings"),
    "reranking": ("rankings", "rankings"),
}


@dataclass(frozen=True)
class Asked:
    """One model, what it is for, and the secret that holds the key of NVIDIA's API, where there is one."""

    role: Role
    model: NimModel
    secret_arn: str | None

    @property
    def check(self) -> str:
        """The name of the look."""
        return f"{self.role} NIM"

    def tiny_request(self) -> bytes:
        """Make the smallest request that the model answers."""
        text = "Answer with one word."
        bodies: dict[Role, dict[str, Any]] = {
            "planner": {"messages": [{"role": "user", "content": text}], "max_tokens": 1},
            "embedding": {"input": [text], "encoding_format": "float", **self._input_type()},
            "reranking": {"query": {"text": text}, "passages": [{"text": text}], "truncate": "END"},
        }
        return json.dumps({"model": self.model.model, **bodies[self.role]}).encode()

    def _input_type(self) -> dict[str, str]:
        kind = getattr(self.model, "input_type", "field")
        suffixed = {"model": f"{self.model.model}-query"}
        return {"field": {"input_type": "query"}, "suffix": suffixed, "omit": {}}[kind]

    def judge(self, body: bytes, where: str) -> Finding:
        """Tell whether a reply is of the protocol."""
        key, called = ANSWERS[self.role]
        try:
            answered: Any = json.loads(body)
            if answered[key]:
                return ok(self.check, f"{where} answers")
        except (ValueError, KeyError, TypeError):
            pass
        return missing(self.check, f"{where} answered with something else than {called}", SET_UP)


def models_of(nim: Nim, secret_arn: str | None) -> Iterator[Asked]:
    """Each model of the configuration."""
    yield Asked("planner", nim.planner, secret_arn)
    yield Asked("embedding", nim.embedding, secret_arn)
    yield Asked("reranking", nim.reranking, secret_arn)


def look_at_nims(session: boto3.Session, nim: Nim, secret_arn: str | None) -> Iterator[Finding]:
    """Send each configured model one tiny request; see whether NVIDIA's key is set where one of them needs it."""
    for asked in models_of(nim, secret_arn):
        yield look(asked.check, lambda asked=asked: look_at_model(session, asked))
    if any(asked.model.provider == "hosted" for asked in models_of(nim, secret_arn)):
        yield look(KEY_CHECK, lambda: look_at_key(session, secret_arn))


def look_at_model(session: boto3.Session, asked: Asked) -> Finding:
    """Send one model one tiny request. Raise `ClientError` for what AWS refuses."""
    provider = asked.model.provider
    if provider == "none":
        return ok(asked.check, f"none is configured: {WITHOUT[asked.role]}")
    if provider == "sagemaker":
        return look_at_endpoint(session, asked)
    if provider == "hosted":
        read = read_secret if asked.model.url else read_key
        key = read(session, asked.secret_arn) if asked.secret_arn else ""
        return look_over_http(asked, key) if key else missing(asked.check, "there is no key to ask it with", SET_UP)
    key = read_secret(session, asked.model.secret) if asked.model.secret else ""
    if asked.model.secret and not key:
        return missing(asked.check, "its secret holds no key", SET_UP)
    return look_over_http(asked, key)


def look_at_endpoint(session: boto3.Session, asked: Asked) -> Finding:
    """See that the SageMaker endpoint is InService and answers."""
    name = asked.model.endpoint
    sagemaker = session.client("sagemaker", config=QUICK)
    try:
        status = sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"]
    except sagemaker.exceptions.ClientError as error:
        if "Could not find" not in str(error):
            raise
        return missing(asked.check, f"there is no endpoint {name}", SET_UP)
    if status != "InService":
        return missing(asked.check, f"endpoint {name} is {status}", "wait for it, or see its log group")
    runtime = session.client("sagemaker-runtime", config=QUICK)
    body = asked.tiny_request()
    reply = runtime.invoke_endpoint(EndpointName=name, ContentType="application/json", Body=body)
    return asked.judge(reply["Body"].read(), f"endpoint {name}")


def look_over_http(asked: Asked, key: str) -> Finding:
    """Send one tiny request to an API. The key goes into the header and nowhere else."""
    model = asked.model
    url = Access(provider=model.provider, url=model.url, model=model.model).address(asked.role)
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
    request = urllib.request.Request(url, asked.tiny_request(), headers)  # noqa: S310 - cdk.json names it
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as reply:  # noqa: S310
            return asked.judge(reply.read(), url)
    except urllib.error.HTTPError as error:
        todo = "put a valid key into the secret" if error.code in (401, 403) else SET_UP
        return missing(asked.check, f"{url} answered {error.code}", todo)
    except OSError as error:
        return unknown(asked.check, f"{url} was not reached: {error}", "see that it is reached from here")


def read_key(session: boto3.Session, secret_arn: str) -> str:
    """Return the key in the stack's own secret, or nothing where it holds no NVIDIA key."""
    value = read_secret(session, secret_arn)
    return value if value.startswith(KEY_PREFIX) else ""


def read_secret(session: boto3.Session, secret_arn: str) -> str:
    """Return what a secret holds, or nothing where it has no value."""
    client = session.client("secretsmanager", config=QUICK)
    try:
        return client.get_secret_value(SecretId=secret_arn).get("SecretString", "").strip()
    except client.exceptions.ResourceNotFoundException:
        return ""


def look_at_key(session: boto3.Session, secret_arn: str | None) -> Finding:
    """See whether the stack's secret holds a key, without showing it."""
    if secret_arn is None:
        return missing(KEY_CHECK, "the secret is not there", "run ./agentops deploy")
    if read_key(session, secret_arn):
        return ok(KEY_CHECK, "the secret holds one")
    todo = f"aws secretsmanager put-secret-value --secret-id {secret_arn} --secret-string file:///dev/stdin"
    return missing(KEY_CHECK, f"the secret holds none that starts with {KEY_PREFIX}", todo)
