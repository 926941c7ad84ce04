"""What a fork server runs: `python -I -S fork_server.py PATH...`; it imports what is slow, then forks workers.

Standard input is a socket. A request on it is JSON {bootstrap, handler, cwd, environment} with two descriptors, the
worker's standard input and its output; the answers are {"started": PID}, in the order of the requests, and, later,
{"ended": PID, "code": as subprocess tells it}. The server ends when the other end of the socket is closed; its workers
have a lifeline of their own. Only packages of the layers are imported, and none that looks at the environment, so that
a worker is what a process started for it would be. The server has one thread, as fork demands.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import select
import socket
import sys
from contextlib import suppress
from typing import Any, NamedTuple, TypedDict

# What every function loads: the runtime's dependencies, the SDK down to what a client needs, and pydantic's own parts,
# which it loads only when asked.
_PRELOADED = (
    "simplejson",
    "snapshot_restore_py",
    "boto3",
    "pydantic.main",
    "pydantic.fields",
    "pydantic.functional_validators",
    "pydantic.type_adapter",
    "pydantic.types",
)
# Whose clients most functions make, and what botocore reads for a client of any service.
_SERVICES = ("dynamodb", "s3", "ssm", "sagemaker", "events", "cloudwatch")
_MODELS = ("service-2", "endpoint-rule-set-1")
_DATA = ("endpoints", "partitions", "sdk-default-configuration", "_retry")
# Linux's limit to one message is about 200 KB; an environment may have 4 KB, and a handler and folders little more.
_MAX_BYTES = 64 * 1024


class Request(TypedDict):
    """What a worker is to be."""

    bootstrap: str
    handler: str
    cwd: str
    environment: dict[str, str]


class _Order(NamedTuple):
    request: Request
    stdin: int
    output: int


def _preload() -> None:
    gc.disable()
    for name in _PRELOADED:
        with suppress(Exception):  # the function that needs it tells what is wrong with it
            importlib.import_module(name)
    with suppress(Exception):
        _read_service_models()
    gc.freeze()  # else every collection in a worker would copy the pages that all share


def _read_service_models() -> None:
    """Read from botocore's own folder what nearly every worker would; their sessions find it read.

    A worker that names a folder of its own (AWS_DATA_PATH) gets what botocore makes of that.
    """
    loaders: Any = importlib.import_module("botocore.loaders")
    session: Any = importlib.import_module("botocore.session")
    stock = session.create_loader
    loader = loaders.Loader([loaders.Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    for name in _DATA:
        loader.load_data_with_path(name)
    for service in _SERVICES:
        for model in _MODELS:
            loader.load_service_model(service, model)

    def create_loader(folders: str | None = None) -> Any:
        return stock(folders) if folders else loader

    session.create_loader = create_loader


def _serve(control: socket.socket) -> _Order | None:
    """Fork a worker for each request; return what it is to be in the worker, and None in the server at the end."""
    workers: dict[int, int] = {}
    poll = select.poll()
    poll.register(control, select.POLLIN)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor != control.fileno():
                poll.unregister(descriptor)
                _tell_end(control, descriptor, workers.pop(descriptor))
                continue
            message, passed, _, _ = socket.recv_fds(control, _MAX_BYTES, 2)
            if not message:
                return None
            order = _Order(json.loads(message), *passed)
            pid = os.fork()
            if not pid:
                return order
            for each in passed:
                os.close(each)
            _tell(control, started=pid)
            ended = os.pidfd_open(pid)
            workers[ended] = pid
            poll.register(ended, select.POLLIN)


def _tell_end(control: socket.socket, descriptor: int, pid: int) -> None:
    os.close(descriptor)
    _, status = os.waitpid(pid, 0)
    _tell(control, ended=pid, code=os.waitstatus_to_exitcode(status))


def _tell(control: socket.socket, **answer: int) -> None:
    control.send(json.dumps(answer).encode())


def _become(order: _Order) -> None:
    """Be the worker from here on: a session, descriptors, folder and environment of its own, as a new process has."""
    os.setsid()
    os.dup2(order.stdin, 0)
    os.dup2(order.output, 1)
    os.dup2(order.output, 2)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    request = order.request
    os.chdir(request["cwd"])
    os.environ.update(request["environment"])
    gc.enable()
    sys.argv = [request["bootstrap"], request["handler"]]
    runpy.run_path(request["bootstrap"], run_name="__main__")


def _main() -> None:
    sys.path[:0] = sys.argv[1:]
    _preload()
    control = socket.socket(fileno=os.dup(0))
    order = _serve(control)
    if order is not None:
        control.detach()
        _become(order)


_main()
