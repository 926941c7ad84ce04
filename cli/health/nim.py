"""The looks at the NIM that drafts plans: is it there, does it answer, is its key in the secret (never shown)."""

import json
import urllib.error
import urllib.request
from typing import Any

import boto3

from cli.aws_session import QUICK
from cli.health.finding import Finding, missing, ok, unknown
from stacks.config import Nim

CHECK = "planner NIM"
KEY_CHECK = "NIM key"
SET_UP = "see docs/nim.md"
TIMEOUT_S = 30
KEY_PREFIX = "nvapi-"


def look_at_planner(session: boto3.Session, nim: Nim, secret_arn: str | None) -> Finding:
    """Send the configured planner one tiny request. Raise `ClientError` for what AWS refuses."""
    if nim.provider == "sagemaker":
        return look_at_endpoint(session, nim)
    if nim.provider == "hosted":
        key = read_key(session, secret_arn) if secret_arn else ""
        return look_at_hosted(nim, key) if key else missing(CHECK, "there is no key to ask it with", SET_UP)
    return ok(CHECK, "none is configured: typed plans are taken, intents are refused")


def tiny_request(nim: Nim) -> bytes:
    """Make the smallest chat completion: one token."""
    asked = [{"role": "user", "content": "Answer with one word."}]
    return json.dumps({"model": nim.planner_model, "messages": asked, "max_tokens": 1}).encode()


def judge(body: bytes, where: str) -> Finding:
    """Tell whether a reply is a chat completion."""
    try:
        answered: Any = json.loads(body)
        if answered["choices"]:
            return ok(CHECK, f"{where} answers")
    except (ValueError, KeyError, TypeError):
        pass
    return missing(CHECK, f"{where} answered with something else than a chat completion", SET_UP)


def look_at_endpoint(session: boto3.Session, nim: Nim) -> Finding:
    """See that the SageMaker endpoint is InService and answers."""
    name = nim.planner_endpoint
    sagemaker = session.client("sagemaker", config=QUICK)
    try:
        status = sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"]
    except sagemaker.exceptions.ClientError as error:
        if "Could not find" not in str(error):
            raise
        return missing(CHECK, f"there is no endpoint {name}", SET_UP)
    if status != "InService":
        return missing(CHECK, f"endpoint {name} is {status}", "wait for it, or see its log group")
    runtime = session.client("sagemaker-runtime", config=QUICK)
    reply = runtime.invoke_endpoint(EndpointName=name, ContentType="application/json", Body=tiny_request(nim))
    return judge(reply["Body"].read(), f"endpoint {name}")


def look_at_hosted(nim: Nim, key: str) -> Finding:
    """Send one tiny request to the hosted API. The key goes into the header and nowhere else."""
    url = f"{nim.base_url.rstrip('/')}/chat/completions"
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, tiny_request(nim), headers)  # noqa: S310 - cdk.json names it
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as reply:  # noqa: S310
            return judge(reply.read(), nim.base_url)
    except urllib.error.HTTPError as error:
        todo = "put a valid key into the secret" if error.code in (401, 403) else SET_UP
        return missing(CHECK, f"{nim.base_url} answered {error.code}", todo)
    except OSError as error:
        return unknown(CHECK, f"{nim.base_url} was not reached: {error}", "see that it is reached from here")


def read_key(session: boto3.Session, secret_arn: str) -> str:
    """Return the key in the secret, or nothing where it holds no NVIDIA key."""
    client = session.client("secretsmanager", config=QUICK)
    try:
        value = client.get_secret_value(SecretId=secret_arn).get("SecretString", "").strip()
    except client.exceptions.ResourceNotFoundException:
        return ""
    return value if value.startswith(KEY_PREFIX) else ""


def look_at_key(session: boto3.Session, secret_arn: str | None) -> Finding:
    """See whether the secret holds a key, without showing it."""
    if secret_arn is None:
        return missing(KEY_CHECK, "the secret is not there", "run ./agentops deploy")
    if read_key(session, secret_arn):
        return ok(KEY_CHECK, "the secret holds one")
    todo = f"aws secretsmanager put-secret-value --secret-id {secret_arn} --secret-string file:///dev/stdin"
    return missing(KEY_CHECK, f"the secret holds none that starts with {KEY_PREFIX}", todo)
