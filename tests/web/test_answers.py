"""What a link does, call by call: which answer decides, and what every other one is told."""

import base64
from urllib.parse import urlencode

import pytest

from lambdas.adapters import approvals
from lambdas.core.approving.codes import MAX_TRIES
from lambdas.core.approving.page import TITLES
from lambdas.decide_approval import case
from tests.unit.guardrails.factory import an_endpoint, policies
from tests.web.world import PLAN_ID, TOKEN, World

LEAD, ONCALL, OWNER = "ml-platform-lead", "ml-platform-oncall", "service-owner"
LATER = "2026-11-18T11:00:00.000000Z"


def test_an_approval_with_the_right_code_decides_and_wakes_the_run(asked: World) -> None:
    page = asked.post(asked.link(LEAD), code=asked.code(LEAD), reason="looks right")
    assert (page.status, asked.woken) == (200, [(TOKEN, "success")])
    assert asked.decision
    assert (asked.decision.outcome, asked.decision.by, asked.decision.assurance) == ("approved", (LEAD,), "totp")
    assert asked.audited()[-4:] == ["code.tried", "code.accepted", "vote.given", "decision.made"]


def test_a_decline_decides_with_its_reason(asked: World) -> None:
    page = asked.post(asked.link(LEAD, "decline"), code=asked.code(LEAD), reason="not this week")
    assert page.status == 200
    assert asked.decision
    assert asked.decision.outcome == "declined"
    assert asked.woken == [(TOKEN, "ApprovalDeclined", "by ml-platform-lead: not this week")]


def test_who_need_not_answer_any_more_is_told_without_a_link(asked: World) -> None:
    link = asked.link(LEAD)
    asked.mails.clear()
    asked.post(link, code=asked.code(LEAD))
    assert {to for to, _, _ in asked.mails} == {ONCALL, OWNER}
    assert all("Already approved" in subject and "/approvals/" not in text for _, subject, text in asked.mails)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_looking_twenty_times_decides_nothing(asked: World, method: str) -> None:
    before = asked.audited()
    assert {asked.call(asked.link(LEAD), method).status for _ in range(20)} == {204 if method == "OPTIONS" else 200}
    assert asked.decision is None
    assert asked.audited() == before


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_are_refused(asked: World, method: str) -> None:
    page = asked.call(asked.link(LEAD), method)
    assert (page.status, page.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")


@pytest.mark.parametrize("path", ["/", "/approvals", "/approvals/", "/approvals/x/y", "/stage/approvals/x"])
def test_other_paths_are_not_found(asked: World, path: str) -> None:
    assert asked.call("", rawPath=path).status == 404


@pytest.mark.parametrize("change", [lambda it: it[:-1], lambda it: it[::-1], lambda it: "A" * 43, lambda it: it + "A"])
def test_a_link_with_anything_changed_is_unknown(asked: World, change) -> None:
    link = asked.link(LEAD)
    assert asked.call(change(link)).status == asked.call(change(link), "POST", "csrf=a").status == 404


def test_the_two_links_of_a_person_are_for_one_choice_each(asked: World) -> None:
    approve, decline = asked.link(LEAD), asked.link(LEAD, "decline")
    page = asked.post(decline, csrf=asked.csrf(approve), code=asked.code(LEAD), reason="no")
    assert (page.status, asked.decision) == (403, None)


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data; boundary=x", ""])
def test_a_body_that_is_no_form_is_refused(asked: World, kind: str) -> None:
    page = asked.call(asked.link(LEAD), "POST", "csrf=x", headers={"content-type": kind})
    assert (page.status, asked.decision) == (415, None)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "null"},
    ],
)
def test_a_form_of_another_site_is_refused(asked: World, headers: dict[str, str]) -> None:
    link = asked.link(LEAD)
    body = urlencode({"csrf": asked.csrf(link), "reason": "", "code": asked.code(LEAD)})
    sent = {"content-type": "application/x-www-form-urlencoded", **headers}
    assert (asked.call(link, "POST", body, headers=sent).status, asked.decision) == (403, None)


def test_a_body_may_come_as_base64(asked: World) -> None:
    link = asked.link(LEAD)
    body = urlencode({"csrf": asked.csrf(link), "reason": "", "code": asked.code(LEAD)})
    coded = base64.b64encode(body.encode()).decode()
    assert asked.call(link, "POST", coded, isBase64Encoded=True).status == 200


def test_a_wrong_csrf_token_is_refused(asked: World) -> None:
    page = asked.post(asked.link(LEAD), csrf="0" * 64, code=asked.code(LEAD))
    assert (page.status, asked.decision, "code.tried" in asked.audited()) == (403, None, False)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("csrf={csrf}&reason=", "This is missing"),
        ("csrf={csrf}&reason=&code=", "A code has six digits"),
        ("csrf={csrf}&reason=&code=12345", "A code has six digits"),
        ("csrf={csrf}&reason=&code=123456&code=123456", "more than once"),
        ("csrf={csrf}&reason=a&reason=b&code=123456", "more than once"),
        ("csrf={csrf}&csrf={csrf}&reason=&code=123456", "more than once"),
        ("csrf=&reason=kept&code=123456", "This is missing"),
        ("csrf={csrf}&reason=%00%01%02&code=123456", "looks like data"),
        ("csrf={csrf}&reason=" + "why+" * 2_500 + "&code=123456", "Shorten it to 1,000"),
        ("csrf={csrf}&reason=%ff&code=123456", "cannot be read|can read"),
        ("csrf={csrf}&reason=&code=123456&choice=decline", "no field choice"),
        ("", "This is missing"),
    ],
)
def test_a_form_with_a_fault_comes_back_with_it(asked: World, body: str, told: str) -> None:
    link = asked.link(LEAD)
    page = asked.call(link, "POST", body.replace("{csrf}", asked.csrf(link)))
    assert (page.status, asked.decision) == (400, None)
    assert any(words in page.text for words in told.split("|"))
    assert "code.tried" not in asked.audited()


def test_what_was_typed_is_kept(asked: World) -> None:
    typed = 'because of <the "load">\n& more'
    page = asked.post(asked.link(LEAD), reason=typed, code="")
    assert "\nbecause of &lt;the &#34;load&#34;&gt;\n&amp; more</textarea>" in page.text


def test_more_than_16_kilobytes_are_refused_unread(asked: World) -> None:
    assert asked.call(asked.link(LEAD), "POST", "x" * 16_385).status == 413


def test_a_decline_needs_a_reason(asked: World) -> None:
    page = asked.post(asked.link(LEAD, "decline"), code=asked.code(LEAD))
    assert (page.status, asked.decision) == (400, None)
    assert "Say why" in page.text


def wrong(asked: World) -> str:
    right = {asked.code(LEAD, steps) for steps in (-1, 0, 1)}
    return next(f"{number:06}" for number in range(9) if f"{number:06}" not in right)


def test_five_wrong_codes_lock_both_links_and_a_right_one_comes_too_late(asked: World) -> None:
    approve, decline = asked.link(LEAD), asked.link(LEAD, "decline")
    csrf = asked.csrf(approve)
    for tries in range(1, MAX_TRIES):
        page = asked.post(approve, csrf=csrf, code=wrong(asked), reason="kept")
        assert page.status == 403
        assert f"You have {MAX_TRIES - tries} tr" in page.text
        assert "kept</textarea>" in page.text
    assert "locked" in asked.post(approve, csrf=csrf, code=wrong(asked)).text
    assert asked.post(approve, csrf=csrf, code=asked.code(LEAD)).status == 403
    assert asked.call(decline).status == 403
    assert asked.decision is None
    assert asked.call(asked.link(ONCALL)).status == 200


def test_what_has_become_of_a_link_says_of_which_change_it_is(asked: World) -> None:
    link, headline = asked.link(LEAD), "Create chatbot-x-prod in prod: qwen2.5-7b-instruct on 2 x ml.g5.2xlarge"
    assert headline in asked.post(link, code=asked.code(LEAD)).text
    assert headline in asked.call(link).text


def test_a_wrong_code_is_told_at_its_field(asked: World) -> None:
    page = asked.post(asked.link(LEAD), code=wrong(asked))
    told, field = page.text.index('id="code-fault">That code is not right'), page.text.index('<input class="digits"')
    assert page.text.index('for="code"') < told < field
    assert 'aria-describedby="code-hint code-fault" aria-invalid="true" autofocus>' in page.text[field:]


def test_the_first_screen_says_what_a_link_is_for_and_leads_to_the_form(asked: World) -> None:
    for choice, words in TITLES.items():
        text = asked.call(asked.link(LEAD, choice)).text
        assert f'<a href="#answer">{words}</a>' in text.partition("What changes")[0]


@pytest.mark.parametrize(("steps", "status"), [(-2, 403), (-1, 200), (0, 200), (1, 200), (2, 403)])
def test_a_clock_may_be_one_step_off(asked: World, steps: int, status: int) -> None:
    assert asked.post(asked.link(LEAD), code=asked.code(LEAD, steps)).status == status


def test_a_code_works_once_for_all_plans_together(asked: World) -> None:
    code = asked.code(LEAD)
    assert asked.post(asked.link(LEAD), code=code).status == 200
    for record in ("decision", f"vote#{LEAD}"):
        asked.journal.plans._dynamodb.delete_item(TableName="plans", Key={"pk": {"S": PLAN_ID}, "sk": {"S": record}})
    assert asked.post(asked.link(LEAD), code=code).status == 403


def test_a_link_of_a_decided_plan_says_what_was_decided(asked: World) -> None:
    links = [asked.link(LEAD), asked.link(LEAD, "decline"), asked.link(ONCALL)]
    csrf = asked.csrf(links[2])
    asked.post(links[0], code=asked.code(LEAD))
    for link in links:
        page = asked.call(link)
        assert page.status == 409
        assert "by ml-platform-lead on 2026-11-18 at 10:00 UTC: approved" in page.text
    assert asked.post(links[2], csrf=csrf, code=asked.code(ONCALL)).status == 409


def test_two_are_needed_and_one_is_counted_once(world: World) -> None:
    world.record(needed=2)
    world.ask()
    link = world.link(LEAD)
    page = world.post(link, code=world.code(LEAD))
    assert (page.status, world.decision) == (200, None)
    assert "one more approval" in page.text
    assert world.call(link).status == 409
    assert world.post(world.link(ONCALL), code=world.code(ONCALL)).status == 200
    assert world.decision
    assert world.decision.by == (LEAD, ONCALL)


def test_after_its_time_a_link_is_gone_and_nobody_has_decided(asked: World) -> None:
    link, csrf = asked.link(LEAD), asked.csrf(asked.link(LEAD))
    asked.at = LATER
    assert asked.call(link).status == asked.post(link, csrf=csrf, code=asked.code(LEAD)).status == 410
    decision = approvals.close(asked.journal)
    assert decision.outcome == "expired"
    assert asked.woken[0][:2] == (TOKEN, "ApprovalExpired")
    assert asked.call(link).status == 410


def test_a_withdrawn_plan_cannot_be_approved(asked: World) -> None:
    link = asked.link(LEAD)
    csrf = asked.csrf(link)
    approvals.withdraw(asked.journal, "ana", "wrong model")
    assert asked.post(link, csrf=csrf, code=asked.code(LEAD)).status == 410
    assert asked.woken == [(TOKEN, "ApprovalWithdrawn", "by ana: wrong model")]
    assert "wrong model" in asked.call(link).text


def test_who_turns_out_to_have_asked_can_answer_no_more_and_the_others_see_who_it_was(asked: World) -> None:
    asked.attest(f"arn:aws:sts::1:assumed-role/Engineers/{LEAD}")
    for choice in ("approve", "decline"):
        page = asked.post(asked.link(LEAD, choice), csrf="", code=asked.code(LEAD), reason="mine")
        assert (page.status, "You asked for this yourself" in page.text) == (403, True)
    assert asked.decision is None
    page = asked.call(asked.link(ONCALL))
    assert (
        f"Engineers/{LEAD} (attested: AWS CloudTrail recorded who started this; the request itself says:" in page.text
    )
    assert asked.post(asked.link(ONCALL), code=asked.code(ONCALL)).status == 200


def test_what_is_attested_while_a_page_is_open_does_not_void_the_page(asked: World) -> None:
    csrf = asked.csrf(asked.link(LEAD))
    asked.attest("arn:aws:sts::1:assumed-role/Engineers/ana")
    assert asked.post(asked.link(LEAD), csrf=csrf, code=asked.code(LEAD)).status == 200


def test_who_has_left_the_policy_since_can_answer_no_more(asked: World, monkeypatch) -> None:
    approvals_now = policies().approvals
    others = tuple(person for person in approvals_now.approvers if person.id != LEAD)
    left = policies().model_copy(update={"approvals": approvals_now.model_copy(update={"approvers": others})})
    monkeypatch.setattr(case, "policies", lambda: left)
    page = asked.post(asked.link(LEAD), csrf="", code=asked.code(LEAD))
    assert (page.status, asked.decision) == (403, None)


def test_a_link_of_a_run_that_ended_undecided_says_that_nothing_waits(asked: World) -> None:
    asked.end("failed")
    for method in ("GET", "POST"):
        page = asked.call(asked.link(LEAD), method, "csrf=x")
        assert (page.status, "Nothing waits for an answer any more" in page.text) == (410, True)
    assert asked.decision is None


def test_a_new_token_is_a_new_round_and_old_links_say_so(asked: World) -> None:
    old = asked.link(LEAD)
    asked.at = "2026-11-18T10:05:00.000000Z"
    asked.ask("another-token")
    assert asked.call(old).status == 410
    assert "earlier round" in asked.call(old).text
    assert asked.post(asked.link(LEAD), code=asked.code(LEAD)).status == 200
    assert asked.woken == [("another-token", "success")]


def test_a_word_of_an_earlier_round_does_not_count_and_may_be_given_anew(world: World) -> None:
    world.record(needed=2)
    world.ask()
    world.post(world.link(LEAD), code=world.code(LEAD))
    world.at = "2026-11-18T10:05:00.000000Z"
    world.ask("another-token")
    world.post(world.link(ONCALL), code=world.code(ONCALL))
    assert world.decision is None
    assert world.post(world.link(LEAD), code=world.code(LEAD)).status == 200
    assert world.decision


def test_what_changed_since_cannot_be_approved_but_declined(asked: World) -> None:
    asked.sagemaker.live = an_endpoint(asked.plan)
    page = asked.post(asked.link(LEAD), code=asked.code(LEAD))
    assert (page.status, asked.decision) == (409, None)
    assert "Look again" in page.text
    assert asked.post(asked.link(LEAD, "decline"), code=asked.code(LEAD), reason="it changed").status == 200


def test_while_sagemaker_is_at_work_on_the_endpoint_an_approval_is_not_spent(world: World) -> None:
    world.sagemaker.live = an_endpoint(world.plan)
    world.record()
    world.ask()
    world.sagemaker.live = an_endpoint(world.plan, status="SystemUpdating")
    page = world.post(world.link(LEAD), code=world.code(LEAD))
    assert (page.status, "Answer in some minutes" in page.text) == (409, True)
    assert "code.tried" not in world.audited()
    world.sagemaker.live = an_endpoint(world.plan)
    assert world.post(world.link(LEAD), code=world.code(LEAD)).status == 200


def test_a_run_that_asks_again_after_the_decision_is_woken_at_once(asked: World) -> None:
    asked.post(asked.link(LEAD), code=asked.code(LEAD))
    mails = len(asked.mails)
    asked.at = "2026-11-18T10:05:00.000000Z"
    asked.ask("another-token")
    assert asked.woken[-1] == ("another-token", "success")
    assert len(asked.mails) == mails


def test_what_a_crash_left_between_decision_and_token_is_finished_once(asked: World, monkeypatch) -> None:
    with monkeypatch.context() as crash:
        crash.setattr(approvals, "_wake", lambda journal, decision: (_ for _ in ()).throw(MemoryError))
        assert asked.post(asked.link(LEAD), code=asked.code(LEAD)).status == 500
    assert asked.woken == []
    for _ in range(2):
        approvals.tend(asked.journal, asked.at)
    assert asked.woken == [(TOKEN, "success")]


def test_an_error_shows_a_plain_page_and_logs_neither_words_nor_link(asked: World, monkeypatch, caplog) -> None:
    link = asked.link(LEAD)
    monkeypatch.setattr("lambdas.decide_approval.handler.open_case", lambda *_: {}["a secret"])
    page = asked.call(link)
    assert page.status == 500
    assert "req-1" in page.text
    assert "Traceback" not in page.text
    logged = " ".join(str(vars(record)) for record in caplog.records)
    assert "KeyError" in logged
    assert "a secret" not in logged
    assert link not in logged
