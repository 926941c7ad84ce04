"""./agentops approvers on this machine: from an approver whom nobody invited to one who can be asked, mail and all."""

import json
import re
import urllib.request
from urllib.parse import parse_qs, urlsplit

import pytest
from pyotp.totp import TOTP

from cli.__main__ import main
from cli.health import laptop
from tests.support.workflow import Workflow

pytestmark = pytest.mark.slow

LEAD, OWNER = "ml-platform-lead", "service-owner"


@pytest.fixture
def here(workflow: Workflow, monkeypatch, tmp_path) -> Workflow:
    """The running target, as the one that --local finds."""
    (tmp_path / "outputs.json").write_text(json.dumps(workflow.outputs))
    monkeypatch.setattr(laptop, "OUTPUTS", tmp_path / "outputs.json")
    return workflow


def standing(capsys, approver: str) -> dict[str, object]:
    capsys.readouterr()
    assert main(["approvers", "list", "--local", "--json"]) == 0
    return next(one for one in json.loads(capsys.readouterr().out) if one["id"] == approver)


def confirmation_link(here: Workflow, approver: str) -> str:
    """The link of the newest confirmation mail to an approver, as its reader sees it."""
    request = urllib.request.Request(here.outputs["inbox_url"], headers={"Accept": "application/json"})
    with urllib.request.urlopen(request) as reply:
        mails = json.load(reply)
    [mail, *_] = [m for m in mails if m["to"].startswith(approver) and "Confirmation" in m["subject"]]
    [link] = re.findall(r"http\S+confirmation\S+", mail["body"])
    return link


def test_from_an_invitation_to_an_approver_who_can_be_asked(here, capsys, monkeypatch):
    assert standing(capsys, LEAD)["next"] == f"./agentops approvers invite {LEAD} --local"
    assert main(["approvers", "invite", LEAD, "--local"]) == 0
    assert standing(capsys, LEAD)["subscription"] == "pending"
    assert main(["approvers", "confirm", LEAD, confirmation_link(here, LEAD), "--local"]) == 0
    assert standing(capsys, LEAD)["next"] == f"./agentops approvers enrol {LEAD} --local"

    def code() -> str:
        [address] = re.findall(r"otpauth://\S+", capsys.readouterr().err)
        return TOTP(parse_qs(urlsplit(address).query)["secret"][0]).now()

    monkeypatch.setattr("builtins.input", code)
    assert main(["approvers", "enrol", LEAD, "--local", "--show-secret"]) == 0
    assert standing(capsys, LEAD) == {
        "id": LEAD,
        "address": f"{LEAD}@example.com",
        "subscription": "confirmed",
        "enrolled": True,
        "next": "",
    }


def test_a_link_that_its_reader_opened_is_found_out_and_mended(here, capsys):
    assert main(["approvers", "invite", OWNER, "--local"]) == 0
    with urllib.request.urlopen(confirmation_link(here, OWNER)) as page:
        assert page.status == 200
    found = standing(capsys, OWNER)
    assert found["subscription"] == "confirmed without authentication"
    assert found["next"] == f"./agentops approvers invite {OWNER} --replace --local"
    assert main(["approvers", "invite", OWNER, "--replace", "--local"]) == 0
    assert main(["approvers", "confirm", OWNER, confirmation_link(here, OWNER), "--local"]) == 0
    assert standing(capsys, OWNER)["subscription"] == "confirmed"
