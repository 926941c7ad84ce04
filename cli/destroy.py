"""`./agentops destroy`: say what stays and until when, ask, then take the workflow down, and the data if told to."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import boto3
import typer
from botocore.exceptions import ClientError

from cli.aws_session import QUICK, describe_stack, identify, open_session, told_in_one_line
from cli.cdk_cli import run_cdk
from cli.settings import DATA_STACK, WORKFLOW_STACK, read_configuration
from cli.terminal import command_app, confirm, out

KEPT = {"Retain", "RetainExceptOnCreate", "Snapshot"}

app = command_app("Take a deployment down, and say what stays.")


def retained(session: boto3.Session, stack: str) -> list[str]:
    """List what CloudFormation leaves behind when the stack goes, as `type physical-id`. Raise `ClientError`."""
    cloudformation = session.client("cloudformation", config=QUICK)
    # botocore hands a JSON template out as a mapping.
    template = cloudformation.get_template(StackName=stack)["TemplateBody"]
    kept = {name for name, resource in template["Resources"].items() if resource.get("DeletionPolicy") in KEPT}
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    return sorted(
        f"{resource['ResourceType']} {resource.get('PhysicalResourceId', '')}"
        for page in pages
        for resource in page["StackResourceSummaries"]
        if resource["LogicalResourceId"] in kept
    )


def default_retention(session: boto3.Session, bucket: str) -> str:
    """Say how long Object Lock keeps each new object of the bucket. Raise `ClientError`."""
    s3 = session.client("s3", config=QUICK)
    try:
        lock: Any = s3.get_object_lock_configuration(Bucket=bucket).get("ObjectLockConfiguration", {})
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ObjectLockConfigurationNotFoundError":
            raise
        lock = {}
    rule: Any = lock.get("Rule", {}).get("DefaultRetention")
    if not rule:
        return "without a default retention"
    span = f"{rule['Years']} years" if rule.get("Years") else f"{rule.get('Days', 0)} days"
    return f"{rule.get('Mode', 'unknown mode')}, {span} from each object's writing"


def kept_until(session: boto3.Session, bucket: str) -> datetime | None:
    """Return until when the newest object of the bucket is kept; None where there is none, or it is not locked."""
    s3 = session.client("s3", config=QUICK)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    listed: list[Any] = [item for page in pages for item in page.get("Contents", [])]
    if not listed:
        return None
    newest = max(listed, key=lambda item: item["LastModified"])
    try:
        return s3.get_object_retention(Bucket=bucket, Key=newest["Key"])["Retention"].get("RetainUntilDate")
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "NoSuchObjectLockConfiguration":
            return None
        raise


def what_stays(session: boto3.Session, *, data: bool) -> Iterator[str]:
    """Say in lines what a destroy leaves. Raise `ClientError`."""
    status, outputs = describe_stack(session, DATA_STACK)
    if not status:
        yield f"There is no stack {DATA_STACK}: no data."
        return
    if bucket := outputs.get("AuditBucketName"):
        yield f"Object Lock keeps the audit bucket {bucket}: {default_retention(session, bucket)}."
        until = kept_until(session, bucket)
        yield f"Its newest object is kept until {until:%Y-%m-%d %H:%M %Z}." if until else "It holds no locked object."
    if not data:
        yield f"The stack {DATA_STACK} stays whole; --data takes it down too."
        return
    yield "These stay after the stack is gone, and go on costing until you delete them:"
    for resource in retained(session, DATA_STACK):
        yield f"  {resource}"


@app.command()
def destroy(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: Annotated[bool, typer.Option("--data", help="Take down the data stack too.")] = False,
) -> None:
    """Take the workflow stack down; say first what stays, and until when."""
    session = open_session(read_configuration().region)
    caller = identify(session)
    stacks = [WORKFLOW_STACK, DATA_STACK] if data else [WORKFLOW_STACK]
    out.print(f"Going down in account {caller.account}, region {session.region_name}: {', '.join(stacks)}")
    with told_in_one_line("reading what stays"):
        for line in what_stays(session, data=data):
            out.print(line)
    confirm("Destroy?", yes=yes)
    run_cdk(["destroy", "--force", *stacks], session.region_name, layers=False)
