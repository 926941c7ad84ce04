"""Who is asked, what the mail says, and that what stands in mail and page is not enough to decide."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest

from lambdas.adapters import approvals, leases
from lambdas.core.approving.masks import masked_name
from lambdas.core.contracts.approval import Choice, Decision, Vote
from lambdas.core.contracts.plan import Citation
from lambdas.core.contracts.steps import ExecutionRef
from lambdas.core.errors import LeaseBusyError, NotAskedError, PreconditionError
from tests.unit.guardrails.factory import a_plan, an_endpoint
from tests.web.edges import Subscription
from tests.web.world import ARN, BASE, PEOPLE, PLAN_ID, TOKEN, World

LEAD, ONCALL, OWNER = PEOPLE
HOSTILE = '"><script>alert(1)</script><img src=x onerror=y> {0} {csrf} {{x}} %s & </textarea></style>'


def test_each_is_asked_once_with_a_link_a_choice(asked: World) -> None:
    assert [to for to, _, _ in asked.mails] == list(PEOPLE)
    for person, subject, text in asked.mails:
        assert subject == "Approval asked: Create chatbot-x-prod in prod: qwen2.5-7b-instruct on 2 x ml.g5.2xlarge"
        assert f"AgentOps asks you, {person}, to decide" in text
        for words in ("To approve:", "To decline:", "2026-11-18 11:00 UTC", "somebody (claimed", "$", "approval-env"):
            assert words in text
        until = "It needs one approval until 2026-11-18 11:00 UTC. One decline ends it"
        new = "WHAT CHANGES\n- Nothing is live under this name yet.\n- Model: qwen2.5-7b-instruct\n"
        assert 0 < text.index(until) < text.index(new)
    links = re.findall(rf"{BASE}/approvals/([\w-]+)", " ".join(text for _, _, text in asked.mails))
    assert len(set(links)) == 6


def test_the_token_and_the_links_themselves_are_on_no_record_and_in_no_page(asked: World) -> None:
    link = asked.link(LEAD)
    pages = asked.call(link).text + asked.post(link, code=asked.code(LEAD)).text + asked.call(link).text
    items = asked.journal.plans._dynamodb.scan(TableName="plans")["Items"]
    audit = asked.journal.plans._dynamodb.scan(TableName="audit")["Items"]
    others = str([item for item in items if item["sk"]["S"] != "wait"]) + str(audit)
    mails = str(asked.mails)
    assert TOKEN not in pages + others + mails
    assert link not in pages + others
    assert TOKEN not in str(items), "a wait that ended forgets its token"


@pytest.mark.parametrize(
    ("subscriptions", "told"),
    [
        ([], "has no confirmed subscription"),
        ([Subscription("{email}", confirmed=False)], "has no confirmed subscription"),
        ([Subscription("{email}"), Subscription("{email}")], "has 2 confirmed subscriptions"),
        ([Subscription("other@example.com")], "another address"),
        ([Subscription("+155555", protocol="sms")], "another address"),
        ([Subscription("{email}", authenticated=False)], "can be unsubscribed by anybody"),
    ],
)
def test_who_cannot_be_asked_safely_is_not_asked(world: World, subscriptions: list[Subscription], told: str) -> None:
    mine = [Subscription(it.address.format(email=f"{LEAD}@example.com"), it.protocol, it.confirmed, it.authenticated)
            for it in subscriptions]  # fmt: skip
    world.sns.subscriptions[LEAD] = mine
    world.record()
    world.ask()
    assert [to for to, _, _ in world.mails] == [ONCALL, OWNER]
    fault = world.request.not_asked[0]
    assert told in fault
    # A second invitation would change nothing about a subscription that stands.
    anew = any(it.confirmed for it in mine)
    assert fault.endswith(f"run ./agentops approvers invite {LEAD}{' --replace' if anew else ''}")


def test_without_an_authenticator_nobody_is_asked_for_a_code(world: World) -> None:
    from lambdas.adapters import clients

    clients.ssm().delete_parameter(Name=f"/agentops/approvers/{LEAD}/totp")
    world.record()
    world.ask()
    assert f"has no authenticator; run ./agentops approvers enrol {LEAD}" in world.request.not_asked[0]


@pytest.mark.parametrize(
    "requester",
    [
        "ml-platform-lead",
        "ML-Platform-Lead@Example.com",
        "arn:aws:sts::1:assumed-role/Admin/ml-platform-lead@example.com",
    ],
)
def test_whoever_asked_does_not_decide(world: World, requester: str) -> None:
    world.record(requester=requester)
    world.ask()
    assert [to for to, _, _ in world.mails] == [ONCALL, OWNER]


def test_who_has_a_pipeline_ask_for_them_does_not_decide_either(world: World) -> None:
    world.record(requester=LEAD)
    world.attest("arn:aws:sts::1:assumed-role/Pipeline/build-7")
    world.ask()
    assert [to for to, _, _ in world.mails] == [ONCALL, OWNER]
    assert (
        f"build-7 (attested: AWS CloudTrail recorded who started this; the request itself says: {LEAD})"
        in (world.mails[0][2])
    )


def test_too_few_to_ask_fails_with_every_reason_and_mails_nobody(world: World) -> None:
    world.sns.subscriptions = {OWNER: world.sns.subscriptions[OWNER]}
    world.record(needed=2)
    with pytest.raises(NotAskedError, match=r"1 of 3 approvers can be asked and 2 needed: ml-platform-lead has no"):
        world.ask()
    assert world.mails == []


def test_an_endpoint_that_another_plan_changes_is_not_asked_about(world: World) -> None:
    world.record()
    other = world.journal
    other.plan_id = "p-ffffffffffffffff"
    leases.take(
        other, world.plan.endpoint, "prod", "deployment", most_open=5, execution=ExecutionRef(arn=ARN, started_at="")
    )
    with pytest.raises(LeaseBusyError, match="p-ffffffffffffffff"):
        world.ask()
    assert world.mails == []


def test_what_others_wrote_is_text_on_the_page(world: World) -> None:
    cited = Citation(passage_id="budgets#a", source=HOSTILE, version="1", quote=HOSTILE)
    world.plan = a_plan("prod", citations=(cited, cited))
    world.sagemaker.live = an_endpoint(world.plan, tags={"model": HOSTILE})
    world.record(requester=HOSTILE.replace("\n", " "))
    world.ask()
    for page in (world.call(world.link(LEAD)), world.post(world.link(LEAD), code="", reason=HOSTILE)):
        assert "<script" not in page.text
        assert "<img" not in page.text
        assert page.text.count("<form") == page.text.count("</form>") == 1
        assert page.text.count("</textarea>") == page.text.count("</style>") == 1
        assert "alert(1)" in page.text


def test_no_page_may_be_stored_framed_or_scripted(asked: World) -> None:
    for page in (asked.call(asked.link(LEAD)), asked.call("A" * 43), asked.call(asked.link(LEAD), "PUT")):
        policy = page.headers["content-security-policy"]
        for word in ("default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
            assert word in policy
        assert "unsafe" not in policy
        assert "script-src" not in policy
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["x-content-type-options"] == "nosniff"
        assert "noindex" in page.headers["x-robots-tag"]
        assert "max-age=" in page.headers["strict-transport-security"]


def test_where_the_name_is_the_proof_it_stands_in_neither_mail_nor_page(world: World) -> None:
    world.plan = a_plan("staging", instance_count=3)
    world.sagemaker.live = an_endpoint(world.plan)
    name = world.plan.endpoint
    world.record(assurance="typed-name", requester=f"owner of {name}")
    world.ask()
    link = world.link(LEAD)
    wrong = world.post(link, endpoint="chatbot-x-stagin")
    for text in (str(world.mails), world.call(link).text, wrong.text):
        assert name not in text.lower()
        assert masked_name(name) in text
    assert wrong.status == 403
    assert world.post(link, endpoint=f" {name} ").status == 200
    assert world.decision
    assert world.decision.assurance == "typed-name"


def test_a_name_that_the_page_says_anyhow_proves_nothing_and_is_not_asked_for(world: World) -> None:
    world.plan = a_plan("staging", instance_count=3, endpoint="decline")
    world.record(assurance="typed-name")
    with pytest.raises(NotAskedError, match="stands in the page's own words"):
        world.ask()
    assert world.mails == []


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in {"input", "textarea"} and given.get("name"):
            self.fields[str(given["name"])] = given.get("value") or ""


@pytest.mark.parametrize("assurance", ["totp", "typed-name"])
def test_a_scanner_that_submits_every_form_with_every_word_it_finds_decides_nothing(
    world: World, assurance: str
) -> None:
    world.record(assurance=assurance)
    world.ask()
    before = world.audited()
    for secret in re.findall(rf"{BASE}/approvals/([\w-]+)", str(world.mails)):
        page = world.call(secret).text
        if "<form" not in page:
            continue  # the words of the person's other link have locked it
        words = dict.fromkeys(re.findall(r"[\w.:/@-]+", unescape(page) + str(world.mails)))
        form = _Forms()
        form.feed(page)
        proof = next(name for name in form.fields if name not in {"csrf", "reason"})
        if assurance == "totp":
            words = [word for word in words if len(word) == 6 or word.isdecimal()]
        else:
            assert all(word.lower() != world.plan.endpoint for word in words)
            words = list(words)[:12]
        for word in words:
            body = {**form.fields, "reason": "scanned", proof: word}
            assert world.call(secret, "POST", urlencode(body)).status in {400, 403}
    assert world.decision is None
    assert world.woken == []
    assert "vote.given" not in world.audited()[len(before) :]


def test_sixteen_who_decide_at_once_make_one_decision(asked: World) -> None:
    request, store = asked.request, asked.journal.plans
    choices: list[tuple[Choice, str]] = [("approve", LEAD), ("decline", ONCALL), ("approve", OWNER)]
    for choice, person in choices:
        vote = Vote(plan_id=PLAN_ID, digest=request.proposal.digest, round=1, approver=person, choice=choice,
                    reason="", assurance="totp", at=asked.at)  # fmt: skip
        store.save(PLAN_ID, f"vote#{person}", vote)
    asked.mails.clear()

    def settle(number: int) -> Decision | None:
        journal = asked.journal
        if number % 4 == 0:
            return approvals.withdraw(journal, f"person-{number}", "race")
        return approvals.settle(journal, journal.at)

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(settle, range(16)))
    assert all(one == asked.decision for one in found)
    assert asked.audited().count("decision.made") == 1
    assert [answer[:2] for answer in asked.woken] == [(TOKEN, "ApprovalDeclined")]


def test_who_forgets_is_reminded_once_a_time_and_others_are_told_once(world: World) -> None:
    world.record(needed=2)
    world.ask()
    rules = world.request.model_copy(update={"expires_at": "2026-11-19T10:00:00.000000Z"})
    world.journal.plans.save(PLAN_ID, "approval", rules)
    world.post(world.link(ONCALL), code=world.code(ONCALL))
    for at, reminded in (("10:59:59", []), ("11:00:00", [LEAD, OWNER]), ("12:00:00", [LEAD]), ("12:30:00", [])):
        world.at = f"2026-11-18T{at}.000000Z"
        world.mails.clear()
        for _ in range(2):
            approvals.tend(world.journal, world.at)
        assert [to for to, _, _ in world.mails] == reminded, at


def test_a_plan_about_which_nobody_was_asked_cannot_be_withdrawn(world: World) -> None:
    world.record()
    with pytest.raises(PreconditionError, match="nobody was asked"):
        approvals.withdraw(world.journal, "ana", "x")
