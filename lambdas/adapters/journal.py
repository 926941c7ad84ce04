"""What every step needs to act: the plan's records, and the audit entry that comes before anything else."""

from collections.abc import Mapping
from types import MappingProxyType

from lambdas.adapters.audit_log import AuditLog, Record
from lambdas.adapters.clients import dynamodb
from lambdas.adapters.plan_store import PlanStore
from lambdas.adapters.settings import policies, release, variable
from lambdas.core.contracts.audit import AuditFact, Detail
from lambdas.core.contracts.base import Contract
from lambdas.core.contracts.steps import ExecutionRef


class Journal:
    """One plan's records in one execution. Steps call `note` before they write anything: no entry, no step.

    Steps that change something outside the records, and the one that closes a plan, take
    `lambdas.adapters.anchors.AnchoredJournal`, which may write to the audit bucket too.
    """

    def __init__(self, plan_id: str, execution: ExecutionRef, at: str) -> None:
        """Work on this plan; `at` is now, in UTC, ISO 8601."""
        self.plan_id = plan_id
        self.at = at
        self.plans = PlanStore(dynamodb(), variable("PLANS_TABLE"))
        self._execution = execution
        self._audit = AuditLog(dynamodb(), variable("AUDIT_TABLE"))

    def note(self, event: str, details: dict[str, Detail]) -> None:
        """Append an audit entry. Raises AuditError or StoreUnavailableError, and then the step must not go on."""
        self._audit.append(self._fact(event, details), self.at)

    def claim(
        self,
        event: str,
        details: dict[str, Detail],
        pk: str,
        sk: str,
        document: Contract,
        *,
        attributes: Mapping[str, str] = MappingProxyType({}),
    ) -> bool:
        """Append an audit entry and put the document that it announces, both or neither; False where one stands.

        The document gets `attributes` besides. True for a retry whose document still stands: what tells one claim
        from another must stand in `details`. Raises as `note` does.
        """
        record = self._record(pk, sk, document, attributes, held=None)
        return self._audit.append_with(self._fact(event, details), self.at, record)

    def replace(
        self,
        event: str,
        details: dict[str, Detail],
        pk: str,
        sk: str,
        document: Contract,
        *,
        held: Contract,
        attributes: Mapping[str, str] = MappingProxyType({}),
    ) -> bool:
        """Like `claim`, but put the document in the place of `held`; False where something else stands there now."""
        record = self._record(pk, sk, document, attributes, held=held.model_dump_json())
        return self._audit.append_with(self._fact(event, details), self.at, record)

    def _record(self, pk: str, sk: str, document: Contract, attributes: Mapping[str, str], held: str | None) -> Record:
        texts = {**attributes, "pk": pk, "sk": sk, "body": document.model_dump_json()}
        return Record(variable("PLANS_TABLE"), {name: {"S": text} for name, text in texts.items()}, held)

    def _fact(self, event: str, details: dict[str, Detail]) -> AuditFact:
        return AuditFact(
            plan_id=self.plan_id,
            event=event,
            execution_arn=self._execution.arn,
            details=details,
            policy_digest=policies().digest,
            release_digest=release().digest,
        )
