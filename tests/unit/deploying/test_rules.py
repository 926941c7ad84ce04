"""The rules of going back, adopting, baking and permission, over every state that an endpoint can show."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.core.approving.quorum import new_request
from lambdas.core.contracts.approval import Asked, Decision, Outcome, Proposal, Vote
from lambdas.core.contracts.intent import Requester
from lambdas.core.contracts.verdict import ApprovalNeed
from lambdas.core.deploying.adopting import differences
from lambdas.core.deploying.answering import RequestRefusedError, endpoints_of_alarm, read_rollback_request
from lambdas.core.deploying.baking import baking_of, smoke_fault
from lambdas.core.deploying.permission import approval_fault
from lambdas.core.deploying.view import CHANGING, EndpointView, is_settled, why_not_live
from lambdas.core.deploying.way_back import Undo, way_back
from lambdas.core.planning.names import alarm_name
from lambdas.core.policies.catalogue import SmokeRequest
from tests.unit.guardrails.factory import a_plan, policies

STATUSES = [*sorted(CHANGING), "InService", "OutOfService", "Failed", "UpdateRollbackFailed"]
CONFIGS = ["old", "new", "by-hand"]
AT, LATER = "2026-11-18T10:00:00Z", "2026-11-18T10:10:00Z"


def a_view(config: str = "new", status: str = "InService", pending: str = "", **changes: Any) -> EndpointView:
    fields: dict[str, Any] = {"failure_reason": "", "images": (), "changed_at": AT, **changes}
    return EndpointView(name="x-dev", config_name=config, status=status, pending_config=pending, **fields)


views = st.none() | st.builds(
    a_view, st.sampled_from(CONFIGS), st.sampled_from(STATUSES), st.sampled_from(["", *CONFIGS])
)
undos = st.sampled_from([Undo(endpoint="x-dev", config_from="new", config_to=to) for to in ("old", "")])


@given(views, undos)
def test_nothing_is_called_on_what_changes_or_is_not_ours(view, undo):
    step = way_back(view, undo).step
    if step in {"update", "delete"}:
        assert view is not None
        assert (view.config_name, is_settled(view) or view.pending_config == "new") == ("new", True)
        assert view.status not in CHANGING
        assert step == ("update" if undo.config_to else "delete")
    if view and "by-hand" in {view.config_name, view.pending_config}:
        assert step == "person"


@given(views, undos)
def test_nothing_is_left_to_do_exactly_where_it_is_back(view, undo):
    back = why_not_live(view, "x-dev", undo.config_to) == "" if undo.config_to else view is None
    assert (way_back(view, undo).step == "nothing") == back


@given(views)
def test_live_is_settled_in_service_and_on_the_configuration_asked(view):
    live = why_not_live(view, "x-dev", "new") == ""
    assert live == (view is not None and is_settled(view) and view.status == "InService" and view.config_name == "new")


def test_another_image_under_the_right_configuration_is_not_live():
    right, wrong = "1.dkr/x:1", "1.dkr/x:2"
    assert why_not_live(a_view(images=((right, f"{right}@sha256:a"),)), "x-dev", "new", right) == ""
    assert wrong in why_not_live(a_view(images=((wrong, wrong),)), "x-dev", "new", right)
    assert "sha256:b" in why_not_live(a_view(images=(("", "1.dkr/x@sha256:b"),)), "x-dev", "new", "1.dkr/x@sha256:a")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcde"), inner, max_size=3),
    max_leaves=8,
)
parameters = st.dictionaries(st.sampled_from("abcde"), json_values, max_size=4)


@given(parameters)
def test_what_is_described_as_it_was_sent_is_adopted(sent):
    told = {"ModelArn": "arn", "CreationTime": "now", "ResponseMetadata": {"x": 1}, "VpcConfig": None}
    assert differences({**sent, "Tags": [1]}, {**sent, **told}) == []


@given(parameters, st.sampled_from("abcde"), st.text(min_size=1, max_size=5))
def test_any_other_value_is_told_and_so_is_what_was_not_asked_for(sent, key, value):
    assert bool(differences(sent, {**sent, key: value})) == (sent.get(key) != value)
    assert differences(sent, {**sent, "VpcConfig": {"Subnets": ["s"]}})


def test_who_bakes_what():
    plan = a_plan("staging")
    assert baking_of(plan, exists=True, leaves_package=False) == ("sagemaker", 0)
    assert baking_of(plan, exists=True, leaves_package=True) == ("agentops", plan.traffic.bake_s)
    assert baking_of(plan, exists=False, leaves_package=False) == ("agentops", plan.traffic.bake_s)
    package = a_plan("staging", "llama-3.1-8b-instruct")
    assert baking_of(package, exists=True, leaves_package=False).by == "agentops"
    assert baking_of(a_plan("dev"), exists=False, leaves_package=False) == ("nobody", 0)
    assert baking_of(plan.model_copy(update={"alarms": ()}), exists=True, leaves_package=False).by == "nobody"


@pytest.mark.parametrize("answer", [b"", b"nonsense", b"[]", b'{"choices": []}', b"\xff", b'{"choices":[{"m":"5"}]}'])
def test_a_wrong_smoke_answer_is_told(answer):
    smoke = SmokeRequest(
        content_type="application/json", body="{}", expect_json_pointer="/choices/0/m", expect_contains="4"
    )
    assert smoke_fault(smoke, answer)
    assert smoke_fault(smoke, b'{"choices": [{"m": "It is 4."}]}') == ""


def test_where_no_answer_can_be_foretold_any_will_do_but_none():
    smoke = SmokeRequest(content_type="text/csv", body="1,2", expect_json_pointer=None, expect_contains=None)
    assert [smoke_fault(smoke, answer) for answer in (b"0.7\n", b"", b" \n")] == ["", *["the answer is empty"] * 2]


NEED = ApprovalNeed(approvers=("ana", "ben", "cam"), needed=2, assurance="totp", timeout_s=3_600)
DIGEST = "a" * 64


def asked_of(*people: str) -> Any:
    proposal = Proposal(
        plan_id="p-0000000000000001",
        kind="deploy",
        digest=DIGEST,
        headline="words",
        env="prod",
        endpoint="x-prod",
        rows=(),
        usd_per_hour_before=None,
        usd_per_hour_during=None,
        usd_per_hour_after=None,
        rules=(),
        evidence=(),
        requester=Requester(name="zoe", assurance="claimed"),
        live_digest=DIGEST,
    )
    asked = tuple(Asked(approver=one, topic_arn="arn") for one in people)
    return new_request(proposal, NEED, asked, (), at=AT, round_number=1)


def a_vote(approver: str, **changes: Any) -> Vote:
    fields: dict[str, Any] = {"digest": DIGEST, "round": 1, "choice": "approve", "assurance": "totp", "at": LATER}
    return Vote(plan_id="p-0000000000000001", approver=approver, reason="", **{**fields, **changes})


def decided(outcome: Outcome = "approved", digest: str = DIGEST) -> Decision:
    return Decision(
        plan_id="p-0000000000000001", digest=digest, outcome=outcome, by=(), reason="", assurance="totp", at=LATER
    )


def fault_of(votes: list[Vote], decision: Decision | None = None, need: ApprovalNeed | None = NEED, **of: Any) -> str:
    return approval_fault(
        need,
        of.get("digest", DIGEST),
        asked_of("ana", "ben", "cam"),
        decision or decided(),
        votes,
        requesters=of.get("requesters", ["zoe"]),
        approvers=policies().approvals.approvers,
    )


@pytest.mark.parametrize("own", ["ml-platform-lead", "arn:aws:sts::1:assumed-role/Engineers/ml-platform-lead"])
def test_the_word_of_whoever_asked_does_not_count_by_whatever_name(own):
    people = ("ml-platform-lead", "service-owner")
    need = NEED.model_copy(update={"approvers": people, "needed": 1})

    def fault(voter: str) -> str:
        asked, by = asked_of(*people), ["arn:aws:sts::1:assumed-role/Pipeline/build-7", own]
        return approval_fault(
            need, DIGEST, asked, decided(), [a_vote(voter)], requesters=by, approvers=policies().approvals.approvers
        )

    assert "approved have nobody" in fault("ml-platform-lead")
    assert fault("service-owner") == ""


def test_enough_recorded_votes_allow_it():
    assert fault_of([a_vote("ana"), a_vote("ben")]) == ""


@pytest.mark.parametrize(
    "second",
    [
        a_vote("ana"),
        a_vote("mallory"),
        a_vote("ben", choice="decline"),
        a_vote("ben", digest="b" * 64),
        a_vote("ben", round=2),
        a_vote("ben", assurance="typed-name"),
        a_vote("ben", at="2026-11-18T12:00:00Z"),
    ],
)
def test_a_forged_approved_decision_does_not_stand_in_for_a_vote(second):
    assert "2 of ana, ben, cam" in fault_of([a_vote("ana"), second])


@pytest.mark.parametrize("outcome", [it for it in get_args(Outcome) if it != "approved"])
def test_a_no_stands_even_where_nobody_need_be_asked(outcome):
    assert outcome in fault_of([a_vote("ana"), a_vote("ben")], decided(outcome), need=None)


def test_another_digest_or_a_stricter_policy_is_not_allowed():
    votes = [a_vote("ana"), a_vote("ben")]
    assert "is not what would be done" in fault_of(votes, digest="b" * 64)
    assert "is not what would be done" in fault_of(votes, decided(digest="b" * 64))
    assert "3 of" in fault_of(votes, need=NEED.model_copy(update={"needed": 3}))


@given(st.text() | parameters.map(str))
def test_any_text_is_read_or_refused(text):
    with pytest.raises(RequestRefusedError):
        read_rollback_request(text, len(text), "run")


@pytest.mark.parametrize("env", ["dev", "staging", "prod"])
def test_every_alarm_of_a_plan_leads_back_to_its_endpoint(env):
    plan = a_plan(env)
    for alarm in plan.alarms:
        assert plan.endpoint in endpoints_of_alarm(alarm_name(plan, alarm))
    assert endpoints_of_alarm("somebody-elses-alarm") == []
