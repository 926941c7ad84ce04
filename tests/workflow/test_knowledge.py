"""The knowledge base as people use it: what they put into the bucket is cited, and what goes wrong is told."""

import json
import time
import urllib.request

import pytest

from cli.__main__ import main
from cli.aws_session import LOCAL_OUTPUTS
from tests.workflow.conftest import intent_for

pytestmark = pytest.mark.slow

DOCUMENT = """---
title: Zephyr assistants
owner: ML platform on-call
version: 7.1
effective: 2026-01-01
environments: [dev, staging, prod]
doc_type: {doc_type}
---

## Deploying llama-3.1 8B for zephyr-assistant

A deployment of llama-3.1 8B for zephyr-assistant is announced to the harbour team two days before it begins. Its budget
and its instance type are those of any deployment in staging.
"""
PASSAGE = "zephyr#deploying-llama-3-1-8b-for-zephyr-assistant"
INDEXED_WITHIN_S = 60.0


@pytest.fixture
def library(workflow):
    """The knowledge bucket, from which what a test put there goes again."""
    library = Library(workflow)
    yield library
    for key in library.added:
        library.remove(key)
    library.until(lambda manifest: not (sources(manifest) | left_out(manifest)) & library.added)


class Library:
    def __init__(self, workflow):
        self.s3, self.bucket = workflow.client("s3"), workflow.knowledge
        names = {key: value for stack in workflow.outputs["stack_outputs"].values() for key, value in stack.items()}
        self.index = names["KnowledgeIndexBucketName"]
        self.added = set()

    def put(self, key, **fields):
        self.added.add(key)
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=DOCUMENT.format(**fields).encode())

    def remove(self, key):
        self.s3.delete_object(Bucket=self.bucket, Key=key)

    def manifest(self):
        pointer = self._read("current.json")
        return self._read(f"builds/{pointer['build']}/manifest.json")

    def until(self, holds):
        deadline = time.monotonic() + INDEXED_WITHIN_S
        while not holds(manifest := self.manifest()):
            assert time.monotonic() < deadline, f"the index is still {manifest['build']}"
            time.sleep(0.1)
        return manifest

    def _read(self, key):
        return json.loads(self.s3.get_object(Bucket=self.index, Key=key)["Body"].read())


def sources(manifest):
    return {one["source"] for one in manifest["documents"]}


def left_out(manifest):
    return {one["source"] for one in manifest["left_out"]}


def test_what_was_deployed_is_indexed(library):
    manifest = library.manifest()
    assert {source.split("/")[0] for source in sources(manifest)} == {"knowledge", "runbooks"}
    assert (manifest["left_out"], manifest["degraded"]) == ([], [])


def test_a_document_is_cited_by_the_next_plan_until_it_is_deleted(workflow, library):
    library.put("added/zephyr.md", doc_type="policy")
    library.until(lambda manifest: "added/zephyr.md" in sources(manifest))
    evidence = workflow.run(intent_for("zephyr-assistant")).ended("dry-run").documents["evidence"]
    [cited] = [one for one in evidence["passages"] if one["id"] == PASSAGE]
    assert (cited["version"], cited["heading"]) == ("7.1", "Deploying llama-3.1 8B for zephyr-assistant")
    assert cited["quote"] in DOCUMENT

    library.remove("added/zephyr.md")
    library.until(lambda manifest: "added/zephyr.md" not in sources(manifest))
    evidence = workflow.run(intent_for("zephyr-assistant")).ended("dry-run").documents["evidence"]
    assert PASSAGE not in {one["id"] for one in evidence["passages"]}


def test_a_document_that_cannot_be_read_is_named_in_index_and_log(workflow, library):
    before = sources(library.manifest())
    library.put("added/zephyr.md", doc_type="note")
    [told] = library.until(lambda manifest: manifest["left_out"])["left_out"]
    assert told["source"] == "added/zephyr.md"
    assert told["reason"].startswith("added/zephyr.md:7: doc_type")
    assert sources(library.manifest()) == before
    deadline = time.monotonic() + INDEXED_WITHIN_S
    while not any(told["reason"] in line for line in log_of(workflow)):
        assert time.monotonic() < deadline, "the log does not name it"
        time.sleep(0.1)


def log_of(workflow):
    group = "/aws/lambda/agentops-index-knowledge"
    found = workflow.client("logs").filter_log_events(logGroupName=group, filterPattern='"left out"')
    return [event["message"] for event in found["events"]]


@pytest.fixture
def knowledge(workflow, tmp_path, monkeypatch, capsys):
    """Run ./agentops knowledge against the local stack: its exit code, and what it printed."""
    outputs = tmp_path / "outputs.json"
    outputs.write_text(json.dumps(workflow.outputs))
    monkeypatch.setenv(LOCAL_OUTPUTS, str(outputs))

    def run(*arguments):
        code = main(["knowledge", *map(str, arguments), "--local"])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_people_add_find_and_list_documents_by_a_command(library, knowledge, tmp_path):
    library.added.add("added/zephyr.md")
    path = tmp_path / "zephyr.md"
    path.write_text(DOCUMENT.format(doc_type="runbook"))
    code, said, _ = knowledge("add", path)
    assert (code, said.splitlines()[0]) == (0, "Added zephyr.md")

    listed = json.loads(knowledge("list", "--json")[1])
    [mine] = [one for one in listed["documents"] if one["source"] == "added/zephyr.md"]
    assert (mine["doc_type"], mine["version"], listed["waiting"]) == ("runbook", "7.1", [])
    assert "added/zephyr.md" in knowledge("list")[1]

    found = json.loads(knowledge("search", "zephyr-assistant", "--env", "dev", "--json")[1])
    assert found["degraded"] == {}
    assert found["passages"][0]["id"] == PASSAGE
    assert found["passages"][0]["scores"]["reranked"] is not None
    assert PASSAGE not in knowledge("search", "zephyr-assistant", "--type", "policy")[1]
    assert json.loads(knowledge("reindex", "--json")[1])["end"] == "current"
    everything = json.loads(knowledge("reindex", "--everything", "--json")[1])
    assert (everything["end"], everything["embedded"]) == ("built", everything["chunks"])


def test_a_document_that_would_not_be_indexed_is_refused_before_it_is_put(library, knowledge, tmp_path):
    broken, taken = tmp_path / "zephyr.md", tmp_path / "budgets.md"
    broken.write_text(DOCUMENT.format(doc_type="note"))
    taken.write_text(DOCUMENT.format(doc_type="policy"))
    for path, reason in ((broken, "zephyr.md:7: doc_type"), (taken, "knowledge/budgets.md of the deployment has")):
        code, _, said = knowledge("add", path)
        assert code == 1
        assert reason in said
    listed = library.s3.list_objects_v2(Bucket=library.bucket, Prefix="added/")
    assert listed["KeyCount"] == 0


@pytest.mark.slow
def test_while_the_embedding_model_is_down_the_last_index_serves_and_operations_is_told(workflow, library):
    faults = f"{workflow.outputs['model_url']}/faults"
    down = json.dumps({"model": "embedding", "calls": 500, "status": 503}).encode()
    asked = urllib.request.Request(faults, down, {"Content-Type": "application/json"}, method="POST")
    urllib.request.urlopen(asked, timeout=10).close()
    before = library.manifest()
    try:
        library.put("added/zephyr.md", doc_type="policy")
        deadline = time.monotonic() + INDEXED_WITHIN_S
        while not any("index-knowledge-errors" in mail["subject"] for mail in workflow.mails()):
            assert time.monotonic() < deadline, "nobody was told"
            time.sleep(0.2)
        assert library.manifest() == before
    finally:
        urllib.request.urlopen(urllib.request.Request(faults, method="DELETE"), timeout=10).close()
    workflow.fire("knowledge-schedule")
    library.until(lambda manifest: "added/zephyr.md" in sources(manifest))
