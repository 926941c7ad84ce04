"""The looks at an AWS account: stacks, kill switch, alarm mail, knowledge, quotas."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import boto3

from cli.aws_session import QUICK, describe_stack, is_standing
from cli.health.finding import Finding, look, missing, ok, unknown
from cli.health.nim import look_at_nims
from cli.settings import DATA_STACK, WORKFLOW_STACK
from cli.terminal import ROOT
from lambdas.adapters.index_store import IndexStore
from stacks.config import Configuration

CATALOGUE = ROOT / "policies" / "models.yaml"
RUNNING = "run"
NOT_DEPLOYED = "run ./agentops deploy"


@dataclass(frozen=True)
class Deployment:
    """An account and region, what the configuration says of it, and the outputs of the stacks that stand there."""

    session: boto3.Session
    configuration: Configuration
    outputs: Mapping[str, str]
    endpoint_url: str | None = None
    """For every client; None is AWS itself."""

    @property
    def is_local(self) -> bool:
        """Is it a running ./agentops local?"""
        return self.endpoint_url is not None


def look_at_region(used: str, chosen: str | None) -> Finding:
    """Compare the region that deploy uses with that of the person's profile or environment."""
    if chosen in (None, used):
        return ok("region", used)
    todo = f"export AWS_REGION={used}, or change agentops.region in cdk.json"
    return missing("region", f"cdk.json says {used}, your AWS profile or environment {chosen}", todo)


def look_at_bootstrap(session: boto3.Session) -> Finding:
    """See whether the CDK may deploy into this account and region."""
    status, _ = describe_stack(session, "CDKToolkit")
    if is_standing(status):
        return ok("CDK bootstrap", f"CDKToolkit is {status}")
    return missing("CDK bootstrap", f"CDKToolkit is {status or 'not there'}", "run ./agentops deploy --bootstrap")


def look_at_stack(session: boto3.Session, stack: str) -> Finding:
    """See whether one of our stacks stands."""
    status, _ = describe_stack(session, stack)
    if is_standing(status):
        return ok(f"stack {stack}", status)
    return missing(f"stack {stack}", status or "not there", NOT_DEPLOYED)


def look_at_kill_switch(deployment: Deployment, parameter: str) -> Finding:
    """Read the kill switch: anything but `run` holds changes back."""
    client = deployment.session.client("ssm", config=QUICK, endpoint_url=deployment.endpoint_url)
    try:
        value = client.get_parameter(Name=parameter)["Parameter"].get("Value", "")
    except client.exceptions.ParameterNotFound:
        return missing("kill switch", f"{parameter} is not there, which counts as no-new-changes", NOT_DEPLOYED)
    if value == RUNNING:
        return ok("kill switch", f"{parameter} is {RUNNING}")
    todo = f"once it is safe: aws ssm put-parameter --overwrite --name {parameter} --value {RUNNING}"
    return missing("kill switch", f"{parameter} is {value!r}", todo)


def look_at_topic(deployment: Deployment, topic: str) -> Finding:
    """See whether anybody hears the operations topic."""
    pages = deployment.session.client("sns", config=QUICK).get_paginator("list_subscriptions_by_topic")
    arns = [
        item.get("SubscriptionArn", "") for page in pages.paginate(TopicArn=topic) for item in page["Subscriptions"]
    ]
    confirmed = sum(arn.startswith("arn:") for arn in arns)
    if confirmed:
        return ok("operations topic", f"{confirmed} confirmed")
    todo = f"aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint YOU, then confirm the mail"
    return missing("operations topic", f"{len(arns)} subscriptions, none confirmed", todo)


def look_at_knowledge(deployment: Deployment, bucket: str) -> Finding:
    """See whether there is anything to retrieve."""
    listed = deployment.session.client("s3", config=QUICK).list_objects_v2(Bucket=bucket)
    if listed.get("KeyCount"):
        more = " or more" if listed.get("IsTruncated") else ""
        return ok("knowledge", f"{listed['KeyCount']}{more} objects in {bucket}")
    return missing("knowledge", f"{bucket} is empty", f"{NOT_DEPLOYED}, which fills it from policies/knowledge")


def look_at_index(deployment: Deployment, bucket: str) -> Finding:
    """See whether an index serves, whether it has vectors, and whether a document was left out of it."""
    s3 = deployment.session.client("s3", config=QUICK, endpoint_url=deployment.endpoint_url)
    store = IndexStore(s3, bucket)
    serving = store.serving()
    if serving is None:
        return missing("knowledge index", f"{bucket} holds none yet", "./agentops knowledge reindex says why")
    manifest = store.manifest(serving.pointer)
    found = f"{len(manifest.documents)} documents, built {manifest.built_at[:16]}"
    if manifest.left_out:
        named = "; ".join(one.reason for one in manifest.left_out)
        return missing("knowledge index", f"{found}; left out: {named}", "mend the document and put it there again")
    if manifest.degraded and deployment.configuration.nim.embedding.provider != "none":
        return missing(
            "knowledge index", f"{found}, of words alone", "mend the embedding NIM; it is tried every 15 min"
        )
    return ok("knowledge index", found if manifest.embedding else f"{found}, of words alone")


def look_at_quotas(session: boto3.Session, catalogue: Path = CATALOGUE) -> Iterator[Finding]:
    """See, for every instance type that the model catalogue names, whether one endpoint instance may be had."""
    types = sorted(set(re.findall(r"\bml\.[a-z0-9-]+\.[a-z0-9]+\b", catalogue.read_text(encoding="utf-8"))))
    names = {f"{kind} for endpoint usage": kind for kind in types}
    pages = session.client("service-quotas", config=QUICK).get_paginator("list_service_quotas")
    quotas = {
        quota.get("QuotaName", ""): quota
        for page in pages.paginate(ServiceCode="sagemaker")
        for quota in page["Quotas"]
        if quota.get("QuotaName", "") in names
    }
    for name, kind in names.items():
        quota, check = quotas.get(name), f"quota {kind}"
        if quota is None:
            yield unknown(check, "SageMaker lists no such quota in this region", "see that the region offers this type")
        elif quota.get("Value", 0) >= 1:
            yield ok(check, f"{quota.get('Value', 0):g} for endpoints")
        else:
            todo = (
                "aws service-quotas request-service-quota-increase --service-code sagemaker"
                f" --quota-code {quota.get('QuotaCode', '')} --desired-value 1"
            )
            yield missing(check, "0 for endpoints", todo)


def look_at_deployment(deployment: Deployment) -> Iterator[Finding]:
    """Look at everything that a deployment needs beyond credentials and region."""
    session, outputs, nim = deployment.session, deployment.outputs, deployment.configuration.nim
    yield look("CDK bootstrap", lambda: look_at_bootstrap(session))
    yield look(f"stack {DATA_STACK}", lambda: look_at_stack(session, DATA_STACK))
    yield look(f"stack {WORKFLOW_STACK}", lambda: look_at_stack(session, WORKFLOW_STACK))
    yield from look_at_nims(session, nim, outputs.get("NimSecretArn"))
    named: list[tuple[str, str, Callable[[Deployment, str], Finding]]] = [
        ("operations topic", "OperationsTopicArn", look_at_topic),
        ("knowledge", "KnowledgeBucketName", look_at_knowledge),
        ("knowledge index", "KnowledgeIndexBucketName", look_at_index),
    ]
    for check, output, at in named:
        if output in outputs:
            yield look(check, lambda at=at, output=output: at(deployment, outputs[output]))
        else:
            yield missing(check, f"{DATA_STACK} has no output {output}", NOT_DEPLOYED)
    yield from quota_findings(session)


def quota_findings(session: boto3.Session) -> list[Finding]:
    """Look at the quotas; where that fails as a whole, that is the one finding."""
    found: list[Finding] = []

    def gather() -> Finding:
        found.extend(look_at_quotas(session))
        return ok("quotas", "")

    whole = look("quotas", gather)
    return found if whole.state == "ok" else [whole]
