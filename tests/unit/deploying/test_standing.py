"""What a run leaves standing once it is recorded: what runs now, whose alarms watch it, and a free endpoint."""

from collections.abc import Callable

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from lambdas.adapters import clients, leases
from lambdas.adapters.standing import record_standing
from lambdas.core.contracts.deployment import Deployed, DeploymentRecord, RollbackRecord
from lambdas.core.ends import ENDS
from lambdas.core.errors import StoreUnavailableError
from tests.unit.deploying.stage import AT, Stage, alarm_names, staged

pytestmark = pytest.mark.usefixtures("aws")

Put = Callable[[str], None]


@pytest.fixture
def put_alarm() -> Put:
    def put(name: str) -> None:
        boto3.client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            Namespace="AWS/SageMaker",
            MetricName="ModelLatency",
            Statistic="Average",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )

    return put


def changed(number: int, put: Put, *, before: str = "") -> Stage:
    """A plan that made its change: its record, its alarm and its lease stand."""
    stage = staged(number)
    name = f"agentops-{stage.plan.endpoint}-{number}"
    put(name)
    record = DeploymentRecord(
        plan_id=stage.plan_id,
        env="dev",
        endpoint=stage.plan.endpoint,
        variant="main",
        config_before=before,
        images_before=(),
        config_after=f"config-{number}",
        model_after=f"model-{number}",
        alarms=(name,),
        baked_by="nobody",
        bake_s=0,
        started_at=AT,
    )
    stage.save("deployment", record)
    take(stage)
    return stage


def take(stage: Stage) -> None:
    leases.take(stage.journal, stage.plan.endpoint, "dev", "deployment", most_open=2, execution=stage.execution)


def end(stage: Stage, name: str) -> None:
    record_standing(stage.journal, ENDS[name])


def standing(stage: Stage) -> Deployed | None:
    return stage.journal.plans.find(Deployed, f"endpoint#{stage.plan.endpoint}", "deployed")


def asked_rollback(number: int, of: Stage, to: str) -> Stage:
    """A rollback of a deployment, as Find Deployment records it."""
    stage = staged(number)
    cause = RollbackRecord(
        plan_id=stage.plan_id,
        of_plan=of.plan_id,
        env="dev",
        endpoint=of.plan.endpoint,
        config_from=of.record.config_after,
        config_to=to,
        cause="an alarm",
    )
    stage.save("rollback", cause)
    take(stage)
    return stage


@pytest.mark.parametrize("name", ["deployed", "unexercised"])
def test_what_was_deployed_is_on_record_and_its_endpoint_is_free(put_alarm: Put, name: str):
    first = changed(1, put_alarm)
    end(first, name)
    held = standing(first)
    assert held is not None
    assert (held.plan_id, held.config, held.config_before, held.plan_before) == (first.plan_id, "config-1", "", "")
    assert held.alarms == first.record.alarms
    assert leases.holder(first.plan.endpoint) is None


@pytest.mark.parametrize("name", ["rolled-back", "not-deployed", "needs-person", "failed", "denied"])
def test_a_run_that_deployed_nothing_changes_no_record_but_frees_the_endpoint(put_alarm: Put, name: str):
    first = changed(1, put_alarm)
    end(first, name)
    assert standing(first) is None
    assert leases.holder(first.plan.endpoint) is None
    assert alarm_names() == list(first.record.alarms)


def test_only_who_holds_the_endpoint_says_what_runs(put_alarm: Put):
    first = changed(1, put_alarm)
    leases.release(first.journal, first.plan.endpoint)
    second = changed(2, put_alarm)
    end(second, "deployed")
    end(first, "deployed")
    held = standing(second)
    assert held is not None
    assert held.plan_id == second.plan_id
    assert alarm_names() == [*first.record.alarms, *second.record.alarms]


def test_the_next_deployment_takes_the_superseded_alarms_away_and_remembers_its_plan(put_alarm: Put):
    first = changed(1, put_alarm)
    end(first, "deployed")
    second = changed(2, put_alarm, before="config-1")
    end(second, "deployed")
    held = standing(second)
    assert held is not None
    assert (held.plan_id, held.plan_before, held.config_before) == (second.plan_id, first.plan_id, "config-1")
    assert alarm_names() == list(second.record.alarms)


def test_a_plan_that_did_not_follow_is_not_what_a_rollback_returns_to(put_alarm: Put):
    first = changed(1, put_alarm)
    end(first, "deployed")
    second = changed(2, put_alarm, before="made-by-hand")
    end(second, "deployed")
    held = standing(second)
    assert held is not None
    assert held.plan_before == ""


def test_a_retry_adds_nothing(put_alarm: Put):
    end(changed(1, put_alarm), "deployed")
    second = changed(2, put_alarm, before="config-1")
    end(second, "deployed")
    held, events = standing(second), second.events
    end(second, "deployed")
    assert (standing(second), second.events) == (held, events)


def test_a_retry_after_cloudwatch_was_away_still_takes_the_superseded_alarms_away(put_alarm: Put):
    end(changed(1, put_alarm), "deployed")
    second = changed(2, put_alarm, before="config-1")

    def away(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://monitoring")

    sending = clients.cloudwatch().meta.events
    sending.register("before-call.cloudwatch.DeleteAlarms", away)
    with pytest.raises(StoreUnavailableError):
        end(second, "deployed")
    sending.unregister("before-call.cloudwatch.DeleteAlarms", away)
    end(second, "deployed")
    assert alarm_names() == list(second.record.alarms)
    held = standing(second)
    assert held is not None
    assert held.plan_id == second.plan_id


def test_a_rollback_that_was_asked_for_puts_the_plan_before_on_record(put_alarm: Put):
    first = changed(1, put_alarm)
    end(first, "deployed")
    second = changed(2, put_alarm, before="config-1")
    end(second, "deployed")
    rollback = asked_rollback(3, second, "config-1")
    end(rollback, "restored")
    held = standing(first)
    assert held is not None
    assert (held.plan_id, held.config, held.alarms) == (first.plan_id, "config-1", first.record.alarms)
    assert leases.holder(first.plan.endpoint) is None
    events = rollback.events
    end(rollback, "restored")
    assert (standing(first), rollback.events) == (held, events)


@pytest.mark.parametrize("way", ["rolled-back", "restored"])
def test_what_was_gone_back_to_is_marked_until_the_next_deployment(put_alarm: Put, way: str):
    first = changed(1, put_alarm)
    end(first, "deployed")
    second = changed(2, put_alarm, before="config-1")
    end(second, "rolled-back" if way == "rolled-back" else "deployed")
    if way == "restored":
        end(asked_rollback(3, second, "config-1"), "restored")
    held = standing(first)
    assert held is not None
    assert (held.plan_id, held.returned_to) == (first.plan_id, True)
    end(changed(4, put_alarm, before="config-1"), "deployed")
    held = standing(first)
    assert held is not None
    assert not held.returned_to


def test_a_change_that_never_began_leaves_the_record_as_it_is(put_alarm: Put):
    first = changed(1, put_alarm)
    end(first, "deployed")
    end(changed(2, put_alarm, before="config-1"), "not-deployed")
    held = standing(first)
    assert held is not None
    assert not held.returned_to


def test_after_a_first_deployment_was_undone_the_next_one_follows_nothing(put_alarm: Put):
    first = changed(1, put_alarm)
    end(first, "deployed")
    end(asked_rollback(2, first, ""), "restored")
    third = changed(3, put_alarm)
    end(third, "deployed")
    held = standing(third)
    assert held is not None
    assert (held.plan_id, held.config_before, held.plan_before) == (third.plan_id, "", "")


def test_a_run_frees_no_endpoint_that_another_holds(put_alarm: Put):
    first = changed(1, put_alarm)
    end(staged(2), "denied")
    held = leases.holder(first.plan.endpoint)
    assert held is not None
    assert held.plan_id == first.plan_id
