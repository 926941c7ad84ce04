"""What nobody may read where it does not belong: task tokens, the secrets of links, codes and their keys."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from tests.support.asking import LEAD, OWNER, Asking
from tests.support.workflow import Workflow

pytestmark = pytest.mark.slow


def logged(workflow: Workflow) -> Iterator[str]:
    """Every line of every log group: functions, machines, the API's access log."""
    logs = workflow.client("logs")
    for groups in logs.get_paginator("describe_log_groups").paginate():
        for group in groups["logGroups"]:
            for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]):
                yield from (event["message"] for event in page["events"])


def stored(workflow: Workflow) -> Iterator[str]:
    """Every item of every table, the audit's among them."""
    database = workflow.client("dynamodb")
    for table in (workflow.plans, workflow.audit):
        for page in database.get_paginator("scan").paginate(TableName=table):
            yield from (json.dumps(item) for item in page["Items"])


def tokens_given(workflow: Workflow, arn: str) -> set[str]:
    """Every task token that Step Functions handed to a step of an execution, which its history alone may show."""
    history = workflow.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn)
    given = [
        json.loads(event["taskScheduledEventDetails"]["parameters"]).get("Payload", {}).get("token", "")
        for page in history
        for event in page["events"]
        if "taskScheduledEventDetails" in event
    ]
    return {token for token in given if token}


def test_no_secret_of_a_whole_deployment_is_told_anywhere(workflow: Workflow, asking: Asking):
    waiting = asking.begin("discreet")
    links = [*asking.links(waiting, LEAD), *asking.links(waiting, OWNER)]
    pages = [asking.people[LEAD].open(link)[1] for link in links]
    assert asking.people[LEAD].answer(links[0], code="000000")[0] == 403
    for name in (LEAD, OWNER):
        status, page = asking.answer(waiting, name, 0, "looks right")
        assert status == 200
        pages.append(page)
    seen = workflow.wait(waiting.arn).ended("unexercised")
    tokens = tokens_given(workflow, waiting.arn)
    assert len(tokens) == 3  # approval, endpoint, bake
    secrets = {link.rpartition("/")[2] for link in links}
    keys = {person.secret for person in asking.people.values()}
    mails = [mail["body"] for mail in workflow.mails()]
    lines, items = list(logged(workflow)), list(stored(workflow))
    assert any(waiting.arn.rpartition(":")[2] in line for line in lines)
    shown = "\n".join([*pages, *mails, *lines, *items, seen.output, json.dumps(seen.event)])
    assert not [token for token in tokens if token in shown]
    assert not [key for key in keys if key in shown]
    unmailed = "\n".join([*pages, *lines, *items, seen.output, json.dumps(seen.event)])
    assert not [secret for secret in secrets if secret in unmailed]
    assert not re.search(r"\b000000\b", unmailed)
