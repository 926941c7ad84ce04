"""The knowledge base as people use it: what they put into the bucket is cited, and what goes wrong is told."""

import json
import time
import urllib.request

import pytest

from tests.workflow.conftest import intent_for

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
    library.until(lambda manifest: not {one["source"] for one in manifest["documents"]} & library.added)


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
    logged = workflow.client("logs").filter_log_events(
        logGroupName="/aws/lambda/agentops-index-knowledge", filterPattern='"left out"'
    )["events"]
    assert any(told["reason"] in json.loads(event["message"])["message"] for event in logged)


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
