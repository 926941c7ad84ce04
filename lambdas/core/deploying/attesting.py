"""Who started an execution, by CloudTrail's record of the StartExecution call.

Shape: Step Functions Developer Guide, "Recording API calls with AWS CloudTrail", example StartExecution.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, cast


class AttestedStart(NamedTuple):
    """One started execution, and the ARN of the user or role session that AWS saw calling."""

    execution_arn: str
    requester: str
    event_id: str


def attested_start(record: Mapping[str, Any]) -> AttestedStart | None:
    """Return what a CloudTrail record attests; None where it attests nobody.

    A call that failed started nothing, and what an AWS service starts for somebody (an EventBridge rule, with its role)
    says nothing of who that was: the name in such a request stays a claim.
    """
    identity = _mapping(record.get("userIdentity"))
    started = _mapping(record.get("responseElements"))
    arn, execution = identity.get("arn"), started.get("executionArn")
    by_service = identity.get("invokedBy") or identity.get("type") == "AWSService"
    by_service = by_service or str(record.get("sourceIPAddress", "")).endswith(".amazonaws.com")
    if record.get("eventName") != "StartExecution" or record.get("errorCode") or by_service:
        return None
    if not isinstance(arn, str) or not isinstance(execution, str) or not arn or not execution:
        return None
    return AttestedStart(execution, arn, str(record.get("eventID", "")))


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
