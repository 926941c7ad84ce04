"""What a laptop's stack has other than what would be deployed, and that its policies are still policies."""

from pathlib import Path

from stacks.local.laptop import laptop_settings
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
