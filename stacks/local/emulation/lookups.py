"""What moto looks up again at each request, or for each service, although it cannot have changed."""

from __future__ import annotations

from functools import cache

from moto.core import responses, utils
from moto.core.loaders import Loader, create_loader
from moto.core.utils import method_names_from_class

from stacks.local.emulation.patching import patch

_stock_method_names, _stock_create_loader = method_names_from_class, create_loader


@cache
def method_names(clazz: type) -> list[str]:
    """Stock moto lists the methods of a service's class at each request, a tenth of what a small one takes."""
    return _stock_method_names(clazz)


@cache
def loader() -> Loader:
    """Stock moto lists all of botocore's folders for each service whose model it loads."""
    return _stock_create_loader()


def install() -> None:
    """Look things up once."""
    patch(responses, "method_names_from_class", method_names)
    patch(utils, "create_loader", loader)
