"""The journal: an entry and what it announces are written together, once, whoever else writes."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto.dynamodb.responses import DynamoHandler

from lambdas.adapters import clients
from lambdas.adapters.audit_log import AuditLog
from lambdas.core.audit import CLOSED, INDEX, OPENED, chain_faults, link_faults
from lambdas.core.contracts.approval import Tries
from lambdas.core.errors import AuditError, StoreUnavailableError
from tests.unit.audit.conftest import AT, PLAN, journal_of

OTHER = "p-ffffffffffffffff"


def events(log: AuditLog, chain: str = PLAN) -> list[str]:
    return [entry.fact.event for entry in log.entries(chain)]


def standing(pk: str = PLAN, sk: str = "tries") -> dict:
    key = {"pk": {"S": pk}, "sk": {"S": sk}}
    return boto3.client("dynamodb").get_item(TableName="plans", Key=key, ConsistentRead=True).get("Item", {})


def tries(wrong: int) -> Tries:
    return Tries(wrong=wrong)


def test_a_note_is_written_once_and_names_policies_and_release(journal, log):
    journal.note("step.done", {"n": 1})
    journal.note("step.done", {"n": 1})
    journal.note("step.done", {"n": 2})
    chain = log.entries(PLAN)
    assert [entry.fact.details for entry in chain] == [{"n": 1}, {"n": 2}]
    assert chain_faults(chain) == []
    assert len(chain[0].fact.policy_digest) == 64
    assert chain[0].fact.release_digest == "0" * 64


def test_a_claim_writes_entry_and_document_together(journal, log):
    assert journal.claim("code.refused", {"n": 1}, PLAN, "tries", tries(1), attributes={"kind": "wait"})
    assert events(log) == ["code.refused"]
    item = standing()
    assert item["body"]["S"] == tries(1).model_dump_json()
    assert item["kind"]["S"] == "wait"
    assert item["audit_hash"]["S"] == log.entries(PLAN)[0].hash


def test_a_claim_on_what_stands_leaves_no_trace(journal, log):
    journal.claim("code.refused", {"n": 1}, PLAN, "tries", tries(1))
    assert not journal_of(OTHER).claim("code.refused", {"n": 2}, PLAN, "tries", tries(2))
    assert events(log, OTHER) == []
    assert events(log, INDEX) == [OPENED]
    assert standing()["body"]["S"] == tries(1).model_dump_json()


def test_a_claim_tried_again_later_is_known_as_its_own(journal, log):
    journal.claim("code.refused", {"n": 1}, PLAN, "tries", tries(1))
    assert journal_of(at="2026-11-21T11:00:00Z").claim("code.refused", {"n": 1}, PLAN, "tries", tries(9))
    assert events(log) == ["code.refused"]
    assert standing()["body"]["S"] == tries(1).model_dump_json()


def test_a_claim_tried_again_after_another_took_its_place_is_refused(journal, log):
    journal.claim("code.refused", {"n": 1}, PLAN, "tries", tries(1))
    assert journal_of(OTHER).replace("code.refused", {"n": 2}, PLAN, "tries", tries(2), held=tries(1))
    assert not journal.claim("code.refused", {"n": 1}, PLAN, "tries", tries(1))
    assert events(log) == ["code.refused"]


def test_a_replacement_needs_what_it_replaces(journal, log):
    assert not journal.replace("code.refused", {"n": 2}, PLAN, "tries", tries(2), held=tries(1))
    journal.claim("code.refused", {"n": 1}, PLAN, "tries", tries(1), attributes={"kind": "wait"})
    assert journal.replace("code.refused", {"n": 2}, PLAN, "tries", tries(2), held=tries(1))
    assert not journal.replace("code.refused", {"n": 3}, PLAN, "tries", tries(3), held=tries(1))
    assert journal.replace("code.refused", {"n": 2}, PLAN, "tries", tries(2), held=tries(1))
    assert standing()["body"]["S"] == tries(2).model_dump_json()
    assert "kind" not in standing()
    assert events(log) == ["code.refused"] * 2


@pytest.fixture
def one_request_at_a_time(aws, monkeypatch):
    """Moto alone loses concurrent writes, which DynamoDB does not."""
    lock, stock = threading.RLock(), DynamoHandler.call_action

    def call_action(self: DynamoHandler) -> Any:
        with lock:
            return stock(self)

    monkeypatch.setattr(DynamoHandler, "call_action", call_action)


@pytest.mark.usefixtures("one_request_at_a_time")
def test_sixteen_racing_claims_make_one_decision(log):
    begin = threading.Barrier(16)

    def decide(number: int) -> bool:
        begin.wait()
        return journal_of().claim("vote.cast", {"n": number}, PLAN, "decision", tries(number))

    clients.dynamodb()
    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(decide, range(16)))
    assert won.count(True) == 1
    [entry] = log.entries(PLAN)
    assert entry.fact.details == {"n": won.index(True)}
    assert standing(sk="decision")["body"]["S"] == tries(won.index(True)).model_dump_json()


@pytest.mark.slow
@pytest.mark.usefixtures("one_request_at_a_time")
def test_sixteen_plans_at_once_are_all_in_the_index(log):
    plans = [f"p-{number:016x}" for number in range(16)]
    begin = threading.Barrier(16)

    def run(plan_id: str) -> None:
        begin.wait()
        journal_of(plan_id).note("request.received", {})
        journal_of(plan_id).close("run.ended", {}, "dev")

    clients.dynamodb()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(run, plans))
    index = log.entries(INDEX)
    assert link_faults(index) == []
    for event in (OPENED, CLOSED):
        assert sorted(entry.fact.plan_id for entry in index if entry.fact.event == event) == plans
    for plan_id in plans:
        [closed] = [e.fact.details for e in index if (e.fact.plan_id, e.fact.event) == (plan_id, CLOSED)]
        assert closed == {"length": 2, "head": log.entries(plan_id)[-1].hash}


def test_the_head_of_a_long_index_is_found_without_reading_it(log, monkeypatch):
    for number in range(30):
        journal_of(f"p-{number:016x}").note("request.received", {})
    read: list[int] = []
    query = clients.dynamodb().query
    monkeypatch.setattr(clients.dynamodb(), "query", lambda **asked: read.append(asked["Limit"]) or query(**asked))
    head = log.index_head()
    assert head
    assert head.sequence == 30
    assert read == [1]


class Failing:
    """DynamoDB whose calls of one operation fail `times` times, after they were carried out or instead."""

    def __init__(self, operation: str, error: Exception, *, times: int, carry_out: bool) -> None:
        self._behind = boto3.client("dynamodb")
        self._operation, self._error, self._carry_out = operation, error, carry_out
        self._left = times

    def __getattr__(self, name: str):
        behind = getattr(self._behind, name)

        def call(**asked):
            if name != self._operation or not self._left:
                return behind(**asked)
            self._left -= 1
            if self._carry_out:
                behind(**asked)
            raise self._error

        return call if name != "get_paginator" else behind


def cancelled(*codes: str) -> ClientError:
    response: Any = {
        "Error": {"Code": "TransactionCanceledException"},
        "CancellationReasons": [{"Code": c} for c in codes],
    }
    return ClientError(response, "TransactWriteItems")


LOST = EndpointConnectionError(endpoint_url="https://dynamodb")


def through(journal, failing: Any) -> list[float]:
    waits: list[float] = []
    journal._audit = AuditLog(failing, "audit", waits.append)
    return waits


def test_a_lost_reply_is_told_and_the_next_try_adds_nothing(journal, log):
    through(journal, Failing("transact_write_items", LOST, times=1, carry_out=True))
    with pytest.raises(StoreUnavailableError, match=r"audit entry vote.cast of p-0123456789abcdef was not written"):
        journal.claim("vote.cast", {}, PLAN, "decision", tries(1))
    assert journal.claim("vote.cast", {}, PLAN, "decision", tries(1))
    assert (events(log), events(log, INDEX)) == (["vote.cast"], [OPENED])


def test_a_conflict_with_another_transaction_is_tried_again_after_a_pause(journal, log):
    conflict = cancelled("TransactionConflict", "None", "None")
    waits = through(journal, Failing("transact_write_items", conflict, times=3, carry_out=False))
    assert journal.claim("vote.cast", {}, PLAN, "decision", tries(1))
    assert len(waits) == 3
    assert all(wait <= 0.08 for wait in waits)


def test_endless_conflicts_end_as_an_error_that_may_be_tried_again(journal):
    conflict = cancelled("None", "TransactionConflict", "None")
    waits = through(journal, Failing("transact_write_items", conflict, times=1_000, carry_out=False))
    with pytest.raises(StoreUnavailableError, match="12 others came first"):
        journal.claim("vote.cast", {}, PLAN, "decision", tries(1))
    assert sum(waits) < 13


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("ThrottlingError", StoreUnavailableError),
        ("ProvisionedThroughputExceeded", StoreUnavailableError),
        ("ValidationError", AuditError),
    ],
)
def test_a_transaction_refused_for_another_reason_is_told(journal, reason, expected):
    through(journal, Failing("transact_write_items", cancelled("None", reason), times=1, carry_out=False))
    with pytest.raises(expected):
        journal.claim("vote.cast", {}, PLAN, "decision", tries(1))
    assert standing(sk="decision") == {}


def test_a_missing_table_is_nothing_for_another_try(aws, monkeypatch):
    monkeypatch.setenv("AUDIT_TABLE", "gone")
    with pytest.raises(AuditError, match=r"audit entry step\.done"):
        journal_of().note("step.done", {})


def test_an_unreadable_entry_stops_the_chain(journal, log):
    item = {"pk": {"S": PLAN}, "sk": {"N": "1"}, "body": {"S": "{}"}}
    boto3.client("dynamodb").put_item(TableName="audit", Item=item)
    with pytest.raises(AuditError, match="cannot be read"):
        journal.note("step.done", {"at": AT})
