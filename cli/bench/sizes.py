"""How large the packages are that Lambda loads."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from shutil import make_archive

from cli.bench import Measure
from cli.terminal import ROOT, CommandError
from stacks.assets import stage_functions
from stacks.errors import LayerError
from stacks.layers import LAYERS, build_layer
from stacks.policy_files import load_policy_files

_MB = 1_000_000
_LAYER_BUDGETS_MB = {"common": 6.0, "retrieval": 26.0}


def packages() -> Iterator[Measure]:
    """Yield the zipped sizes of the function asset and of each layer, which are built if they were not yet."""
    folder, _ = stage_functions(load_policy_files(ROOT / "policies").to_json())
    with tempfile.TemporaryDirectory() as scratch:
        zipped = Path(make_archive(str(Path(scratch) / "functions"), "zip", folder))
        yield Measure("function asset, zipped", zipped.stat().st_size / _MB, "MB")
    for name in LAYERS:
        try:
            size = build_layer(name).stat().st_size / _MB
        except LayerError as error:
            raise CommandError(str(error)) from None
        yield Measure(f"layer {name}, zipped", size, "MB", _LAYER_BUDGETS_MB[name])
