"""Index Knowledge as events call it: bursts make one build, and nobody's change is forgotten."""

from typing import Any

import pytest

from lambdas.adapters.builder_claim import CLAIM_S, BuilderClaim
from lambdas.index_knowledge.handler import handler
from tests.unit.indexing.library import document

EVENT = {"source": "aws.s3", "detail-type": "Object Created", "detail": {"object": {"key": "budgets.md"}}}


class Invocation:
    function_name = "agentops-index-knowledge"

    def __init__(self, left_s: int) -> None:
        self._left_s = left_s

    def get_remaining_time_in_millis(self) -> int:
        return self._left_s * 1_000


def index(*, left_s: int = 300, **given: Any) -> dict[str, Any]:
    result: Any = handler({**EVENT, **given}, Invocation(left_s))
    return result


def test_a_burst_of_events_makes_one_build(library):
    library.put("budgets.md", document("dev costs little"))
    library.put("alarms.md", document("look at the alarm"))
    first, *others = [index() for _ in range(5)]
    assert (first["end"], first["documents"], first["chunks"]) == ("built", 2, 2)
    assert {(one["end"], one["build"]) for one in others} == {("current", first["build"])}
    assert len([key for key in library.all_keys() if key.endswith("manifest.json")]) == 1


def test_what_comes_while_a_build_is_going_on_is_taken_along(library):
    library.put("budgets.md", document("dev costs little"))
    met: list[str] = []

    def meanwhile(params: dict[str, Any], **_: Any) -> None:
        if params["url_path"].endswith("chunks.jsonl") and not met:
            met.append("alarms.md")
            library.put("alarms.md", document("look at the alarm"))
            met.append(index()["end"])

    library.s3.meta.events.register("before-call.s3.PutObject", meanwhile)
    done = index()
    library.s3.meta.events.unregister("before-call.s3.PutObject", meanwhile)
    assert met == ["alarms.md", "busy"]
    assert (done["end"], done["documents"]) == ("built", 2)
    assert index()["end"] == "current"


def test_a_claim_ends_by_itself_and_is_given_back_by_its_holder_alone(library):
    slow, quick = BuilderClaim(library.index, "slow"), BuilderClaim(library.index, "quick")
    assert slow.take("2026-11-21T10:00:00.000000Z")
    assert not quick.take(f"2026-11-21T10:0{CLAIM_S // 60}:{CLAIM_S % 60 - 1:02}.000000Z")
    assert quick.take(f"2026-11-21T10:0{CLAIM_S // 60}:{CLAIM_S % 60:02}.000000Z")
    slow.give_back("2026-11-21T10:06:00.000000Z")
    assert not BuilderClaim(library.index, "third").take("2026-11-21T10:06:00.000000Z")
    quick.give_back("2026-11-21T10:06:30.000000Z")
    assert BuilderClaim(library.index, "third").take("2026-11-21T10:06:30.000000Z")


def test_where_documents_never_stop_coming_a_builder_begins_nothing_that_it_has_no_time_for(library):
    """Killed in a build it would leave its claim behind, and an alarm."""
    met: list[str] = []

    def another(params: dict[str, Any], **_: Any) -> None:
        if params["url_path"].endswith("chunks.jsonl") and len(met) < 5:
            met.append(f"alarms-{len(met)}.md")
            library.put(met[-1], document("look at the alarm"))

    library.put("budgets.md", document("dev costs little"))
    library.s3.meta.events.register("before-call.s3.PutObject", another)
    first = index(left_s=15)
    library.s3.meta.events.unregister("before-call.s3.PutObject", another)
    assert (first["end"], first["documents"], len(met)) == ("built", 1, 1)
    assert index()["documents"] == 2


def test_a_put_whose_answer_was_lost_is_the_builders_own(library):
    """botocore sends it again then, and S3 finds that the object is no longer what the condition says."""
    lost: list[str] = []

    def lose(response: Any, request_dict: dict[str, Any], **_: Any) -> int | None:
        key = request_dict["url_path"].rpartition("/")[2]
        if response is None or response[0].status_code != 200 or key in lost:
            return None
        lost.append(key)
        return 0

    library.put("budgets.md", document("dev costs little"))
    library.s3.meta.events.register_first("needs-retry.s3.PutObject", lose)
    done = index()
    library.s3.meta.events.unregister("needs-retry.s3.PutObject", lose)
    assert {"builder.json", "current.json"} <= set(lost)
    assert (done["end"], done["documents"]) == ("built", 1)
    library.put("alarms.md", document("look at the alarm"))
    assert index()["end"] == "built"


def test_the_claim_lasts_longer_than_the_function_may_run():
    from stacks.functions import INDEX_KNOWLEDGE

    assert INDEX_KNOWLEDGE.timeout_s + 30 <= CLAIM_S


def test_a_build_that_failed_gives_its_claim_back(library):
    library.put("budgets.md", document("dev costs little"))

    def refuse(params: dict[str, Any], **_: Any) -> None:
        if params["url_path"].endswith("manifest.json"):
            raise OSError("the line broke")

    library.s3.meta.events.register("before-call.s3.PutObject", refuse)
    with pytest.raises(OSError, match="the line broke"):
        index()
    library.s3.meta.events.unregister("before-call.s3.PutObject", refuse)
    assert library.index.serving() is None
    assert index()["end"] == "built"


def test_everything_is_built_again_when_a_person_asks(library, capsys):
    library.put("budgets.md", document("dev costs little"))
    library.put("broken.md", document("words", doc_type="note"))
    first, again = index(), index(everything=True)
    assert again["end"] == "built"
    assert again["build"] > first["build"]
    assert again["left_out"] == ["broken.md:7: doc_type: Input should be 'policy', 'runbook' or 'incident'"]
    assert '"DocumentsLeftOut":[1.0]' in capsys.readouterr().out.replace(" ", "")
