"""What each step may do in AWS, action by action, on which resource.

No step may delete or update an item. Whoever may put one may put it over another: that entries of the audit table are
only added is held by the condition of the put (`lambdas.adapters.audit_log`), not by IAM, which cannot demand one.

A permission carries the reason for each wildcard beside its statement, under the id that cdk-nag gives the finding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aws_cdk import Aws, Stack
from aws_cdk import aws_iam as iam

from lambdas.core.policies.approvals import SECRETS_PREFIX
from stacks.approvers import topic_arns

if TYPE_CHECKING:
    from aws_cdk import aws_dynamodb as dynamodb
    from aws_cdk import aws_events as events
    from aws_cdk import aws_logs as logs
    from aws_cdk import aws_s3 as s3
    from aws_cdk import aws_ssm as ssm

    from stacks.config import Configuration
    from stacks.operations import Operations


@dataclass(frozen=True)
class Permission:
    """A statement of a role's policy, and the nag findings that it is allowed to cause (id: the reason)."""

    statement: iam.PolicyStatement
    accepted: Mapping[str, str] = field(default_factory=dict[str, str])


def write_log(group: logs.LogGroup) -> Permission:
    """Write the function's own log."""
    return _allow("WriteOwnLog", ["logs:CreateLogStream", "logs:PutLogEvents"], [group.log_group_arn])


def keep_plans(table: dynamodb.TableV2) -> Permission:
    """Read and write plans by their keys."""
    return _allow("KeepPlans", ["dynamodb:GetItem", "dynamodb:PutItem"], [table.table_arn])


def list_open(table: dynamodb.TableV2) -> Permission:
    """List leases and waits that are open, and the changes of the last hour."""
    return _allow("ListOpen", ["dynamodb:Query"], [table.table_arn, f"{table.table_arn}/index/by_time"])


def append_audit(table: dynamodb.TableV2) -> Permission:
    """Put entries into the audit table and read them back. No action removes one; an unconditional put replaces one."""
    return _allow("AppendAudit", ["dynamodb:PutItem", "dynamodb:Query"], [table.table_arn])


def read_knowledge(bucket: s3.Bucket) -> Permission:
    """List the knowledge documents and read any of them."""
    allowed = _allow(
        "ReadKnowledge",
        ["s3:GetObject", "s3:ListBucket"],
        [bucket.bucket_arn, bucket.arn_for_objects("*")],
    )
    return Permission(allowed.statement, {any_object(bucket): "The index holds every document of this bucket."})


def read_index(bucket: s3.Bucket) -> Permission:
    """Read the knowledge index. Without leave to list, S3 answers AccessDenied for an object that is not there."""
    allowed = _allow("ReadIndex", ["s3:GetObject", "s3:ListBucket"], [bucket.bucket_arn, bucket.arn_for_objects("*")])
    return Permission(
        allowed.statement, {any_object(bucket): "A build's name is made of when and of what it was built."}
    )


def build_index(bucket: s3.Bucket) -> Permission:
    """Put builds, move the pointer, and remove what is behind it."""
    allowed = _allow("BuildIndex", ["s3:DeleteObject", "s3:PutObject"], [bucket.arn_for_objects("*")])
    return Permission(allowed.statement, {any_object(bucket): "The bucket holds the index and nothing else."})


def query_vectors(name: str) -> Permission:
    """Find the nearest vectors by a filter, which takes leave to get them too (S3 Vectors API, QueryVectors)."""
    return _on_vectors("QueryVectors", ["s3vectors:GetVectors", "s3vectors:QueryVectors"], name)


def build_vectors(name: str) -> Permission:
    """Make the vector index of a build, fill it, and delete old ones."""
    actions = ["s3vectors:CreateIndex", "s3vectors:DeleteIndex", "s3vectors:ListIndexes", "s3vectors:PutVectors"]
    return _on_vectors("BuildVectors", actions, name)


def _on_vectors(sid: str, actions: list[str], name: str) -> Permission:
    bucket = _own("s3vectors", f"bucket/{name}")
    why = "Each build has a vector index of its own, named by when and of what it was built."
    return Permission(
        _allow(sid, actions, [bucket, f"{bucket}/index/*"]).statement,
        _wild(sid, actions, [f"{bucket}/index/*"], why).accepted,
    )


def invoke_endpoint(role: str, name: str) -> Permission:
    """Ask the model behind one SageMaker endpoint; `role` says what for. SageMaker's ARNs write any name small."""
    arns = [_sagemaker("endpoint", written) for written in dict.fromkeys((name, name.lower()))]
    return _allow(f"Ask{role.title()}", ["sagemaker:InvokeEndpoint"], arns)


def read_secret(role: str, arn: str) -> Permission:
    """Read the key of a model's API; `role` says of which model."""
    return _allow(f"Read{role.title()}Key", ["secretsmanager:GetSecretValue"], [arn])


def read_kill_switch(parameter: ssm.StringParameter) -> Permission:
    """Read the kill switch."""
    return _allow("ReadKillSwitch", ["ssm:GetParameter"], [parameter.parameter_arn])


def on_endpoints(actions: Sequence[str]) -> Permission:
    """Do these of SageMaker's actions to any endpoint, configuration and model: which ones, the plan says."""
    return _wild(
        "Endpoints",
        [f"sagemaker:{action}" for action in actions],
        [_sagemaker(kind, "*") for kind in ("endpoint", "endpoint-config", "model")],
        "The plan names them, within the guardrails' naming rule; a step that changes one holds it to the record.",
    )


def pass_model_role(models: iam.Role) -> Permission:
    """Hand the models' role to SageMaker, and to nobody else."""
    statement = iam.PolicyStatement(
        sid="PassModelRole",
        actions=["iam:PassRole"],
        resources=[models.role_arn],
        conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
    )
    return Permission(statement)


def on_alarms(actions: Sequence[str]) -> Permission:
    """Do these of CloudWatch's actions to deployments' alarms."""
    named = [f"cloudwatch:{action}" for action in actions]
    return _wild("Alarms", named, [_own("cloudwatch", "alarm:agentops-*")], "A plan names its endpoint's alarms.")


def count_traffic() -> Permission:
    """Count the requests that a fleet got."""
    return _on_all("CountTraffic", ["cloudwatch:GetMetricStatistics"], "Reading metrics takes no resource.")


def read_quotas() -> Permission:
    """See how many instances SageMaker lets this account run."""
    return _on_all("ReadQuotas", ["servicequotas:ListServiceQuotas"], "Listing quotas takes no resource.")


def wake_runs(actions: Sequence[str]) -> Permission:
    """End a waiting step. Whoever holds its token may, and a token authorises nothing (docs/security.md)."""
    named = [f"states:{action}" for action in actions]
    return _on_all("WakeRuns", named, "Step Functions takes no resource for a task token.")


def describe_runs(configuration: Configuration) -> Permission:
    """See whether a run of ours is still going."""
    names = ("deployment", "rollback")
    runs = [_own("states", f"execution:{configuration.names_prefix}-{name}:*") for name in names]
    return _wild("DescribeRuns", ["states:DescribeExecution"], runs, "The sweeper looks at each run that left traces.")


def anchor_audit(bucket: s3.Bucket) -> Permission:
    """Put anchors under their retention; nothing reads, replaces or removes one."""
    allowed = _allow("AnchorAudit", ["s3:PutObject", "s3:PutObjectRetention"], [bucket.arn_for_objects("anchors/*")])
    finding = any_object(bucket).replace("/*]", "/anchors/*]")
    return Permission(allowed.statement, {finding: "An anchor's key holds its plan and its hash."})


def put_events(bus: events.EventBus) -> Permission:
    """Put outcomes on the installation's bus."""
    return _allow("PutOutcomes", ["events:PutEvents"], [bus.event_bus_arn])


def tell_operations(operations: Operations) -> list[Permission]:
    """Publish on the operations topic, which takes the topic's key too."""
    return [
        _allow("TellOperations", ["sns:Publish"], [operations.topic.topic_arn]),
        _allow("EncryptForTopic", ["kms:Decrypt", "kms:GenerateDataKey"], [operations.key.key_arn]),
    ]


def ask_approvers(configuration: Configuration, approvers: Sequence[str], operations: Operations) -> list[Permission]:
    """Publish on each approver's topic, which takes the topics' key too."""
    topics = list(topic_arns(configuration, approvers).values())
    return [
        _allow("AskApprovers", ["sns:Publish"], topics),
        _allow("EncryptForApprovers", ["kms:Decrypt", "kms:GenerateDataKey"], [operations.key.key_arn]),
    ]


def see_subscribers(configuration: Configuration, approvers: Sequence[str]) -> list[Permission]:
    """See who hears each approver's topic, and how each was confirmed."""
    topics = list(topic_arns(configuration, approvers).values())
    no_resource = "GetSubscriptionAttributes takes no resource."
    return [
        _allow("ListSubscribers", ["sns:ListSubscriptionsByTopic"], topics),
        _on_all("LookAtSubscriptions", ["sns:GetSubscriptionAttributes"], no_resource),
    ]


def read_approver_secrets(approvers: Sequence[str]) -> Permission:
    """Read the secrets of the approvers' authenticators; AWS's own key for parameters needs no permission."""
    where = f"arn:{Aws.PARTITION}:ssm:{Aws.REGION}:{Aws.ACCOUNT_ID}:parameter{SECRETS_PREFIX}"
    return _allow("ReadApproverSecrets", ["ssm:GetParameter"], [f"{where}/{approver}/totp" for approver in approvers])


def any_object(bucket: s3.Bucket) -> str:
    """cdk-nag's finding for `bucket/*` where another stack refers to the bucket, which is by an export of its ARN."""
    own = Stack.of(bucket)
    export = own.resolve(own.export_value(bucket.bucket_arn))["Fn::ImportValue"]
    return f"AwsSolutions-IAM5[Resource::{export}/*]"


def _allow(sid: str, actions: list[str], resources: list[str]) -> Permission:
    return Permission(iam.PolicyStatement(sid=sid, actions=actions, resources=resources))


def _on_all(sid: str, actions: list[str], why: str) -> Permission:
    return _wild(sid, actions, ["*"], why)


def _wild(sid: str, actions: list[str], resources: list[str], why: str) -> Permission:
    named = {Aws.PARTITION: "<AWS::Partition>", Aws.REGION: "<AWS::Region>", Aws.ACCOUNT_ID: "<AWS::AccountId>"}
    accepted: dict[str, str] = {}
    for resource in resources:
        shown = resource
        for token, name in named.items():
            shown = shown.replace(token, name)
        accepted[f"AwsSolutions-IAM5[Resource::{shown}]"] = why
    return Permission(_allow(sid, actions, resources).statement, accepted)


def _own(service: str, resource: str) -> str:
    return f"arn:{Aws.PARTITION}:{service}:{Aws.REGION}:{Aws.ACCOUNT_ID}:{resource}"


def _sagemaker(kind: str, name: str) -> str:
    return _own("sagemaker", f"{kind}/{name}")
