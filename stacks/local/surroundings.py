"""Keep the developer's AWS settings away from every process that runs the local target."""

from __future__ import annotations

import os

_INSTEAD = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    # Read by moto when it is imported: by default it lets pages of any origin read what it answers.
    "MOTO_DISABLE_GLOBAL_CORS": "true",
}
_THIS_MACHINE = "127.0.0.1,localhost"


def forget_developer_settings() -> None:
    """Take credentials, profile, region and endpoint out of this process for good, and proxies off this machine's way.

    Not only while a target runs: moto asks the SDK for its settings while it is imported.
    """
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(_INSTEAD)
    for name in ("NO_PROXY", "no_proxy"):
        known = os.environ.get(name)
        os.environ[name] = f"{known},{_THIS_MACHINE}" if known else _THIS_MACHINE
