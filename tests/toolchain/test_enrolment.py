"""./agentops approvers enrol: the secret is shown once, proved by a code, stored encrypted, and seen nowhere else."""

import io
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import pytest
from pyotp.totp import TOTP
from rich.console import Console

from cli import enrolment
from cli.__main__ import main
from cli.terminal import CommandError

pytestmark = pytest.mark.slow

LEAD = "ml-platform-lead"
PARAMETER = f"/agentops/approvers/{LEAD}/totp"
NOW = datetime(2026, 11, 21, 12, 0, 15, tzinfo=UTC)


@pytest.fixture
def account(aws: boto3.Session) -> boto3.Session:
    topics = json.dumps({LEAD: aws.client("sns").create_topic(Name=f"agentops-approver-{LEAD}")["TopicArn"]})
    template = {
        "Resources": {"Any": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {"ApproverTopics": {"Value": topics}},
    }
    aws.client("cloudformation").create_stack(StackName="AgentOpsData", TemplateBody=json.dumps(template))
    return aws


@pytest.fixture
def types(monkeypatch):
    """Let a person type these codes; `right` is what their authenticator shows for what standard error showed."""

    def make(capsys, *codes: str):
        waiting, seen = list(codes), []

        def answer() -> str:
            seen.append(capsys.readouterr().err)
            code = waiting.pop(0)
            return TOTP(secret_in("".join(seen))).now() if code == "right" else code

        monkeypatch.setattr("builtins.input", answer)
        return seen

    return make


@pytest.fixture
def terminal(monkeypatch):
    """Make standard error a terminal of this width."""

    def make(width: int, **env: str):
        console = Console(stderr=True, force_terminal=True, width=width, highlight=False, markup=False)
        monkeypatch.setattr("cli.approvers.notes", console)
        for name, value in env.items():
            monkeypatch.setenv(name, value)

    monkeypatch.delenv("TERM", raising=False)
    return make


def secret_in(text: str) -> str:
    [found] = re.findall(r"otpauth://\S+", text)
    return parse_qs(urlsplit(found).query)["secret"][0]


def stored(account: boto3.Session) -> Any:
    ssm = account.client("ssm")
    try:
        return ssm.get_parameter(Name=PARAMETER, WithDecryption=True)["Parameter"]
    except ssm.exceptions.ParameterNotFound:
        return None


def test_the_right_code_stores_the_secret_encrypted_and_the_list_says_so(account, types, capsys):
    seen = types(capsys, "right")
    assert main(["approvers", "enrol", LEAD, "--show-secret"]) == 0
    parameter = stored(account)
    assert parameter is not None
    assert (parameter["Type"], parameter["Value"]) == ("SecureString", secret_in(seen[0]))
    assert main(["approvers", "list", "--json"]) == 0
    standing = next(one for one in json.loads(capsys.readouterr().out.partition("\n")[2]) if one["id"] == LEAD)
    assert standing["enrolled"] is True


def test_the_authenticator_shows_whose_entry_it_is_and_of_which_account(account, types, capsys):
    seen = types(capsys, "right")
    main(["approvers", "enrol", LEAD, "--show-secret"])
    address = urlsplit(re.findall(r"otpauth://\S+", seen[0])[0])
    assert unquote(address.path) == f"/AgentOps 123456789012:{LEAD}"
    assert len(secret_in(seen[0])) == 32  # 160 bits


@pytest.mark.parametrize("code", ["000000", "", "12345", "abcdef", "١٢٣٤٥٦", "1" * 10_000, "\x00"])
def test_nothing_is_stored_before_the_right_code(account, types, capsys, code):
    types(capsys, code, code, code)
    assert main(["approvers", "enrol", LEAD, "--show-secret"]) == 1
    assert "nothing was stored" in capsys.readouterr().err
    assert stored(account) is None


def test_a_slip_can_be_mended_and_spaces_do_not_count(account, types, capsys, monkeypatch):
    types(capsys, "000 000", "right")
    assert main(["approvers", "enrol", LEAD, "--show-secret"]) == 0
    assert stored(account)


def test_who_is_enrolled_stays_so_unless_replaced(account, types, capsys):
    types(capsys, "right")
    main(["approvers", "enrol", LEAD, "--show-secret"])
    first = stored(account)
    assert main(["approvers", "enrol", LEAD, "--show-secret"]) == 1
    said = capsys.readouterr()
    assert "is enrolled; --replace makes a new secret" in said.err
    assert "otpauth" not in said.err
    assert stored(account) == first
    types(capsys, "right")
    assert main(["approvers", "enrol", LEAD, "--show-secret", "--replace"]) == 0
    second = stored(account)
    assert first
    assert second
    assert second["Value"] != first["Value"]


def test_two_enrolments_at_once_store_one(account):
    ssm = account.client("ssm")
    enrolment.store(ssm, LEAD, "FIRST", replace=False)
    with pytest.raises(CommandError, match="is enrolled"):
        enrolment.store(ssm, LEAD, "SECOND", replace=False)
    parameter = stored(account)
    assert parameter
    assert parameter["Value"] == "FIRST"


def test_without_a_terminal_the_secret_is_shown_only_when_asked_for(account, capsys):
    assert main(["approvers", "enrol", LEAD]) == 1
    assert "this is no terminal. --show-secret prints the secret as text" in capsys.readouterr().err


@pytest.mark.parametrize(("width", "env"), [(40, {}), (100, {"TERM": "dumb"})])
def test_a_terminal_that_cannot_show_the_code_is_told(account, terminal, capsys, width, env):
    terminal(width, **env)
    assert main(["approvers", "enrol", LEAD]) == 1
    assert "the QR code cannot be shown: the terminal is narrower than 4" in capsys.readouterr().err


@pytest.mark.parametrize("env", [{}, {"NO_COLOR": "1"}])
def test_a_terminal_shows_the_code_and_never_the_text(account, terminal, types, capsys, env):
    terminal(100, **env)
    seen = types(capsys, "000000", "000000", "000000")
    main(["approvers", "enrol", LEAD])
    shown = "".join(seen)
    assert "█" in shown
    assert "otpauth" not in shown
    assert "secret=" not in shown


def test_nobody_at_the_keyboard_stores_nothing(account, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(["approvers", "enrol", LEAD, "--show-secret"]) == 1
    assert "nobody typed a code, so nothing was stored" in capsys.readouterr().err
    assert stored(account) is None


def test_standard_output_never_holds_the_secret(account, types, capsys):
    seen = types(capsys, "right")
    assert main(["approvers", "enrol", LEAD, "--show-secret", "--json"]) == 0
    told = capsys.readouterr().out
    assert json.loads(told) == {"approver": LEAD, "enrolled": True, "parameter": PARAMETER}
    assert secret_in(seen[0]) not in told


def test_the_drawing_is_dark_on_light_in_every_theme():
    text = "otpauth://totp/AgentOps:lead?secret=" + "A" * 32
    lines = enrolment.qr_code(text)
    bare = [re.fullmatch(r"\x1b\[38;5;231;48;5;16m(.*)\x1b\[0m", line) for line in lines]
    drawn = [found[1] for found in bare if found]
    assert len(drawn) == len(lines)
    width = enrolment.qr_width(text)
    assert {len(row) for row in drawn} == {width}
    # A full block is white, as is the quiet zone of four modules; the finder's outer ring is seven dark ones.
    assert drawn[:2] == ["█" * width] * 2
    assert drawn[2].startswith("████ ▄▄▄▄▄ █")


@pytest.mark.parametrize(("late_s", "right"), [(0, True), (30, True), (-30, True), (61, False), (-61, False)])
def test_a_clock_may_be_half_a_minute_off(late_s, right):
    secret = enrolment.new_secret()
    code = TOTP(secret).at(NOW + timedelta(seconds=late_s))
    told: list[str] = []
    if right:
        enrolment.prove(secret, lambda: code, lambda: NOW, told.append)
        assert told == []
    else:
        with pytest.raises(CommandError, match="Do the clocks of phone and computer agree"):
            enrolment.prove(secret, lambda: code, lambda: NOW, told.append)
        assert told == ["that is not the code; 2 more tries", "that is not the code; 1 more try"]
