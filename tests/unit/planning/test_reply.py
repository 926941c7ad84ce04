"""A reply is a choice from the closed lists, or it is refused with a reason."""

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.core.contracts.evidence import Evidence, Passage
from lambdas.core.errors import PlannerReplyError
from lambdas.core.planning.chat import ChatReply
from lambdas.core.planning.draft import draft_choice
from lambdas.core.planning.options import Options
from lambdas.core.planning.reply import ReplyRefusedError, read_reply

OPTIONS = Options(
    models=("llama-3.1-8b-instruct",),
    instance_types=("ml.g5.12xlarge", "ml.g5.24xlarge"),
    passages=("budgets#staging",),
)
GOOD = {
    "model": "llama-3.1-8b-instruct",
    "instance_type": "ml.g5.12xlarge",
    "citations": ["budgets#staging"],
    "question": "",
}
EVIDENCE = Evidence(
    plan_id="p-0123456789abcdef",
    passages=(
        Passage(
            id="budgets#staging", source="b.md", title="B", heading="S", version="1", score=1.0, quote="$20 an hour"
        ),
    ),
)


def reply(text: str, finish_reason: str = "stop") -> ChatReply:
    return ChatReply(text=text, finish_reason=finish_reason)


def changed(**fields: object) -> str:
    return json.dumps({**GOOD, **fields})


def test_a_choice_from_the_lists_is_read():
    draft = read_reply(reply(json.dumps(GOOD)), OPTIONS)
    assert (draft.model, draft.instance_type, draft.citations) == (
        "llama-3.1-8b-instruct",
        "ml.g5.12xlarge",
        ("budgets#staging",),
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not one JSON object"),
        ("Sure! Here is the plan.", "not one JSON object"),
        (json.dumps(GOOD)[:-3], "not one JSON object"),
        (json.dumps(GOOD) + json.dumps(GOOD), "not one JSON object"),
        ("[1]", "JSON list, not an object"),
        ('{"model": "a", "model": "b"}', "a key stands twice"),
        ('{"model": NaN}', "NaN"),
        (changed(execute=True), "a key that was not asked for"),
        (changed(model="gpt-5"), "model is not on the list ['llama-3.1-8b-instruct']"),
        (changed(instance_type="ml.p5.48xlarge"), "instance_type is not on the list"),
        (changed(model="arn:aws:sagemaker:us-east-1:111122223333:model/x"), "is not on the list"),
        (changed(citations=["made-up#one"]), "1 of the citations are no ids"),
        (changed(citations=[]), "citations"),
        (changed(citations="budgets#staging"), "citations"),
        (changed(model=7), "model"),
        (changed(question="?" * 301), "question"),
        ("[" * 9_000 + "]" * 6_000, "not one JSON object"),
        ("x" * 300_000, "300000 characters"),
        (json.dumps({**GOOD, "question": "?" * 300_000}), "characters"),
        ('{"a":' * 2_500 + "1" + "}" * 2_500, "not one JSON object"),
        (json.dumps({**GOOD, "model": {"id": GOOD["model"]}}), "model"),
        (json.dumps({**GOOD, "model": [GOOD["model"]]}), "model"),
        (json.dumps({**GOOD, "model": None}), "model"),
        (changed(question=None), "question"),
        (changed(citations={"0": "budgets#staging"}), "citations"),
        (changed(citations=[["budgets#staging"]]), "citations"),
        (changed(citations=["budgets#staging"] * 6), "citations"),
        (changed(instance_type=True), "instance_type"),
        ('{"model": 1e999}', "model"),
        ('{"model": -Infinity}', "-Infinity"),
        ("null", "JSON NoneType, not an object"),
        ("```json\n" + json.dumps(GOOD) + "\n```", "not one JSON object"),
        (json.dumps(GOOD) + "\nDone!", "not one JSON object"),
        (json.dumps({key: GOOD[key] for key in ("model", "citations")}), "instance_type: Field required"),
        ("{'model': 'llama-3.1-8b-instruct'}", "not one JSON object"),
        (changed(instance_type="ml.g5.12xlarge "), "instance_type is not on the list"),
        (changed(model="llama-3.1-8b-instruct\u200b"), "model is not on the list"),
        (changed(question="\ud800"), "not one JSON object"),
        (json.dumps(GOOD)[:-1] + "\ud800}", "not one JSON object"),
        (json.dumps({**GOOD, "question": "\ud800"}, ensure_ascii=False), "not one JSON object"),
        (changed(citations=[{"a": {"a": {"a": 1}}}]), "citations"),
        ('{"model": ' + "9" * 5_000 + "}", "not one JSON object"),
        (f"<think>hm</think>{json.dumps(GOOD)}", "not one JSON object"),
    ],
)
def test_anything_else_is_refused_with_the_reason(text, reason):
    with pytest.raises(ReplyRefusedError) as refused:
        read_reply(reply(text), OPTIONS)
    assert reason in str(refused.value)


@pytest.mark.parametrize("depth", [3, 150, 500, 990, 1_100, 2_500, 5_000])
@pytest.mark.parametrize(("opens", "closes"), [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize("recursion_limit", [1_000, 20_000])
def test_no_depth_is_too_deep_to_be_refused(depth, opens, closes, recursion_limit):
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(recursion_limit)
    try:
        with pytest.raises(ReplyRefusedError):
            read_reply(
                reply(changed(question="x")[:-1] + f', "a": {opens * (depth // 2)}1{closes * (depth // 2)}}}'), OPTIONS
            )
    finally:
        sys.setrecursionlimit(before)


def test_a_reply_that_was_cut_off_says_so():
    with pytest.raises(ReplyRefusedError, match="token limit"):
        read_reply(reply(json.dumps(GOOD), "length"), OPTIONS)


@given(st.text(max_size=200))
def test_no_text_is_read_as_a_choice_that_is_not_on_the_lists(text):
    try:
        draft = read_reply(reply(text), OPTIONS)
    except ReplyRefusedError:
        return
    assert draft.model in OPTIONS.models
    assert draft.instance_type in OPTIONS.instance_types
    assert set(draft.citations) <= set(OPTIONS.passages)


@given(
    st.fixed_dictionaries(
        {
            "model": st.sampled_from([*OPTIONS.models, "other"]),
            "instance_type": st.sampled_from([*OPTIONS.instance_types, "ml.p5.48xlarge"]),
            "citations": st.lists(st.sampled_from([*OPTIONS.passages, "other#x"]), max_size=6),
            "question": st.text(max_size=20),
        }
    )
)
def test_a_well_formed_hostile_reply_never_leaves_the_lists(fields):
    allowed = (
        fields["model"] in OPTIONS.models
        and fields["instance_type"] in OPTIONS.instance_types
        and 1 <= len(fields["citations"]) <= 5
        and set(fields["citations"]) <= set(OPTIONS.passages)
    )
    try:
        read_reply(reply(json.dumps(fields)), OPTIONS)
    except ReplyRefusedError:
        assert not allowed
    else:
        assert allowed


@pytest.mark.parametrize(
    "text",
    [
        changed(model="http://evil.example"),
        changed(instance_type="http://evil.example"),
        changed(citations=["http://evil.example"]),
        json.dumps({**GOOD, "http://evil.example": 1}),
        '{"http://evil.example": 1, "http://evil.example": 2}',
        changed(question=["http://evil.example"]),
        "http://evil.example",
        changed(model="http://evil.example" * 2_000),
    ],
)
def test_a_refusal_never_repeats_the_replys_own_words(text):
    with pytest.raises(ReplyRefusedError) as refused:
        read_reply(reply(text), OPTIONS)
    assert "evil" not in str(refused.value)


def test_a_reply_that_cites_fewer_passages_than_the_environment_asks_is_refused():
    options = OPTIONS.model_copy(update={"passages": ("budgets#staging", "canary#why"), "min_citations": 2})
    assert options.json_schema()["properties"]["citations"]["minItems"] == 2
    with pytest.raises(ReplyRefusedError, match="citations name 1 passages; at least 2 are due"):
        read_reply(reply(changed(citations=["budgets#staging", "budgets#staging"])), options)


def draft_with(replies: list[str]):
    asked = []

    def ask(messages, schema):
        asked.append(messages)
        return reply(replies[len(asked) - 1])

    return asked, lambda: draft_choice(
        ask, text="deploy it", env="staging", options=OPTIONS, prices={"ml.g5.12xlarge": 14.18}, evidence=EVIDENCE
    )


def test_a_refused_reply_is_repaired_once_with_the_reason():
    asked, run = draft_with(["nonsense", json.dumps(GOOD)])
    assert run().rounds == 2
    assert "not one JSON object" in asked[1][-1]["content"]
    assert asked[1][-2] == {"role": "assistant", "content": "nonsense"}


def test_two_refused_replies_end_it_with_both_reasons():
    asked, run = draft_with(["nonsense", changed(model="gpt-5")])
    with pytest.raises(PlannerReplyError, match=r"not one JSON object.*model is not on the list"):
        run()
    assert len(asked) == 2


def test_what_others_wrote_stands_only_in_the_data_block():
    asked, run = draft_with([json.dumps(GOOD)])
    run()
    [user] = asked[0]
    assert user["role"] == "user"
    instructions, _, data = user["content"].partition("DATA:\n")
    assert "deploy it" not in instructions
    assert json.loads(data)["request"] == "deploy it"
