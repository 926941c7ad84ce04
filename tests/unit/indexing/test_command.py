"""`./agentops knowledge`: what it refuses before it asks AWS, and which documents it says are newer than the index."""

from typing import Any

import pytest

from cli.__main__ import main
from cli.knowledge_base import KnowledgeBase
from cli.target import Target
from tests.unit.indexing.library import CountingModel, document

pytestmark = pytest.mark.slow


def refused(capsys, *arguments):
    assert main(["knowledge", *map(str, arguments), "--local"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    return line


@pytest.mark.parametrize(("query", "size"), [("", "0"), ("x" * 2_001, "2,001")])
def test_a_question_of_no_or_too_many_characters_is_refused_in_one_line(capsys, query, size):
    assert f"ask in 1 to 2,000 characters; these are {size}" in refused(capsys, "search", query)


def test_two_files_of_one_name_are_refused(capsys, tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "budgets.md").write_bytes(document(f"dev costs {folder}"))

    files = [tmp_path / folder / "budgets.md" for folder in ("a", "b")]
    assert "budgets.md: two files have this name" in refused(capsys, "add", *files)


class Session:
    """boto3's session, of which S3 alone is asked."""

    def __init__(self, s3):
        self._s3 = s3

    def client(self, name, **_):
        assert name == "s3"
        return self._s3


def test_what_is_newer_than_the_index_is_another_text_and_not_another_upload(library):
    outputs = {"KnowledgeBucketName": "documents", "KnowledgeIndexBucketName": "index"}
    session: Any = Session(library.s3)
    target = Target(session, None, outputs)
    base = KnowledgeBase(target, target)
    for name in ("alarms", "budgets", "freezes"):
        library.put(f"{name}.md", document(f"{name} cost little"))
    library.build(CountingModel())

    library.put("alarms.md", document("alarms cost little"))
    assert base.indexed().waiting == ()

    library.put("budgets.md", document("budgets cost much"))
    library.put("quotas.md", document("quotas cost little"))
    library.s3.delete_object(Bucket="documents", Key="freezes.md")
    assert base.indexed().waiting == ("budgets.md was changed", "freezes.md is gone", "quotas.md is new")
