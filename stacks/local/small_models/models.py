"""Both models as `core.retrieval.protocols` asks for them, run by onnxruntime on the CPU.

bge-small-en-v1.5: the vector is that of the first token, of length 1; a query is told that it is one (model card).
ms-marco-MiniLM-L-12-v2: one logit for query and passage together (model card). Both read 512 tokens and cut the rest.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lambdas.core.retrieval.protocols import TextKind
from stacks.local.small_models.files import ModelFiles

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EMBEDDING_MODEL = "BAAI/bge-small-en-v1.5"
RERANKING_MODEL = "cross-encoder/ms-marco-MiniLM-L-12-v2"
DIMENSIONS = 384
MAX_TOKENS = 512
_QUERY = "Represent this sentence for searching relevant passages: "
_BATCH = 16
"""Texts of like length that are run together: more of them only wait for memory."""

Progress = Callable[[int], None]


class SmallEmbedder:
    """bge-small; `progress` hears how many texts are done. Not safe for threads at load, safe after."""

    model = EMBEDDING_MODEL
    dimensions = DIMENSIONS

    def __init__(self, files: ModelFiles, progress: Progress = lambda _: None) -> None:
        """Load the model, which takes 0.2 s."""
        self._network = _Network(files.libraries, files.embedding)
        self._progress = progress

    def embed(self, texts: Sequence[str], kind: TextKind) -> list[list[float]]:
        """Return a vector a text, in their order."""
        told = [_QUERY + text if kind == "query" else text for text in texts]
        return self._network.run(told, _first_token, self._progress)

    def tokens(self, text: str) -> int:
        """Return how many tokens the model reads of a text."""
        return self._network.tokens(text)


class SmallReranker:
    """The MiniLM cross-encoder."""

    model = RERANKING_MODEL

    def __init__(self, files: ModelFiles) -> None:
        """Load the model, which takes 0.2 s."""
        self._network = _Network(files.libraries, files.reranking)

    def rank(self, query: str, passages: Sequence[str]) -> list[float]:
        """Return a logit a passage, in their order."""
        return self._network.run([(query, passage) for passage in passages], _logit)


class _Network:
    """A network with its tokenizer; runs inputs of like length together."""

    def __init__(self, libraries: Path, folder: Path) -> None:
        if str(libraries) not in sys.path:
            sys.path.append(str(libraries))  # last: what .venv has of the same name, such as numpy, stays in use
        # onnxruntime reports each session to its maker from 1.29 on, unless this is set before it is loaded.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        # By name: only a machine that has the models has these libraries.
        onnxruntime, tokenizers = import_module("onnxruntime"), import_module("tokenizers")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(os.cpu_count() or 1, 4)
        options.inter_op_num_threads = 1
        # A thread that spins while it waits takes the core from whoever it waits for.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        providers = ["CPUExecutionProvider"]
        self._session: Any = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=providers)
        self._tokenizer: Any = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()

    def tokens(self, text: str) -> int:
        return len(self._tokenizer.encode(text).ids)

    def run(
        self,
        inputs: Sequence[str] | Sequence[tuple[str, str]],
        read: Callable[[NDArray[np.float32]], list[Any]],
        progress: Progress = lambda _: None,
    ) -> list[Any]:
        encoded = self._tokenizer.encode_batch(list(inputs))
        order = sorted(range(len(encoded)), key=lambda index: len(encoded[index].ids))
        found: list[Any] = [None] * len(encoded)
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            answers = read(self._session.run(None, _padded([encoded[index] for index in batch]))[0])
            for index, answer in zip(batch, answers, strict=True):
                found[index] = answer
            progress(start + len(batch))
        return found


def _padded(encoded: Sequence[Any]) -> dict[str, NDArray[np.int64]]:
    import numpy as np  # noqa: PLC0415 - an import that the local target's start does without

    shape = (len(encoded), max(len(one.ids) for one in encoded))
    fields = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
    arrays = {name: np.zeros(shape, dtype=np.int64) for name in fields}
    for row, one in enumerate(encoded):
        for name, attribute in fields.items():
            arrays[name][row, : len(one.ids)] = getattr(one, attribute)
    return arrays


def _first_token(states: NDArray[np.float32]) -> list[list[float]]:
    import numpy as np  # noqa: PLC0415 - as above

    vectors = states[:, 0]
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).tolist()


def _logit(logits: NDArray[np.float32]) -> list[float]:
    return logits[:, 0].tolist()
