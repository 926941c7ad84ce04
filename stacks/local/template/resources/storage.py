"""DynamoDB tables and S3 buckets."""

from __future__ import annotations

import io
import mimetypes
import zipfile
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any, cast

from stacks.local.template.assembly import Asset
from stacks.local.template.resource import Created, Props, Resource

# Python's own table; the machine's would cost 0.2 s to read and differ from one to the next.
_TYPES = mimetypes.MimeTypes()
_TABLE = (
    "AttributeDefinitions",
    "KeySchema",
    "BillingMode",
    "ProvisionedThroughput",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
    "StreamSpecification",
    "DeletionProtectionEnabled",
    "Tags",
)


def table(resource: Resource) -> Created:
    """AWS::DynamoDB::Table."""
    return _table(resource, resource.props)


def global_table(resource: Resource) -> Created:
    """AWS::DynamoDB::GlobalTable: its replica in the target's region; others do not exist locally."""
    replicas = cast(list[Props], resource.props.get("Replicas", []))
    here = next((entry for entry in replicas if entry["Region"] == resource.target.region), cast(Props, {}))
    return _table(resource, {**here, **resource.props})


def _table(resource: Resource, props: Props) -> Created:
    name, dynamodb = resource.name("TableName", 255), resource.aws("dynamodb")
    request: Props = {key: props[key] for key in _TABLE if key in props}
    if "StreamSpecification" in request:
        request["StreamSpecification"] = {"StreamEnabled": True, **request["StreamSpecification"]}
    created = dynamodb.create_table(TableName=name, **request)["TableDescription"]
    if recovery := props.get("PointInTimeRecoverySpecification"):
        dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=recovery)
    if ttl := props.get("TimeToLiveSpecification"):
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=ttl)
    attributes = {"Arn": created["TableArn"], "TableId": created.get("TableId", "")}
    if "LatestStreamArn" in created:
        attributes["StreamArn"] = created["LatestStreamArn"]
    return Created(name, attributes)


def bucket(resource: Resource) -> Created:
    """AWS::S3::Bucket, with versioning, Object Lock, encryption, public access block and EventBridge notifications."""
    name, s3, props = resource.name("BucketName", 63, lower=True), resource.aws("s3"), resource.props
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=props.get("ObjectLockEnabled", False))
    if versioning := props.get("VersioningConfiguration"):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=versioning)
    if lock := props.get("ObjectLockConfiguration"):
        s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=lock)
    if encryption := props.get("BucketEncryption"):
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=_encryption(encryption))
    if block := props.get("PublicAccessBlockConfiguration"):
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=block)
    if "EventBridgeConfiguration" in props.get("NotificationConfiguration", {}):
        s3.put_bucket_notification_configuration(
            Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
    if tags := props.get("Tags"):
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})
    region = resource.target.region
    return Created(
        name,
        {
            "Arn": f"arn:aws:s3:::{name}",
            "DomainName": f"{name}.s3.amazonaws.com",
            "RegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
        },
    )


def _encryption(props: Props) -> Props:
    rules: list[Props] = []
    for rule in cast(list[Props], props["ServerSideEncryptionConfiguration"]):
        default = rule.get("ServerSideEncryptionByDefault", {})
        rules.append(
            {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": rule.get("BucketKeyEnabled", False)}
        )
    return {"Rules": rules}


def bucket_deployment(resource: Resource) -> Created:
    """Custom::CDKBucketDeployment: what CDK's own function would do in the account, done here."""
    props, s3 = resource.props, resource.aws("s3")
    destination = props["DestinationBucketName"]
    prefix = str(props.get("DestinationBucketKeyPrefix", "")).strip("/")
    markers: list[dict[str, str]] = props.get("SourceMarkers") or []
    for index, key in enumerate(props["SourceObjectKeys"]):
        replace = markers[index] if index < len(markers) else {}
        for name, body in _files(resource.stack.asset(key)):
            s3.put_object(
                Bucket=destination,
                Key=f"{prefix}/{name}" if prefix else name,
                Body=reduce(lambda text, token: text.replace(token.encode(), replace[token].encode()), replace, body),
                ContentType=_TYPES.guess_type(name)[0] or "binary/octet-stream",
            )
    attributes: dict[str, Any] = {"DestinationBucketArn": f"arn:aws:s3:::{destination}"}
    return Created(resource.logical_id, {**attributes, "SourceObjectKeys": props["SourceObjectKeys"]})


def _files(asset: Asset) -> Iterator[tuple[str, bytes]]:
    """Every file of an asset, by its path in it: a folder that CDK would zip, or a zip that it made itself."""
    if asset.path.is_dir():
        for path in sorted(p for p in asset.path.rglob("*") if p.is_file()):
            yield path.relative_to(asset.path).as_posix(), path.read_bytes()
    elif zipfile.is_zipfile(asset.path):
        with zipfile.ZipFile(io.BytesIO(Path(asset.path).read_bytes())) as archive:
            for name in sorted(n for n in archive.namelist() if not n.endswith("/")):
                yield name, archive.read(name)
    else:
        yield asset.path.name, asset.path.read_bytes()
