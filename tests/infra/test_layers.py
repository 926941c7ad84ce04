"""The dependency layers: all that the handlers import, for Lambda's platform, within budget, with none of the SDK."""

from __future__ import annotations

import importlib.util
import json
import platform
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from stacks import layers
from stacks.errors import LayerError
from stacks.functions import STEPS, Step
from stacks.layers import LAYERS, Target, build_layer, layer_hash
from tests.infra.handler_needs import modules_imported
from tests.infra.templates import ROOT, synthesise

slow = pytest.mark.slow
BUDGET_MB = {"common": 6.0, "retrieval": 26.0}
RUNTIME = {"boto3", "botocore", "urllib3", "jmespath", "dateutil", "s3transfer", "six"}
"""What Lambda's Python runtime gives by itself (requirements/runtime.txt)."""


def held(*names: str) -> set[str]:
    """The importable top-level names in the given layers."""
    files = [file for name in names for file in zipfile.ZipFile(build_layer(name)).namelist()]
    return {Path(file).parts[1].removesuffix(".py") for file in files}


@slow
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_the_layers_hold_every_module_that_a_handler_imports(step: Step) -> None:
    imported = modules_imported(ROOT / "lambdas" / step.name / "handler.py")
    theirs = {name for name in imported if name not in sys.stdlib_module_names} - {"lambdas", "__future__"}
    assert theirs - RUNTIME <= held(*step.layers)
    assert theirs, "a handler that imports nothing proves nothing"


@slow
@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_keeps_to_its_budget_and_leaves_the_sdk_to_the_runtime(name: str) -> None:
    path = build_layer(name)
    assert path.stat().st_size / 1e6 <= BUDGET_MB[name]
    assert not held(name) & RUNTIME - {"jmespath"}
    files = zipfile.ZipFile(path).namelist()
    assert all(file.startswith("python/") for file in files)
    assert not [file for file in files if file.endswith(".pyc") or ".dist-info/" in file or "/tests/" in file]


@slow
@pytest.mark.parametrize("name", LAYERS)
def test_compiled_modules_are_for_lambdas_processor_and_python(name: str) -> None:
    archive = zipfile.ZipFile(build_layer(name))
    libraries = [file for file in archive.namelist() if ".so" in Path(file).name]
    assert libraries
    for file in libraries:
        header = archive.read(file)[:20]
        assert header[:4] == b"\x7fELF"
        assert int.from_bytes(header[18:20], "little") == 0xB7, f"{file} is not for aarch64"
        assert ".cpython-" not in file or ".cpython-314-aarch64" in file


def this_machine() -> Target:
    """The platform that this test runs on, in uv's words."""
    machine = {"arm64": "aarch64", "AMD64": "x86_64"}.get(platform.machine(), platform.machine())
    system = "apple-darwin" if platform.system() == "Darwin" else "manylinux_2_28"
    return Target(python=f"{sys.version_info.major}.{sys.version_info.minor}", platform=f"{machine}-{system}")


@slow
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_handler_starts_with_its_layers_and_the_runtime_alone(step: Step, tmp_path: Path) -> None:
    """What the layers leave out of their packages, no import misses."""
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    for name in RUNTIME:
        origin = Path(str(importlib.util.find_spec(name).origin))  # pyright: ignore[reportOptionalMemberAccess]
        installed = origin.parent if origin.name == "__init__.py" else origin
        (runtime / installed.name).symlink_to(installed)
    for name in step.layers:
        zipfile.ZipFile(build_layer(name, this_machine())).extractall(tmp_path)
    path = [str(ROOT), str(tmp_path / "python"), str(runtime)]
    code = f"import sys; sys.path[:0] = {path!r}; import lambdas.{step.name}.handler"
    told = {"AWS_DEFAULT_REGION": "us-east-1", "POWERTOOLS_SERVICE_NAME": "t", "POWERTOOLS_METRICS_NAMESPACE": "t"}
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], env=told, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@slow
def test_the_same_lock_gives_the_same_bytes(tmp_path: Path) -> None:
    assert build_layer("common", cache=tmp_path).read_bytes() == build_layer("common").read_bytes()


@slow
def test_templates_do_not_depend_on_whether_layers_were_built(assembly: Path, tmp_path: Path) -> None:
    """Nor does an assembly that was empty before stay so: its layers bear the same names, and would be published."""
    shutil.copytree(assembly, tmp_path, dirs_exist_ok=True)
    assert synthesise(tmp_path, AGENTOPS_SYNTH_LAYERS="1").returncode == 0
    for name in ("AgentOpsWorkflow.template.json", "AgentOpsWorkflow.assets.json"):
        assert (tmp_path / name).read_bytes() == (assembly / name).read_bytes()
    manifest = json.loads((tmp_path / "AgentOpsWorkflow.assets.json").read_text(encoding="utf-8"))
    staged = {(tmp_path / file["source"]["path"]) for file in manifest["files"].values()}
    zips = {path.read_bytes() for path in staged if path.suffix == ".zip"}
    assert {build_layer(name).read_bytes() for name in LAYERS} <= zips


def test_another_lock_is_another_layer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = layer_hash("common")
    changed = tmp_path / "requirements"
    changed.mkdir()
    lock = (ROOT / "requirements" / "layer-common.txt").read_text(encoding="utf-8")
    (changed / "layer-common.txt").write_text(lock + "# another\n", encoding="utf-8")
    monkeypatch.setattr(layers, "ROOT", tmp_path)
    assert layer_hash("common") != before


def test_a_lock_that_does_not_match_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    changed = tmp_path / "requirements"
    changed.mkdir()
    (changed / "layer-common.txt").write_text("pydantic==2.14.0\n", encoding="utf-8")
    monkeypatch.setattr(layers, "ROOT", tmp_path)
    with pytest.raises(LayerError, match=r"layer common: uv could not install requirements/layer-common.txt"):
        build_layer("common", cache=tmp_path / "cache")
    assert not list((tmp_path / "cache" / "layers").iterdir())
