"""AWS as the commands see it: a session of the person's credentials, and errors of one line."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from cli.terminal import CommandError

QUICK = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 3})
"""For calls that a person waits for."""
LOCAL_OUTPUTS = "AGENTOPS_LOCAL_OUTPUTS"
"""The variable that names another file than `.local/outputs.json`, where several local stacks run."""


@dataclass(frozen=True)
class Caller:
    """Whose credentials these are."""

    account: str
    arn: str


@contextmanager
def told_in_one_line(doing: str) -> Generator[None]:
    """Turn what AWS and botocore raise into `CommandError`: what was being done, and what came back."""
    try:
        yield
    except NoCredentialsError:
        raise CommandError(
            f"{doing}: there are no AWS credentials; run `aws configure` or `aws sso login`, or set AWS_PROFILE"
        ) from None
    except ClientError as error:
        told = error.response.get("Error", {})
        raise CommandError(f"{doing}: {told.get('Code', 'Unknown')}: {told.get('Message', '')}".strip()) from None
    except BotoCoreError as error:
        raise CommandError(f"{doing}: {' '.join(str(error).split())}") from None


def open_session(region: str | None) -> boto3.Session:
    """Open a session in this region, or else in that of the profile or the environment.

    Raise `CommandError` for a profile that does not exist, and where nothing names a region.
    """
    with told_in_one_line("opening AWS credentials"):
        session = boto3.Session(region_name=region)
    if not session.region_name:
        raise CommandError("no region: set agentops.region in cdk.json, or AWS_REGION")
    return session


def local_session(region: str) -> boto3.Session:
    """Open a session for the emulated AWS of a running ./agentops local, which takes any credentials."""
    return boto3.Session("local", "local", region_name=region)


def identify(session: boto3.Session) -> Caller:
    """Ask AWS whose credentials these are. Raise `CommandError` where there are none, or they are not accepted."""
    with told_in_one_line("asking AWS who you are"):
        reply = session.client("sts", config=QUICK).get_caller_identity()
    return Caller(reply["Account"], reply["Arn"])


def stack_outputs(session: boto3.Session, stack: str) -> Mapping[str, str] | None:
    """Return the outputs of a CloudFormation stack that stands, None where there is none. Raise `ClientError`."""
    status, outputs = describe_stack(session, stack)
    return outputs if is_standing(status) else None


def describe_stack(session: boto3.Session, stack: str) -> tuple[str, Mapping[str, str]]:
    """Return a stack's status, empty where it does not exist, and its outputs. Raise `ClientError`."""
    try:
        reply = session.client("cloudformation", config=QUICK).describe_stacks(StackName=stack)
    except ClientError as error:
        if "does not exist" in error.response.get("Error", {}).get("Message", ""):
            return "", {}
        raise
    found: Any = reply["Stacks"][0]
    return found["StackStatus"], {item["OutputKey"]: item["OutputValue"] for item in found.get("Outputs", [])}


def is_standing(status: str) -> bool:
    """Tell whether a stack of this status serves: made or updated, or taken back to what served before."""
    return status in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"} or (
        status.startswith("UPDATE_") and status.endswith("IN_PROGRESS")
    )
