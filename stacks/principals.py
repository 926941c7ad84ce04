"""Who a policy speaks of.

jsii names a class's parameters otherwise than those of the interface that it implements: a type checker sees a
mismatch that is none. The casts for principals stand here, others where they are needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from constructs import Construct


def service(name: str) -> iam.IPrincipal:
    """An AWS service, such as `lambda.amazonaws.com`."""
    return cast(iam.IPrincipal, iam.ServicePrincipal(name))


def own_account() -> iam.IPrincipal:
    """Every principal of this account that its own IAM policies allow."""
    return cast(iam.IPrincipal, iam.AccountRootPrincipal())


def lambda_role(scope: Construct) -> iam.Role:
    """A role that Lambda takes on, allowed nothing yet."""
    return iam.Role(scope, "Role", assumed_by=service("lambda.amazonaws.com"))
