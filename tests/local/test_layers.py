"""Layers are built once from their lock, whole or not at all."""

import subprocess
from pathlib import Path

import pytest

from stacks.local.errors import LayerError
from stacks.local.layers import LayerStore

REQUIREMENTS = Path("requirements")


def lock_of(package: str) -> str:
    """The lines of one package in the project's own lock."""
    blocks = (REQUIREMENTS / "layer-common.txt").read_text().replace("\\\n", "").splitlines()
    (block,) = [line for line in blocks if line.startswith(f"{package}==")]
    return block + "\n"


@pytest.fixture
def store(tmp_path: Path) -> LayerStore:
    (tmp_path / "small.txt").write_text(lock_of("annotated-types"))
    return LayerStore(tmp_path, tmp_path / "cache")


def test_a_layer_holds_the_packages_of_its_lock(store: LayerStore) -> None:
    folder = store.ensure(["small"])["small"]
    assert (folder / "python" / "annotated_types" / "__init__.py").is_file()


def test_a_built_layer_is_used_again_without_any_installer(store: LayerStore, monkeypatch: pytest.MonkeyPatch) -> None:
    built = store.ensure(["small"])
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("something was installed"))
    assert store.ensure(["small"]) == built


def test_another_lock_is_another_layer(store: LayerStore, tmp_path: Path) -> None:
    before = store.ensure(["small"])["small"]
    (tmp_path / "small.txt").write_text("# changed\n" + lock_of("annotated-types"))
    assert store.ensure(["small"])["small"] != before


@pytest.mark.parametrize("digest", ["", f" --hash=sha256:{'0' * 64}"])
def test_a_package_that_is_not_the_locked_one_is_refused_and_leaves_nothing(
    store: LayerStore, tmp_path: Path, digest: str
) -> None:
    (tmp_path / "small.txt").write_text(f"annotated-types==0.8.0{digest}\n")
    with pytest.raises(LayerError, match=r"(?s)small could not be installed from small.txt:.*[Hh]ash"):
        store.ensure(["small"])
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize("name", ["", "absent", "../requirements/run", "layer common"])
def test_a_layer_without_a_lock_says_what_its_description_must_be(store: LayerStore, name: str) -> None:
    with pytest.raises(LayerError, match="Description must be the name of its lock"):
        store.ensure([name])
