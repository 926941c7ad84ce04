"""Keep the developer's AWS settings away from this process while the local target runs."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager

_DUMMIES = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


@contextmanager
def no_developer_settings(region: str) -> Generator[None]:
    """Every AWS_* variable replaced by dummies, profiles and files unread; put back at the end."""
    saved = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    try:
        for name in saved:
            del os.environ[name]
        os.environ.update(_DUMMIES, AWS_DEFAULT_REGION=region, AWS_REGION=region)
        yield
    finally:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
        os.environ.update(saved)
