"""KMS keys, secrets, parameters and IAM identities. IAM is recorded, never enforced."""

from __future__ import annotations

import json
from typing import Any

from stacks.local.template.resource import Created, Props, Resource


def key(resource: Resource) -> Created:
    """AWS::KMS::Key."""
    kms, props = resource.aws("kms"), resource.props
    request: Props = resource.pick("Description", "KeySpec", "KeyUsage", "MultiRegion")
    if "KeyPolicy" in props:
        request["Policy"] = props["KeyPolicy"]
    created = kms.create_key(**request)["KeyMetadata"]
    if props.get("EnableKeyRotation"):
        kms.enable_key_rotation(KeyId=created["KeyId"], **resource.pick("RotationPeriodInDays"))
    return Created(created["KeyId"], {"Arn": created["Arn"], "KeyId": created["KeyId"]})


def alias(resource: Resource) -> Created:
    """AWS::KMS::Alias."""
    name = resource.props["AliasName"]
    resource.aws("kms").create_alias(AliasName=name, TargetKeyId=resource.props["TargetKeyId"])
    return Created(name)


def secret(resource: Resource) -> Created:
    """AWS::SecretsManager::Secret, with a generated value where the template asks for one."""
    name, secrets, props = resource.name("Name", 256), resource.aws("secretsmanager"), resource.props
    request: dict[str, Any] = resource.pick("Description", "KmsKeyId", "SecretString", "Tags")
    if "GenerateSecretString" in props:
        request["SecretString"] = _generated(secrets, props["GenerateSecretString"])
    arn = secrets.create_secret(Name=name, **request)["ARN"]
    return Created(arn, {"Id": arn})


def _generated(secrets: Any, how: Props) -> str:
    shape = {k: v for k, v in how.items() if k not in ("SecretStringTemplate", "GenerateStringKey")}
    password = secrets.get_random_password(**shape)["RandomPassword"]
    if "SecretStringTemplate" not in how:
        return password
    return json.dumps({**json.loads(how["SecretStringTemplate"]), how["GenerateStringKey"]: password})


def secret_policy(resource: Resource) -> Created:
    """AWS::SecretsManager::ResourcePolicy: readable, not enforced."""
    props = resource.props
    resource.aws("secretsmanager").put_resource_policy(
        SecretId=props["SecretId"], ResourcePolicy=props["ResourcePolicy"]
    )
    return Created(props["SecretId"])


def parameter(resource: Resource) -> Created:
    """AWS::SSM::Parameter."""
    name, props = resource.name("Name", 1011), resource.props
    resource.aws("ssm").put_parameter(
        Name=name,
        Value=props["Value"],
        Type=props["Type"],
        **resource.pick("Description", "AllowedPattern", "Tier", "DataType"),
    )
    return Created(name, {"Type": props["Type"], "Value": props["Value"]})


def role(resource: Resource) -> Created:
    """AWS::IAM::Role: exists, so that others may name it; its policies are not kept."""
    name = resource.name("RoleName", 64)
    created = resource.aws("iam").create_role(
        RoleName=name,
        AssumeRolePolicyDocument=resource.props["AssumeRolePolicyDocument"],
        **resource.pick("Path", "Description", "MaxSessionDuration"),
    )["Role"]
    return Created(name, {"Arn": created["Arn"], "RoleId": created["RoleId"]})


def managed_policy(resource: Resource) -> Created:
    """AWS::IAM::ManagedPolicy: readable, not enforced."""
    created = resource.aws("iam").create_policy(
        PolicyName=resource.name("ManagedPolicyName", 128),
        PolicyDocument=resource.props["PolicyDocument"],
        **resource.pick("Path", "Description"),
    )["Policy"]
    return Created(created["Arn"], {"PolicyArn": created["Arn"], "PolicyId": created["PolicyId"]})
