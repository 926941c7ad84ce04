"""Forms, links, masks and time: what holds for every input."""

from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.core.approving.codes import accepted_step, is_name, plain_code
from lambdas.core.approving.forms import MAX_REASON, FormError, read_answer
from lambdas.core.approving.links import is_link_secret, link_id
from lambdas.core.approving.page import time_left
from lambdas.core.approving.proposals import deployment_proposal, live_digest
from lambdas.core.changes import describe_changes
from lambdas.core.contracts.approval import Proposal
from lambdas.core.contracts.intent import Requester
from lambdas.core.contracts.plan import Plan, PlanRecord, TrafficPolicy
from lambdas.core.errors import RecordError
from lambdas.core.guardrails import EndpointState
from tests.unit.guardrails.factory import a_plan, a_variant, an_endpoint, judge, policies

AT = "2026-11-18T10:00:00.000000Z"
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@given(st.binary(max_size=300))
def test_whatever_is_posted_is_a_whole_answer_or_a_form_error(body):
    with suppress(FormError):
        answer = read_answer(body, "decline", "totp")
        assert answer.reason
        assert plain_code(answer.proof) == answer.proof
        assert len(answer.reason) <= MAX_REASON


@given(st.text(st.characters(codec="utf-8", min_codepoint=32), max_size=200))
def test_a_reason_is_kept_to_the_letter_where_something_else_is_wrong(reason):
    with pytest.raises(FormError) as caught:
        read_answer(urlencode({"csrf": "a", "reason": reason, "code": "x"}).encode(), "approve", "totp")
    assert caught.value.reason == reason


@given(st.text(max_size=60))
def test_only_what_looks_like_a_link_is_looked_up(text):
    assert not is_link_secret(text) or len(text) == 43
    assert link_id(text.encode(errors="replace").decode()) != text


@given(st.text(max_size=30))
def test_a_code_is_six_ascii_digits_however_they_are_spaced(typed):
    code = plain_code(typed)
    assert code is None or (len(code) == 6 and code.isascii() and code.isdecimal())


def test_codes_are_those_of_the_standard():
    # RFC 6238, appendix B, SHA-1: at 59 s the eight digits 94287082, of which six are 287082.
    at = "1970-01-01T00:00:59Z"
    assert accepted_step(SECRET, "287082", at, 0) == 1
    assert accepted_step(SECRET, "287082", at, 1) is None


def test_a_secret_that_is_none_is_told_without_its_words():
    with pytest.raises(RecordError, match="not base32") as caught:
        accepted_step("not!base32", "123456", AT, 0)
    assert "not!base32" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("typed", ["", "chatbot", "Chatbot-x", "chatbot-x2", "chatbot\u2011x"])
def test_a_name_is_right_to_the_letter_or_wrong(typed):
    assert not is_name(typed, "chatbot-x")
    assert is_name(" chatbot-x\t", "chatbot-x")


@pytest.mark.parametrize(
    ("until", "words"),
    [
        ("2026-11-18T10:00:59Z", "Less than a minute"),
        ("2026-11-18T09:00:00Z", "Less than a minute"),
        ("2026-11-18T13:20:00Z", "3 h 20 min"),
        ("2026-11-20T10:05:00Z", "2 d 5 min"),
    ],
)
def test_time_left_is_said_in_words(until, words):
    assert time_left(AT, until) == words


def test_a_scaling_policy_does_not_make_a_proposal_stale_but_any_change_does():
    plan = a_plan("prod")
    shown = live_digest(an_endpoint(plan, variants=(a_variant(),)))
    assert live_digest(an_endpoint(plan, variants=(a_variant(instance_count=7),), status="Updating")) == shown
    for changed in ({"config_name": "other"}, {"tags": {}}, {"config_exists": False}):
        assert live_digest(an_endpoint(plan, **{"variants": (a_variant(),), **changed})) != shown
    assert live_digest(None) != shown


ANEW = "600 s by AgentOps, when the old fleet is gone: going back starts it anew"


@pytest.mark.parametrize(
    ("shift", "traffic", "bake", "usd_during"),
    [
        ("canary", "canary, 50 % at a time, 300 s each", "600 s with the old fleet standing by", 6.06),
        ("rolling", "rolling, 1 of 2 instances at a time, 300 s each", ANEW, 4.545),
    ],
)
def test_approvers_read_how_traffic_moves_and_whether_the_old_fleet_stands_by(shift, traffic, bake, usd_during):
    plan = shifting(shift)
    proposal = proposed(plan, an_endpoint(plan))
    assert told(proposal) == (traffic, bake)
    assert proposal.usd_per_hour_during == usd_during


def test_approvers_of_a_first_deployment_read_of_no_shift_and_no_old_fleet():
    first = proposed(shifting("canary"), None)
    assert told(first) == ("all of it: no old fleet serves", "600 s by AgentOps, and going back deletes the endpoint")


def test_approvers_read_that_a_package_is_exchanged_at_once_whether_it_comes_or_goes():
    package = a_plan(model="llama-3.1-8b-instruct", traffic=shifting("canary").traffic)
    for plan, before in ((package, None), (shifting("canary"), package)):
        assert told(proposed(plan, an_endpoint(plan), before)) == ("all at once", ANEW)


def test_approvers_read_which_model_runs_by_its_plan_and_not_by_the_tag_of_the_first():
    plan, before = a_plan(), a_plan(model="llama-3.1-8b-instruct")
    live = an_endpoint(plan, tags={**plan.tags, "model": "an-earlier-one"})
    assert models(proposed(plan, live, before)) == ("llama-3.1-8b-instruct", plan.model.catalogue_id)
    assert models(proposed(plan, live)) == ("an-earlier-one", plan.model.catalogue_id)


def shifting(shift: Any) -> Plan:
    return a_plan(traffic=TrafficPolicy(shift=shift, step_percent=50, wait_s=300, bake_s=600))


def proposed(plan: Plan, live: EndpointState | None, before: Plan | None = None) -> Proposal:
    record = PlanRecord(plan_id="p-0000000000000001", digest=plan.digest(), plan=plan)
    verdict = judge(plan, existing_endpoint=live)
    changes = describe_changes(
        record, verdict, live=live, prices=policies().prices, model_role_arn="arn:aws:iam::1:role/m"
    )
    requester = Requester(name="somebody", assurance="claimed")
    return deployment_proposal(record, verdict, changes, requester, live=live, before=before)


def told(proposal: Proposal) -> tuple[str, str]:
    rows = {row.field: row.after for row in proposal.rows}
    return rows["Traffic"], rows["Bake"]


def models(proposal: Proposal) -> tuple[str, str]:
    [row] = [row for row in proposal.rows if row.field == "Model"]
    return row.before, row.after
