"""The AWS endpoint: moto's own HTTP front on 127.0.0.1, in this process, silent."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# moto's server is only partly typed.

from __future__ import annotations

from collections.abc import Callable

from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app

from stacks.local.emulation.sagemaker.faults import Faults
from stacks.local.fault_control import with_fault_control
from stacks.local.mail_links import with_mail_links
from stacks.local.web import LocalServer, QuietHandler, only_local_names


class _Handler(QuietHandler, MotoRequestHandler):
    """Moto's handling of header names, without its log."""


def start_endpoint(port: int, faults: Callable[[], Faults] | None = None) -> LocalServer:
    """Serve the emulated AWS, empty, on `port` (0: any free one), with a switch for `faults` if there are any.

    Raises `PortInUseError`.
    """
    forget_everything()
    app = with_mail_links(DomainDispatcherApplication(create_backend_app))
    if faults is not None:
        app = with_fault_control(app, faults)
    return LocalServer(only_local_names(app), port, option="--port", handler=_Handler)


def forget_everything() -> None:
    """Empty every emulated service: moto keeps its state for the whole process."""
    BackendDict.reset()
    reset_model_data()
