"""The app is synthesised when its sources change, and only then."""

from pathlib import Path

import pytest

from stacks.local.errors import SynthesisError
from stacks.local.synthesis import cached_assembly, in_use, source_digest

APP = """
import json, os, pathlib
out = pathlib.Path(os.environ["CDK_OUTDIR"])
seen = {k: v for k, v in os.environ.items() if k.startswith(("AWS_", "CDK_", "AGENTOPS_"))}
(out / "manifest.json").write_text(json.dumps(seen))
with open("runs.log", "a") as log:
    log.write("x")
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(APP)
    for file in ("lambdas/one.py", "stacks/stack.py", "stacks/local/target.py", "policies/rules.yaml"):
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n")
    (tmp_path / "cdk.json").write_text('{"context": {"agentops": {"execute_allowed": false}}}')
    (tmp_path / "policies" / "guardrails.yaml").write_text("environments:\n  dev:\n    traffic:\n      wait_s: 600\n")
    return tmp_path


def runs(root: Path) -> int:
    return len((root / "runs.log").read_text())


def test_the_same_sources_are_synthesised_once(root: Path) -> None:
    first = cached_assembly(root, root / ".cache")
    assert cached_assembly(root, root / ".cache") == first
    assert runs(root) == 1


@pytest.mark.parametrize("file", ["lambdas/one.py", "stacks/stack.py", "policies/rules.yaml", "lambdas/new.py"])
def test_a_changed_source_is_synthesised_again(root: Path, file: str) -> None:
    first = cached_assembly(root, root / ".cache")
    (root / file).write_text("x = 2\n")
    assert cached_assembly(root, root / ".cache") != first
    assert runs(root) == 2


def test_what_cannot_reach_the_template_changes_nothing(root: Path) -> None:
    before = source_digest(root)
    (root / "stacks/local/target.py").write_text("x = 2\n")
    (root / "lambdas/__pycache__").mkdir()
    (root / "lambdas/__pycache__/one.pyc").write_bytes(b"x")
    assert source_digest(root) == before


def test_the_app_sees_no_account_of_the_developers_and_builds_no_layers(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("CDK_DEFAULT_ACCOUNT", "999999999999")
    seen = (cached_assembly(root, root / ".cache") / "manifest.json").read_text()
    assert "production" not in seen
    assert "999999999999" not in seen
    assert '"AGENTOPS_SYNTH_LAYERS": "0"' in seen
    assert '"AGENTOPS_SYNTH_NAG": "0"' in seen


def test_a_failing_app_says_why_and_leaves_nothing(root: Path) -> None:
    (root / "app.py").write_text("raise SystemExit('cdk.json:3: region is wrong')")
    with pytest.raises(SynthesisError, match=r"(?s)app.py did not synthesise \(exit code 1\).*region is wrong"):
        cached_assembly(root, root / ".cache")
    assert list((root / ".cache" / "cdk.out").iterdir()) == []


def test_only_the_last_assemblies_are_kept(root: Path) -> None:
    first = cached_assembly(root, root / ".cache")
    compiled = root / ".cache" / "bytecode" / first.relative_to(first.anchor)
    compiled.mkdir(parents=True)
    last = root
    for number in range(8):
        (root / "lambdas/one.py").write_text(f"x = {number}\n")
        last = cached_assembly(root, root / ".cache")
    kept = list((root / ".cache" / "cdk.out").iterdir())
    assert len(kept) == 5
    assert first not in kept
    assert not compiled.exists()
    assert last in kept


def test_the_assembly_that_a_target_runs_from_is_kept(root: Path) -> None:
    first = cached_assembly(root, root / ".cache")
    with in_use(first):
        for number in range(8):
            (root / "lambdas/one.py").write_text(f"x = {number}\n")
            cached_assembly(root, root / ".cache")
        assert (first / "manifest.json").exists()
    (root / "lambdas/one.py").write_text("x = 9\n")
    cached_assembly(root, root / ".cache")
    assert not first.exists()
