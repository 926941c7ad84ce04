"""The process that runs the model: llama.cpp's own HTTP server, until its standard input ends.

Run as `python -I server_process.py LIBRARIES MODEL THREADS CONTEXT`. It writes its address as its first line.
"""

import os
import sys
from importlib import import_module
from typing import Any


def main(libraries: str, model: str, threads: int, context: int) -> None:
    """Serve on 127.0.0.1, at any free port."""
    sys.path.insert(0, libraries)
    llama: Any = import_module("xllamacpp")
    parameters = llama.CommonParams()
    parameters.model.path = model
    parameters.hostnames, parameters.port = ["127.0.0.1"], 0
    parameters.n_ctx, parameters.n_parallel = context, 1
    parameters.cpuparams.n_threads = threads
    parameters.ui, parameters.endpoint_slots, parameters.warmup = False, False, False
    parameters.verbosity = 0
    server = llama.Server(parameters)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()
    os._exit(0)  # the library's own end waits for a call that may be running


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
