"""What each stage of retrieval gave a passage, in one line for people."""

from collections.abc import Mapping

_FORMS = {"lexical": ".2f", "vector": ".3f", "fused": ".4f", "reranked": ".2f"}


def stage_scores(scores: Mapping[str, float | None]) -> str:
    """Return the stages' scores in their order; a dash for a stage that did not find or read the passage."""
    told = ((name, scores.get(name), form) for name, form in _FORMS.items())
    return ", ".join(f"{name} {'-' if score is None else format(score, form)}" for name, score, form in told)
