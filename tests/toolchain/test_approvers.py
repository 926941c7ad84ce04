"""./agentops approvers list, invite and confirm: what counts as asked for, and which links are refused."""

import json
import shutil
from pathlib import Path
from urllib.parse import urlencode

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from cli import approvers
from cli.__main__ import main
from cli.subscriptions import STATES, token_in
from cli.terminal import ROOT, CommandError
from tests.support.sns_edge import SnsEdge

LEAD, ONCALL = "ml-platform-lead", "ml-platform-oncall"
ADDRESS = "lead@platform.agency"
TOPIC = f"arn:aws:sns:us-east-1:123456789012:agentops-approver-{LEAD}"
HOST = "sns.us-east-1.amazonaws.com"
HOSTS = frozenset({HOST})


def link(token: str, *, host: str = HOST, topic: str = TOPIC, address: str = ADDRESS) -> str:
    """The link of AWS's confirmation mail."""
    return f"https://{host}/confirmation.html?" + urlencode({"TopicArn": topic, "Token": token, "Endpoint": address})


@pytest.fixture
def sns(aws: boto3.Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SnsEdge:
    """A deployment whose approvers have addresses that mail could reach, and nobody subscribed."""
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    policy = tmp_path / "policies" / "approvals.yaml"
    policy.write_text(policy.read_text().replace(f"{LEAD}@example.com", ADDRESS))
    monkeypatch.setattr("cli.approver_desk.ROOT", tmp_path)
    edge, stock = SnsEdge(), boto3.Session.client
    monkeypatch.setattr(
        boto3.Session, "client", lambda self, name, **kw: edge if name == "sns" else stock(self, name, **kw)
    )
    topics = json.dumps({LEAD: TOPIC, ONCALL: TOPIC.replace(LEAD, ONCALL)})
    template = {
        "Resources": {"Any": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {"ApproverTopics": {"Value": topics}},
    }
    aws.client("cloudformation").create_stack(StackName="AgentOpsData", TemplateBody=json.dumps(template))
    return edge


def listed(capsys) -> dict[str, dict]:
    capsys.readouterr()
    assert main(["approvers", "list", "--json"]) == 0
    return {standing["id"]: standing for standing in json.loads(capsys.readouterr().out)}


def test_an_approver_whom_nobody_invited_is_to_be_invited(sns, capsys):
    assert listed(capsys)[LEAD] == {
        "id": LEAD,
        "address": ADDRESS,
        "subscription": "none",
        "enrolled": False,
        "next": f"./agentops approvers invite {LEAD}",
    }


def test_what_to_do_next_can_be_copied_from_a_narrow_terminal(sns, capsys, monkeypatch):
    monkeypatch.setattr(approvers, "out", Console(width=60, force_terminal=True, soft_wrap=True, no_color=True))
    assert main(["approvers", "list"]) == 0
    said = capsys.readouterr()
    assert f"{LEAD}: ./agentops approvers invite {LEAD}\n" in said.out
    assert "0 of 4 can be asked" in said.err


def test_an_address_that_no_mail_reaches_is_to_be_replaced_and_is_not_invited(sns, capsys):
    assert listed(capsys)[ONCALL]["next"] == "put a real address into policies/approvals.yaml"
    assert main(["approvers", "invite", ONCALL]) == 1
    assert f"no mail reaches {ONCALL}@example.com" in capsys.readouterr().err
    assert sns.entries == []


def test_an_approver_whose_topic_is_not_deployed_needs_a_deployment(sns, capsys):
    assert listed(capsys)["cost-owner"]["subscription"] == "no topic"
    assert listed(capsys)["cost-owner"]["next"] == "run ./agentops deploy"
    assert main(["approvers", "invite", "cost-owner"]) == 1
    assert "run ./agentops deploy" in capsys.readouterr().err


def test_an_approver_that_the_policy_does_not_name_is_told_with_those_that_it_names(sns, capsys):
    assert main(["approvers", "enrol", "lead", "--show-secret"]) == 1
    assert f"no approver 'lead'; it has {LEAD}, {ONCALL}" in capsys.readouterr().err


def test_from_invitation_to_an_authenticated_subscription(sns, capsys):
    assert main(["approvers", "invite", LEAD]) == 0
    said = capsys.readouterr().out
    assert f"AWS mails {ADDRESS}" in said
    assert "must NOT open it" in said
    assert listed(capsys)[LEAD]["subscription"] == "pending"
    assert main(["approvers", "confirm", LEAD, link(sns.entries[0].token)]) == 0
    assert f"Next: ./agentops approvers enrol {LEAD}" in capsys.readouterr().out
    assert sns.entries[0].authenticated is True
    assert listed(capsys)[LEAD]["subscription"] == "confirmed"


def test_a_token_alone_confirms_too_even_if_the_mail_program_broke_it_into_lines(sns, capsys):
    main(["approvers", "invite", LEAD])
    token = sns.entries[0].token
    assert main(["approvers", "confirm", LEAD, f"{token[:30]}\n {token[30:]}", "--json"]) == 0
    assert sns.entries[0].authenticated is True


def test_a_link_that_was_clicked_counts_for_nothing_and_is_mended_by_a_new_invitation(sns, capsys):
    main(["approvers", "invite", LEAD])
    sns.confirm_subscription(TopicArn=TOPIC, Token=sns.entries[0].token)
    standing = listed(capsys)[LEAD]
    assert standing["subscription"] == "confirmed without authentication"
    assert standing["next"] == f"./agentops approvers invite {LEAD} --replace"
    assert main(["approvers", "invite", LEAD]) == 1
    assert "confirmed without authentication" in capsys.readouterr().err
    assert main(["approvers", "invite", LEAD, "--replace"]) == 0
    assert listed(capsys)[LEAD]["subscription"] == "pending"


@pytest.mark.parametrize(
    ("others", "state"), [(["a@b.agency"], "another-address"), (["a@b.agency", ADDRESS], "several")]
)
def test_whoever_else_hears_the_topic_is_seen_and_taken_off(sns, capsys, others, state):
    for address in others:
        sns.subscribe(TopicArn=TOPIC, Protocol="email", Endpoint=address)
        sns.confirm_subscription(TopicArn=TOPIC, Token=sns.entries[-1].token, AuthenticateOnUnsubscribe="true")
    assert listed(capsys)[LEAD]["subscription"] == STATES[state]
    assert main(["approvers", "invite", LEAD, "--replace"]) == 0
    assert [(entry.address, entry.authenticated) for entry in sns.entries] == [(ADDRESS, None)]


def test_a_confirmed_subscription_of_another_kind_is_not_the_mail_that_is_wanted(sns, capsys):
    sns.subscribe(TopicArn=TOPIC, Protocol="email-json", Endpoint=ADDRESS)
    sns.confirm_subscription(TopicArn=TOPIC, Token=sns.entries[0].token, AuthenticateOnUnsubscribe="true")
    assert listed(capsys)[LEAD]["subscription"] == "another address"


def test_who_is_confirmed_is_not_invited_again_by_mistake(sns, capsys):
    main(["approvers", "invite", LEAD])
    main(["approvers", "confirm", LEAD, sns.entries[0].token])
    assert main(["approvers", "invite", LEAD]) == 1
    assert "--replace starts again" in capsys.readouterr().err


def test_the_token_of_another_address_is_found_out_by_looking_afterwards(sns, capsys):
    sns.subscribe(TopicArn=TOPIC, Protocol="email", Endpoint="stranger@b.agency")
    assert main(["approvers", "confirm", LEAD, sns.entries[0].token]) == 1
    assert "cannot be asked yet: another address" in capsys.readouterr().err


def test_a_token_that_aws_does_not_know_is_one_line(sns, capsys):
    assert main(["approvers", "confirm", LEAD, "0" * 64]) == 1
    assert capsys.readouterr().err == f"agentops: approvers: confirming {LEAD}: InvalidParameter: Invalid token\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (link("1" * 64, topic=TOPIC.replace(LEAD, ONCALL)), "the link is for the topic"),
        (link("1" * 64, topic=TOPIC.replace("123456789012", "999999999999")), "the link is for the topic"),
        (link("1" * 64, address="stranger@b.agency"), "the link is for the address stranger@b.agency"),
        (link("1" * 64, host="sns.us-east-1.amazonaws.com.evil.agency"), "leads to sns.us-east-1.amazonaws.com.evil"),
        (link("1" * 64, host="sns.eu-west-1.amazonaws.com"), "leads to sns.eu-west-1.amazonaws.com"),
        (link("1" * 64, host=f"{HOST}@evil.agency"), "leads to"),
        (f"https://safelinks.agency/?url={link('1' * 64)}", "a mail program or scanner may have rewritten it"),
        (link("1" * 64) + f"&TopicArn={TOPIC}x", "the link is for the topic"),
        (link("1" * 64) + "&Token=" + "2" * 64, "has no Token"),
        (f"https://{HOST}/confirmation.html?TopicArn={TOPIC}", "has no Token"),
        ("javascript:alert(1)", "neither a confirmation link nor its token"),
        ("https://[", "neither a confirmation link nor its token"),
        ("", "neither a confirmation link nor its token"),
    ],
)
def test_a_link_to_anything_else_is_refused(text, reason):
    with pytest.raises(CommandError, match=reason):
        token_in(text, topic=TOPIC, address=ADDRESS, hosts=HOSTS)


# A busy machine makes five texts at once slowly.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(
        st.text(), st.builds(link, st.text("0123456789abcdef"), host=st.text(), topic=st.text(), address=st.text())
    )
)
def test_no_text_brings_more_than_a_refusal(text):
    try:
        token = token_in(text, topic=TOPIC, address=ADDRESS, hosts=HOSTS)
    except CommandError:
        return
    assert token.isalnum()
    assert token in "".join(text.split())


def test_the_local_stack_takes_links_to_itself(sns):
    here = "127.0.0.1:4566"
    assert token_in(link("1" * 64, host=here), topic=TOPIC, address=ADDRESS, hosts=HOSTS | {here}) == "1" * 64
