"""How many instances of a type an account may run behind endpoints (Service Quotas)."""

from lambdas.adapters import clients


def quota_fault(instance_type: str, needed: int) -> str:
    """Return why `needed` instances, at most of a change, are more than the account may run; empty when not.

    Other endpoints of the account are not counted: SageMaker's own refusal stays possible. A type without a quota in
    the list is left to SageMaker as well. Raises the store errors of lambdas.adapters.clients.
    """
    name = f"{instance_type} for endpoint usage"
    with clients.store_errors("Service Quotas ListServiceQuotas of sagemaker"):
        pages = clients.service_quotas().get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker")
        for page in pages:
            for quota in page["Quotas"]:
                if quota.get("QuotaName") == name:
                    allowed = quota.get("Value", 0.0)
                    if needed <= allowed:
                        return ""
                    return (
                        f"the change needs {needed} x {instance_type} for a while; the account's quota is {allowed:g}"
                    )
    return ""
