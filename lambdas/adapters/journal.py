"""What every step needs to act: the plan's records, and the audit entry that comes before anything else."""

from lambdas.adapters.audit_log import AuditLog
from lambdas.adapters.clients import dynamodb
from lambdas.adapters.plan_store import PlanStore
from lambdas.adapters.settings import policies, release, variable
from lambdas.core.contracts.audit import AuditFact, Detail
from lambdas.core.contracts.steps import ExecutionRef


class Journal:
    """One plan's records in one execution. Steps call `note` before they write anything: no entry, no step."""

    def __init__(self, plan_id: str, execution: ExecutionRef, at: str) -> None:
        """Work on this plan; `at` is now, in UTC, ISO 8601."""
        self.plan_id = plan_id
        self.at = at
        self.plans = PlanStore(dynamodb(), variable("PLANS_TABLE"))
        self._execution = execution
        self._audit = AuditLog(dynamodb(), variable("AUDIT_TABLE"))

    def note(self, event: str, details: dict[str, Detail]) -> None:
        """Append an audit entry. Raises AuditError or StoreUnavailableError, and then the step must not go on."""
        fact = AuditFact(
            plan_id=self.plan_id,
            event=event,
            execution_arn=self._execution.arn,
            details=details,
            policy_digest=policies().digest,
            release_digest=release().digest,
        )
        self._audit.append(fact, self.at)
