"""Run functions for the emulated AWS: find the version, lend a worker, write the log, hand back what Lambda would."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from stacks.local.emulation.hooks import InvokeResult
from stacks.local.errors import FunctionError
from stacks.local.functions import platform
from stacks.local.functions.logs import LogWriter
from stacks.local.functions.pool import BusyError, Pool
from stacks.local.functions.processes import Processes
from stacks.local.functions.runtime_api import MAX_REQUEST_BYTES
from stacks.local.functions.spec import FunctionSpec, find_spec
from stacks.local.functions.worker import Outcome, Surroundings, Worker
from stacks.local.template.resource import Code

_TAIL_CHARACTERS = 4096


class FunctionRunner:
    """Invokes the deployed functions; `metrics` takes a namespace and data as PutMetricData does.

    What is invoked before `use` waits for it: a deployment's own events come while it is still going on. `eager` is
    how many processes a function gets before its events wait a moment for one of them.
    `close` ends every process; an invocation under way then fails.
    """

    def __init__(
        self,
        account: str,
        surroundings: Surroundings,
        logs: LogWriter,
        metrics: Callable[[str, list[dict[str, Any]]], None],
        eager: int,
    ) -> None:
        self._account = account
        self._surroundings = surroundings
        self._processes = Processes(surroundings.bytecode)
        self._logs = logs
        self._metrics = metrics
        self._eager = eager
        self._functions: Mapping[str, Code] = {}
        self._layers: Mapping[str, Path] = {}
        self._pools: dict[FunctionSpec, Pool] = {}
        self._lock = threading.Lock()
        self._usable = threading.Event()
        self._warming = ThreadPoolExecutor(1, thread_name_prefix="warming")
        self._closed = False

    def use(self, functions: Mapping[str, Code], layers: Mapping[str, Path]) -> None:
        """Tell which functions were deployed, and where each layer's folder is, by the name of its lock."""
        self._functions, self._layers = functions, layers
        self._usable.set()

    def warm(self, arn: str, code: Code, layers: Mapping[str, Path]) -> None:
        """Start a process for a version of a function in the background: one after the other, also before `use`."""
        with suppress(RuntimeError):  # closed meanwhile
            self._warming.submit(self._warm, arn, code, layers)

    def _warm(self, arn: str, code: Code, layers: Mapping[str, Path]) -> None:
        function, _, version = arn.rpartition(":")
        functions = {function.rpartition(":")[2]: code}
        with suppress(FunctionError, BusyError):
            spec = self._spec(function, version, functions, layers)
            with self._pool(spec).worker():
                pass

    def invoke(self, name_or_arn: str, payload: bytes, *, qualifier: str | None) -> InvokeResult:
        """Run a function and wait for it (`stacks.local.emulation.hooks.InvokeFunction`)."""
        self._usable.wait()
        try:
            spec = self._spec(name_or_arn, qualifier, self._functions, self._layers)
            if len(payload) > MAX_REQUEST_BYTES:
                return _failure("RequestEntityTooLarge", f"{len(payload)} byte payload, limit {MAX_REQUEST_BYTES}")
            with self._pool(spec).worker() as worker:
                return self._run(worker, payload)
        except FunctionError as error:
            return _failure("FunctionError", str(error))
        except BusyError as error:
            return _failure("TooManyRequestsException", str(error))

    def close(self) -> None:
        """End every worker, several at a time."""
        with self._lock:
            self._closed = True
            self._usable.set()
            pools = list(self._pools.values())
        with ThreadPoolExecutor(8) as executor:
            list(executor.map(Pool.close, pools))
        self._warming.shutdown(cancel_futures=True)
        self._processes.close()

    @property
    def workers(self) -> int:
        """How many worker processes there are."""
        with self._lock:
            return sum(pool.size for pool in self._pools.values())

    def _spec(
        self, name_or_arn: str, qualifier: str | None, functions: Mapping[str, Code], layers: Mapping[str, Path]
    ) -> FunctionSpec:
        return find_spec(
            name_or_arn,
            qualifier,
            account=self._account,
            region=self._surroundings.region,
            functions=functions,
            layers=layers,
        )

    def _pool(self, spec: FunctionSpec) -> Pool:
        with self._lock:
            if self._closed:
                raise BusyError("the local target is closing")
            if spec not in self._pools:
                self._pools[spec] = Pool(lambda: Worker(spec, self._surroundings, self._processes), self._eager)
            return self._pools[spec]

    def _run(self, worker: Worker, payload: bytes) -> InvokeResult:
        request_id, spec = str(uuid.uuid4()), worker.spec
        before, init_ms = worker.take_output(), worker.take_init_ms()
        if worker.init_error is not None:
            outcome = Outcome(worker.init_error, failed=True, duration_ms=0.0)
        else:
            outcome = worker.invoke(request_id, payload or b"{}")
        lines = [
            *_lines(before),
            *platform.opening(spec, request_id),
            *_lines(worker.take_output()),
            *platform.closing(spec, request_id, outcome, init_ms),
        ]
        self._logs.write(spec.log_group, worker.log_stream, lines)
        self._metrics("AWS/Lambda", platform.metric_data(spec, outcome))
        tail = "\n".join(lines)[-_TAIL_CHARACTERS:]
        return InvokeResult(outcome.payload, "Unhandled" if outcome.failed else None, tail)


def _lines(text: str) -> list[str]:
    # The runtime joins the lines of one multi-line record with carriage returns.
    return [line.replace("\r", "\n") for line in text.split("\n") if line]


def _failure(kind: str, message: str) -> InvokeResult:
    return InvokeResult(json.dumps({"errorType": kind, "errorMessage": message}).encode(), "Unhandled")
