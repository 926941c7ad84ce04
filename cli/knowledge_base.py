"""The knowledge base of a deployment: its bucket, its index, and the functions that build and search it."""

import hashlib
import json
import time
from dataclasses import dataclass
from typing import Any

from botocore.config import Config

from cli.aws_session import QUICK, told_in_one_line
from cli.settings import DATA_STACK, WORKFLOW_STACK
from cli.target import Target, open_target
from cli.terminal import CommandError
from lambdas.adapters.index_store import IndexStore
from lambdas.core.contracts.indexing import IndexOutput
from lambdas.core.contracts.search import SearchInput, SearchOutput
from lambdas.core.retrieval.format import IndexedDocument, LeftOut
from lambdas.core.text import canonical_text

_LONGEST_BUILD_S = 310
_LOOK_AGAIN_S = 0.5
_BUILDING = Config(
    connect_timeout=5, read_timeout=_LONGEST_BUILD_S, retries={"mode": "standard", "total_max_attempts": 1}
)
"""A build may take as long as its function, five minutes; a second call would only find the first at work."""


@dataclass(frozen=True)
class Indexed:
    """What the index that serves holds; `waiting` is what the bucket holds otherwise, by key and how."""

    build: str = ""
    embedding: str = ""
    degraded: tuple[str, ...] = ()
    documents: tuple[IndexedDocument, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    waiting: tuple[str, ...] = ()


class KnowledgeBase:
    """Reads and changes the knowledge base through the person's own credentials."""

    def __init__(self, data: Target, workflow: Target) -> None:
        """Use the two stacks of one deployment."""
        self._data, self._workflow = data, workflow
        self._s3: Any = data.session.client("s3", config=QUICK, endpoint_url=data.endpoint_url)
        self._bucket = data.output("KnowledgeBucketName")

    def put(self, key: str, content: bytes) -> None:
        """Put a document into the bucket, which has it indexed."""
        with told_in_one_line(f"putting {key} into {self._bucket}"):
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=content, ContentType="text/markdown; charset=utf-8")

    def indexed(self) -> Indexed:
        """Return what the index holds. Raises the errors of `IndexStore`."""
        store = IndexStore(self._s3, self._data.output("KnowledgeIndexBucketName"))
        serving = store.serving()
        if serving is None:
            return Indexed(waiting=tuple(self._versions()))
        manifest = store.manifest(serving.pointer)
        return Indexed(
            build=manifest.build,
            embedding=manifest.embedding.model if manifest.embedding else "",
            degraded=manifest.degraded,
            documents=manifest.documents,
            left_out=manifest.left_out,
            waiting=self._waiting(manifest.documents, manifest.left_out),
        )

    def reindex(self, *, everything: bool) -> IndexOutput:
        """Have the index built, after any builder that is at work.

        Raise `CommandError` where that failed; the index before then serves on.
        """
        ends = time.monotonic() + _LONGEST_BUILD_S
        while True:
            told = self._invoke("IndexFunctionName", json.dumps({"everything": everything}), "the index was not built")
            done = IndexOutput.model_validate_json(told)
            if done.end != "busy" or time.monotonic() > ends:
                return done
            time.sleep(_LOOK_AGAIN_S)

    def search(self, asked: SearchInput) -> SearchOutput:
        """Search the index that serves."""
        return SearchOutput.model_validate_json(
            self._invoke("SearchFunctionName", asked.model_dump_json(), "nothing was searched")
        )

    def _waiting(self, documents: tuple[IndexedDocument, ...], left_out: tuple[LeftOut, ...]) -> tuple[str, ...]:
        now, known = self._versions(), {one.source: one for one in documents}
        unread = {one.source for one in left_out}
        new = [f"{key} is new" for key in now if key not in known and key not in unread]
        changed = [f"{key} was changed" for key in now if key in known and self._differs(known[key], now[key])]
        gone = [f"{key} is gone" for key in known if key not in now]
        return tuple(canonical_text(one) for one in sorted([*new, *changed, *gone]))

    def _differs(self, indexed: IndexedDocument, version: str) -> bool:
        """Return whether the bucket holds another text: every deployment puts new versions of the same."""
        if indexed.object_version in (None, version):
            return False
        with told_in_one_line(f"reading {indexed.source} of {self._bucket}"):
            body = self._s3.get_object(Bucket=self._bucket, Key=indexed.source, VersionId=version)["Body"].read()
        return hashlib.sha256(body).hexdigest() != indexed.sha256

    def _versions(self) -> dict[str, str]:
        """Return the version of every document that is in the bucket now, by its key."""
        with told_in_one_line(f"listing {self._bucket}"):
            pages = self._s3.get_paginator("list_object_versions").paginate(Bucket=self._bucket)
            versions = [one for page in pages for one in page.get("Versions", []) if one["IsLatest"]]
        return {one["Key"]: one["VersionId"] for one in versions if one["Key"].endswith(".md")}

    def _invoke(self, output: str, payload: str, otherwise: str) -> bytes:
        target, name = self._workflow, self._workflow.output(output)
        functions: Any = target.session.client("lambda", config=_BUILDING, endpoint_url=target.endpoint_url)
        with told_in_one_line(f"invoking {name}"):
            reply = functions.invoke(FunctionName=name, Payload=payload)
        told: bytes = reply["Payload"].read()
        if "FunctionError" in reply:
            raise CommandError(f"{otherwise}: {json.loads(told).get('errorMessage', 'the function failed')}")
        return told


def open_base(*, local: bool) -> KnowledgeBase:
    """Open the knowledge base of the deployment, or of a running ./agentops local; raise `CommandError` without one."""
    return KnowledgeBase(open_target(DATA_STACK, local=local), open_target(WORKFLOW_STACK, local=local))
