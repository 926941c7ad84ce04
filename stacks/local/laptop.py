"""What a laptop has other than what would be deployed: it may execute, waits are short enough to watch, one more model.

Nothing else differs, but that vectors are searched in memory. A plan's waits become seconds, because the local target
has no time warp, and no freeze window holds a demo up on a weekend. The models of retrieval are those that this machine
has; where it has none, every plan is drafted from words alone, in production too. The built-in container gets the model
of its own that an installation must supply: it is the only entry of the catalogue that runs in production and whose
traffic SageMaker shifts in steps.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from stacks.local.small_models.models import DIMENSIONS, EMBEDDING_MODEL, RERANKING_MODEL

WAIT_S = 1
BAKE_S = 1
_ALLOWED = re.compile(r'("execute_allowed"\s*:\s*)false')
_IN_S3_VECTORS = re.compile(r'("vectors"\s*:\s*")s3-vectors')
_LINES = (
    (re.compile(r"^(      wait_s: )[1-9]\d*", re.MULTILINE), rf"\g<1>{WAIT_S}"),
    (re.compile(r"^(      bake_s: )[1-9]\d*", re.MULTILINE), rf"\g<1>{BAKE_S}"),
    (re.compile(r"^    freeze_windows:\n(?:      .*\n)+", re.MULTILINE), "    freeze_windows: []\n"),
)
_MODEL_DATA = "s3://agentops-laptop-models/xgboost/model.tar.gz"
_MODELS = (
    (re.compile(r'(sagemaker-xgboost:[^"]+")(?=\})'), rf'\g<1>, model_data_s3_uri: "{_MODEL_DATA}"'),
    (re.compile(r"^(  - id: xgboost-.*\n(?:(?:    .*)?\n)*?    creatable: )false", re.MULTILINE), r"\g<1>true"),
)
_UNGROUNDED = ((re.compile(r"^(    full_grounding_required: )true", re.MULTILINE), r"\g<1>false"),)
_EDITS = {"guardrails.yaml": _LINES, "models.yaml": _MODELS}
"""By file. The text is edited, so that a fault in it is still told by its line."""


Retrieval = Literal["small-models", "stand-ins", "none"]
"""What embeds and reranks on this machine: real small models, stand-ins that see only words, or nothing.

Stand-ins answer by the names that `cdk.json` configures; they are for tests of the product, and for nobody's eyes.
"""
_SMALL_MODELS = {
    "embedding": {
        "provider": "sagemaker",
        "endpoint": "agentops-laptop-embedding",
        "model": EMBEDDING_MODEL,
        "dimensions": DIMENSIONS,
    },
    "reranking": {"provider": "sagemaker", "endpoint": "agentops-laptop-reranking", "model": RERANKING_MODEL},
}
_NO_MODELS = {"embedding": {"provider": "none"}, "reranking": {"provider": "none"}}


def laptop_settings(root: Path, cache: Path, retrieval: Retrieval = "stand-ins") -> dict[str, str]:
    """Return the environment with which `app.py` in `root` synthesises a laptop's stack; the files stand in `cache`.

    Raises `OSError` when they cannot be read or written.
    """
    configuration = _ALLOWED.sub(r"\g<1>true", (root / "cdk.json").read_text(encoding="utf-8"))
    configuration = _IN_S3_VECTORS.sub(r"\g<1>memory", configuration)
    if retrieval != "stand-ins":
        configuration = _with_models(configuration, _SMALL_MODELS if retrieval == "small-models" else _NO_MODELS)
    files = {path.name: path.read_text(encoding="utf-8") for path in sorted((root / "policies").glob("*.yaml"))}
    ungrounded = {"guardrails.yaml": _UNGROUNDED} if retrieval == "none" else {}
    for name, edits in (*_EDITS.items(), *ungrounded.items()):
        for pattern, replacement in edits if name in files else ():
            files[name] = pattern.sub(replacement, files[name])
    folder = cache / "laptop" / sha256(json.dumps([configuration, files]).encode()).hexdigest()[:16]
    if not folder.exists():
        shutil.rmtree(draft := folder.with_suffix(".draft"), ignore_errors=True)
        (draft / "policies").mkdir(parents=True)
        (draft / "cdk.json").write_text(configuration, encoding="utf-8")
        for name, text in files.items():
            (draft / "policies" / name).write_text(text, encoding="utf-8")
        draft.rename(folder)
    return {"AGENTOPS_CONFIGURATION": str(folder / "cdk.json"), "AGENTOPS_POLICIES": str(folder / "policies")}


def _with_models(configuration: str, models: Mapping[str, Mapping[str, object]]) -> str:
    """Return cdk.json's text with these models of retrieval. What is no such file is left for synth to refuse."""
    try:
        parsed: Any = json.loads(configuration)
        parsed["context"]["agentops"]["nim"].update(models)
    except (ValueError, KeyError, TypeError, AttributeError):
        return configuration
    return json.dumps(parsed, indent=2)
