"""Both models as `core.retrieval.protocols` asks for them, run by onnxruntime on the CPU.

bge-small-en-v1.5: the vector is that of the first token, of length 1; a query is told that it is one (model card).
ms-marco-MiniLM-L-12-v2: one logit for query and passage together (model card). Both read 512 tokens and cut the rest.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

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
_AT_ONCE = min(os.cpu_count() or 1, 4)

T = TypeVar("T")


class SmallEmbedder:
    """bge-small. Not safe for threads at load, safe after."""

    model = EMBEDDING_MODEL
    dimensions = DIMENSIONS

    def __init__(self, files: ModelFiles) -> None:
        """Load the model, which takes 0.2 s."""
        self._network = _Network(files.libraries, files.embedding)

    def embed(self, texts: Sequence[str], kind: TextKind) -> list[list[float]]:
        """Return a vector a text, in their order."""
        told = [_QUERY + text if kind == "query" else text for text in texts]
        return self._network.run(told, _first_token)


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
    """A network with its tokenizer. Each input is run alone, on a core of its own.

    Several in one batch take longer (60 ms a passage of 250 tokens alone, 80 ms in batches of 16), and an int8 network
    would then answer each by what stands beside it. One input on several cores leaves them waiting for one another.
    """

    def __init__(self, libraries: Path, folder: Path) -> None:
        if str(libraries) not in sys.path:
            sys.path.append(str(libraries))  # last: what .venv has of the same name, such as numpy, stays in use
        # onnxruntime reports each session to its maker from 1.29 on, unless this is set before it is loaded.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        # By name: only a machine that has the models has these libraries.
        onnxruntime, tokenizers = import_module("onnxruntime"), import_module("tokenizers")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        providers = ["CPUExecutionProvider"]
        self._session: Any = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=providers)
        self._tokenizer: Any = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()

    def run(self, inputs: Sequence[str | tuple[str, str]], read: Callable[[NDArray[np.float32]], T]) -> list[T]:
        """Return what `read` takes of the network's output for each input, in their order."""
        encoded: list[Any] = self._tokenizer.encode_batch(list(inputs))

        def answer(one: Any) -> T:
            return read(self._output(one))

        with ThreadPoolExecutor(_AT_ONCE) as cores:
            return list(cores.map(answer, encoded))

    def _output(self, encoded: Any) -> NDArray[np.float32]:
        import numpy as np  # noqa: PLC0415 - an import that the local target's start does without

        given = {
            "input_ids": encoded.ids,
            "attention_mask": encoded.attention_mask,
            "token_type_ids": encoded.type_ids,
        }
        (output,) = self._session.run(None, {name: np.array([each], dtype=np.int64) for name, each in given.items()})
        return output[0]


def _first_token(states: NDArray[np.float32]) -> list[float]:
    import numpy as np  # noqa: PLC0415 - as above

    return (states[0] / np.linalg.norm(states[0])).tolist()


def _logit(logits: NDArray[np.float32]) -> float:
    return float(logits[0])
