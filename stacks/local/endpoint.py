"""The AWS endpoint: moto's own HTTP front on 127.0.0.1, in this process, silent."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# moto's server is only partly typed.

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app

from stacks.local.mail_links import with_mail_links
from stacks.local.web import LocalServer, QuietHandler, only_local_names

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class _Handler(QuietHandler, MotoRequestHandler):
    """Moto's handling of header names, without its log."""


class _Dispatcher(DomainDispatcherApplication):
    """Moto's choice of a service by host name, made once a name: moto lists its own folder at every request."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self._chosen: dict[str | None, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        if host not in self._chosen:
            self._chosen[host] = super().get_backend_for_host(host)
        return self._chosen[host]


def start_endpoint(port: int, controls: Iterable[Callable[[WSGIApplication], WSGIApplication]] = ()) -> LocalServer:
    """Serve the emulated AWS, empty, on `port` (0: any free one); `controls` put paths of their own before it.

    Raises `PortInUseError`.
    """
    forget_everything()
    app: WSGIApplication = with_mail_links(_Dispatcher())
    for control in controls:
        app = control(app)
    return LocalServer(only_local_names(app), port, option="--port", handler=_Handler)


def forget_everything() -> None:
    """Empty every emulated service: moto keeps its state for the whole process."""
    BackendDict.reset()
    reset_model_data()
