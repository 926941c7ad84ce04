"""Service Quotas: how many instances of each type SageMaker endpoints may use."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# moto's API layer is typed only in part.

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.responses import ServiceQuotasResponse

from stacks.local.emulation.patching import patch
from stacks.local.emulation.sagemaker import control_plane, listing, refusing

INSTANCES: Final = 8.0
_USES: Final = ("endpoint usage", "training job usage")
_MOST_A_PAGE: Final = 100


def list_service_quotas(self: ServiceQuotasResponse) -> str:
    """Stock moto does not know this call; AWS lists every quota of a service, a hundred a page."""
    request: dict[str, Any] = json.loads(self.body)
    if request.get("ServiceCode") != "sagemaker":
        raise NoSuchResource
    limit = control_plane(self.current_account, self.region).faults.limit
    shape = refusing.model().shape_for("ProductionVariantInstanceType")
    quotas = [
        _quota(f"{instance_type} for {use}", INSTANCES if limit is None else limit, self.current_account, self.region)
        for instance_type in shape.enum
        for use in _USES
    ]
    return json.dumps(listing.cut(quotas, request, into="Quotas", usual=_MOST_A_PAGE))


def _quota(name: str, value: float, account: str, region: str) -> dict[str, Any]:
    code = f"L-{hashlib.sha256(name.encode()).hexdigest()[:8].upper()}"
    return {
        "ServiceCode": "sagemaker",
        "ServiceName": "Amazon SageMaker",
        "QuotaArn": f"arn:aws:servicequotas:{region}:{account}:sagemaker/{code}",
        "QuotaCode": code,
        "QuotaName": name,
        "Value": value,
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
        "QuotaAppliedAtLevel": "ACCOUNT",
    }


def install() -> None:
    """Patch ListServiceQuotas in."""
    patch(ServiceQuotasResponse, "list_service_quotas", list_service_quotas, adds=True)
