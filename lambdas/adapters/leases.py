"""Who may change an endpoint now: one plan an endpoint, and only so many plans an environment.

A lease, the environment's place and the line that rates are counted by are written in one transaction, or none is.
"""

from typing import TYPE_CHECKING, Literal

from botocore.exceptions import ClientError

from lambdas.adapters import clients
from lambdas.adapters.journal import Journal
from lambdas.adapters.open_records import listed_as, open_records, plans_items
from lambdas.adapters.plan_store import PlanStore
from lambdas.adapters.settings import variable
from lambdas.core.contracts.base import Environment
from lambdas.core.contracts.deployment import Lease
from lambdas.core.contracts.steps import ExecutionRef
from lambdas.core.errors import LeaseBusyError, StoreUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

_FREE_OR_OURS = "attribute_not_exists(pk) OR plan_id = :free OR plan_id = :ours"
_OURS = "plan_id = :ours"
_NO_SLOT = 0


def take(
    journal: Journal,
    endpoint: str,
    env: Environment,
    purpose: Literal["deployment", "rollback"],
    *,
    most_open: int,
    execution: ExecutionRef,
) -> Lease:
    """Return the plan's lease on the endpoint: taken now, or by an earlier try of the same plan.

    A deployment also takes the first free of the environment's `most_open` places and counts as a change; a rollback
    does neither, for no limit may hold it back. Raises LeaseBusyError naming the holder, or the full environment.
    """
    held = holder(endpoint)
    if held and held.plan_id == journal.plan_id:
        return held
    _refuse_if_held(held)
    journal.note("lease.asked", {"endpoint": endpoint, "env": env, "purpose": purpose})
    for slot in range(1, most_open + 1) if purpose == "deployment" else (_NO_SLOT,):
        lease = Lease(
            endpoint=endpoint,
            env=env,
            plan_id=journal.plan_id,
            purpose=purpose,
            slot=slot,
            execution_arn=execution.arn,
            taken_at=journal.at,
        )
        if _take_all(lease):
            return lease
        held = holder(endpoint)
        if held and held.plan_id == journal.plan_id:
            return held
        _refuse_if_held(held)
    message = f"{env} has {most_open} changes open, which is all that it allows: wait until one of them has ended"
    raise LeaseBusyError(message)


def release(journal: Journal, endpoint: str) -> None:
    """Give the plan's lease and place back. Nothing happens where the plan does not hold the endpoint."""
    held = holder(endpoint)
    if held is None or held.plan_id != journal.plan_id:
        return
    journal.note("lease.released", {"endpoint": endpoint, "purpose": held.purpose})
    free = held.model_copy(update={"plan_id": ""})
    _write_all([_put(_lease_item(free), _OURS, held.plan_id), *_slot_puts(free, _OURS, held.plan_id)])


def holder(endpoint: str) -> Lease | None:
    """Return the lease that somebody holds on the endpoint, read consistently; None when it is free."""
    store = PlanStore(clients.dynamodb(), variable("PLANS_TABLE"))
    lease = store.find(Lease, f"endpoint#{endpoint}", "lease")
    return lease if lease and lease.plan_id else None


def open_leases() -> list[Lease]:
    """Return every lease that is held, oldest first, by an index that may lag by a moment."""
    return open_records("lease", Lease)


def changes_since(env: Environment, at: str) -> list[str]:
    """Return the ids of the plans that took a place in the environment at or after this time, read consistently."""
    values: dict[str, AttributeValueTypeDef] = {":changes": {"S": f"changes#{env}"}, ":at": {"S": at}}
    found = plans_items("pk = :changes AND sk >= :at", values, ConsistentRead=True)
    return [item["plan_id"].get("S", "") for item in found]


def _refuse_if_held(held: Lease | None) -> None:
    if held:
        message = (
            f"{held.endpoint} is being changed by {held.plan_id} ({held.purpose}, since {held.taken_at}): "
            "wait until it has ended, or withdraw it"
        )
        raise LeaseBusyError(message)


def _take_all(lease: Lease) -> bool:
    change: list[TransactWriteItemTypeDef] = []
    if lease.slot:
        line = {**_key(f"changes#{lease.env}", f"{lease.taken_at}#{lease.plan_id}"), "plan_id": {"S": lease.plan_id}}
        change = [{"Put": {"TableName": variable("PLANS_TABLE"), "Item": line}}]
    lease_put = _put(_lease_item(lease), _FREE_OR_OURS, lease.plan_id)
    return _write_all([lease_put, *_slot_puts(lease, _FREE_OR_OURS, lease.plan_id), *change])


def _slot_puts(lease: Lease, condition: str, ours: str) -> "list[TransactWriteItemTypeDef]":
    if not lease.slot:
        return []
    item = {**_key(f"slot#{lease.env}", str(lease.slot)), **_body(lease)}
    return [_put(item, condition, ours)]


def _lease_item(lease: Lease) -> "dict[str, AttributeValueTypeDef]":
    listed = listed_as("lease", lease.taken_at) if lease.plan_id else {}
    return {**_key(f"endpoint#{lease.endpoint}", "lease"), **_body(lease), **listed}


def _key(pk: str, sk: str) -> "dict[str, AttributeValueTypeDef]":
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _body(lease: Lease) -> "dict[str, AttributeValueTypeDef]":
    return {"plan_id": {"S": lease.plan_id}, "body": {"S": lease.model_dump_json()}}


def _put(item: "dict[str, AttributeValueTypeDef]", condition: str, ours: str) -> "TransactWriteItemTypeDef":
    values: dict[str, AttributeValueTypeDef] = {":ours": {"S": ours}}
    if ":free" in condition:
        values[":free"] = {"S": ""}
    return {
        "Put": {
            "TableName": variable("PLANS_TABLE"),
            "Item": item,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": values,
        }
    }


def _write_all(puts: "list[TransactWriteItemTypeDef]") -> bool:
    """Return whether all was written; False when a condition failed, and then nothing was."""
    call = f"DynamoDB TransactWriteItems on {variable('PLANS_TABLE')}"
    with clients.store_errors(call):
        try:
            clients.dynamodb().transact_write_items(TransactItems=puts)
        except ClientError as error:
            if clients.error_code(error) != "TransactionCanceledException":
                raise
            reasons = {str(reason.get("Code")) for reason in error.response.get("CancellationReasons", [])}
            if "ConditionalCheckFailed" in reasons:
                return False
            message = f"{call} was cancelled: {', '.join(sorted(reasons - {'None'})) or 'no reason given'}"
            raise StoreUnavailableError(message) from error
    return True
