"""What boto3 reads from disk, read once for every session of this process.

Each session reads the models of its services anew, and the index of all services: moto makes a session while its EC2
is imported, three in fact, and each reads the largest model that there is.
"""

from __future__ import annotations

import botocore.session
from botocore.loaders import Loader


def share_models() -> None:
    """Let the sessions that are made from now on share what they read; call it before anything of moto is imported.

    A session that was told folders of its own (AWS_DATA_PATH) reads them itself.
    """
    stock, shared = botocore.session.create_loader, botocore.session.create_loader()

    def create_loader(search_path_string: str | None = None) -> Loader:
        return stock(search_path_string) if search_path_string else shared

    botocore.session.create_loader = create_loader
