"""What else may come to the page: forms that are none, other plans' words, clocks that are off, and many at once."""

from __future__ import annotations

import re
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from pyotp.totp import TOTP

from tests.support.approver import fetched
from tests.support.asking import LEAD, ONCALL, OWNER, Asking
from tests.support.clock import half_a_minute_passes
from tests.support.workflow import Workflow

pytestmark = pytest.mark.slow

FORM = "application/x-www-form-urlencoded"
LONG = "x" * 10_000


def post(link: str, body: bytes, content_type: str = FORM, **headers: str) -> tuple[int, str]:
    """Send any body at all to a link."""
    return fetched(urllib.request.Request(link, body, {"content-type": content_type, **headers}))


def csrf_of(page: str) -> str:
    found = re.search(r'name="csrf" value="(\w+)"', page)
    assert found
    return found[1]


def test_what_is_no_right_form_decides_nothing(workflow: Workflow, asking: Asking):
    earlier = asking.begin("other")
    other = asking.links(earlier)[0]
    other_csrf = csrf_of(asking.people[LEAD].open(other)[1])
    assert asking.decline(earlier) == 200
    workflow.wait(earlier.arn).ended("declined")

    waiting = asking.begin("careful")
    link = asking.links(waiting)[0]
    person = asking.people[LEAD]
    csrf, code = csrf_of(person.open(link)[1]), TOTP(person.secret).now()
    right = {"csrf": csrf, "reason": "", "code": code}

    def told(*pairs: tuple[str, str | bytes], **changes: str) -> int:
        return post(link, urlencode([*({**right, **changes}).items(), *pairs]).encode())[0]

    given = {
        "empty": post(link, b"")[0],
        "no csrf": post(link, urlencode({"reason": "", "code": code}).encode())[0],
        "empty csrf": told(csrf=""),
        "another plan's csrf": told(csrf=other_csrf),
        "repeated code": told(("code", code)),
        "repeated choice": told(("choice", "approve")),
        "empty code": told(code=""),
        "long code": told(code="1" * 10_000),
        "long reason": told(reason=LONG),
        "binary reason": told(reason="\0\1\2\3"),
        "binary body": post(link, bytes(range(256)))[0],
        "nul in code": told(code=code[:5] + "\0"),
        "json": post(link, b'{"choice": "approve"}', "application/json")[0],
        "multipart": post(link, b"--b\r\n\r\n--b--", "multipart/form-data; boundary=b")[0],
        "another site": post(link, urlencode(right).encode(), origin="https://evil.example")[0],
        "20 kilobytes": post(link, b"csrf=" + b"x" * 20_000)[0],
        "another plan's link": post(other, urlencode(right).encode())[0],
        "unknown link": post(link[:-4] + "AAAA", urlencode(right).encode())[0],
    }
    refused = {403: ["another plan's csrf", "another site"], 404: ["unknown link"], 409: ["another plan's link"]}
    refused |= {413: ["20 kilobytes"], 415: ["json", "multipart"]}
    expected = {name: status for status, names in refused.items() for name in names}
    assert given == {name: expected.get(name, 400) for name in given}
    records = workflow.records(waiting.plan_id)
    assert not {"decision", f"vote#{LEAD}", f"tries#{LEAD}"} & set(records)
    assert asking.approve(waiting, LEAD) == [200]


def test_a_code_of_the_next_half_minute_is_taken_and_then_used_up(workflow: Workflow, asking: Asking):
    waiting = asking.begin("early")
    person = asking.people[LEAD]
    half_a_minute_passes(workflow, LEAD)
    code = TOTP(person.secret).at(datetime.now(UTC), counter_offset=1)
    approve, _ = asking.links(waiting)
    assert person.answer(approve, code=code)[0] == 200
    assert person.answer(approve, code=code)[0] == 409  # answered already
    assert asking.decline(waiting) == 200
    workflow.wait(waiting.arn).ended("declined")
    later = asking.begin("later")
    assert person.answer(asking.links(later)[0], code=code)[0] == 403
    assert person.answer(asking.links(later)[1], code=TOTP(person.secret).now(), reason="no")[0] == 403
    assert asking.decision(later) is None


def test_sixteen_at_once_make_one_decision(workflow: Workflow, asking: Asking):
    waiting = asking.begin("raced")
    calls: list[tuple[str, bytes]] = []
    for name in (LEAD, ONCALL, OWNER):
        person = asking.people[name]
        half_a_minute_passes(workflow, name)
        code = TOTP(person.secret).now()
        for link, reason in zip(asking.links(waiting, name), ("", "no"), strict=True):
            form = {"csrf": csrf_of(person.open(link)[1]), "reason": reason, "code": code}
            calls += [(link, urlencode(form).encode())] * 2
    calls += calls[:4]
    assert len(calls) == 16
    with ThreadPoolExecutor(len(calls)) as pool:
        statuses = list(pool.map(lambda call: post(*call)[0], calls))
    assert set(statuses) <= {200, 403, 409, 429}
    decision = asking.until_decided(waiting)
    seen = workflow.wait(waiting.arn)
    events = Counter(entry.fact.event for entry in seen.chain)
    assert events["decision.made"] == 1
    assert events["code.accepted"] == events["vote.given"] <= 3
    assert seen.error in {"", {"declined": "ApprovalDeclined"}.get(decision["outcome"], "")}
    assert workflow.tries_of(waiting.arn, "Request Approval") == 1
    made = workflow.client("sagemaker").list_endpoints(NameContains="raced-prod")["Endpoints"]
    assert bool(made) == (decision["outcome"] == "approved")
