"""What a laptop's stack has other than what would be deployed, and that its policies are still policies."""

import json
from pathlib import Path
from typing import Any

from stacks.local.laptop import Retrieval, laptop_settings
from stacks.policy_files import load_policy_files

ROOT = Path(__file__).resolve().parents[2]


def test_the_built_in_container_has_a_model_and_nothing_else_of_the_catalogue_differs(tmp_path: Path) -> None:
    settings = laptop_settings(ROOT, tmp_path)
    ours, laptop = (
        load_policy_files(path).catalogue for path in (ROOT / "policies", Path(settings["AGENTOPS_POLICIES"]))
    )
    differing = {one.id: other for one, other in zip(ours.models, laptop.models, strict=True) if one != other}
    assert list(differing) == ["xgboost-1.7"]
    assert differing["xgboost-1.7"].creatable
    assert all(source.model_data_s3_uri for source in differing["xgboost-1.7"].sources.values())


def test_waits_are_seconds_and_no_window_is_closed(tmp_path: Path) -> None:
    settings = laptop_settings(ROOT, tmp_path)
    environments = load_policy_files(Path(settings["AGENTOPS_POLICIES"])).guardrails.environments
    assert all(limits.traffic.wait_s <= 1 and limits.traffic.bake_s <= 1 for limits in environments.values())
    assert all(not limits.freeze_windows for limits in environments.values())
    assert "false" not in Path(settings["AGENTOPS_CONFIGURATION"]).read_text().partition("execute_allowed")[2][:10]


def configured(tmp_path: Path, retrieval: Retrieval) -> tuple[dict[str, Any], bool]:
    """Return the models of retrieval in cdk.json, and whether production then wants full grounding."""
    settings = laptop_settings(ROOT, tmp_path, retrieval)
    nim = json.loads(Path(settings["AGENTOPS_CONFIGURATION"]).read_text())["context"]["agentops"]["nim"]
    limits = load_policy_files(Path(settings["AGENTOPS_POLICIES"])).guardrails.environments["prod"]
    return {name: nim[name] for name in ("embedding", "reranking")}, limits.full_grounding_required


def test_the_small_models_go_by_their_own_names(tmp_path: Path) -> None:
    models, required = configured(tmp_path, "small-models")
    assert models["embedding"]["model"] == "BAAI/bge-small-en-v1.5"
    assert models["embedding"]["dimensions"] == 384
    assert models["reranking"]["model"] == "cross-encoder/ms-marco-MiniLM-L-12-v2"
    assert required


def test_without_models_none_is_configured_and_production_does_not_wait_for_them(tmp_path: Path) -> None:
    models, required = configured(tmp_path, "none")
    assert [one["provider"] for one in models.values()] == ["none", "none"]
    assert not required


def test_stand_ins_answer_as_what_is_configured(tmp_path: Path) -> None:
    ours = json.loads((ROOT / "cdk.json").read_text())["context"]["agentops"]["nim"]
    models, required = configured(tmp_path, "stand-ins")
    assert models == {name: ours[name] for name in ("embedding", "reranking")}
    assert required
