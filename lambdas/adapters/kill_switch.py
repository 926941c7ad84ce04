"""The kill switch: one SSM parameter, read anew each time and never cached."""

from typing import Literal

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.adapters import clients

KillSwitch = Literal["run", "no-new-changes", "stop-all", "unreadable"]
_VALUES: dict[str, KillSwitch] = {"run": "run", "no-new-changes": "no-new-changes", "stop-all": "stop-all"}


def read_kill_switch(parameter: str) -> KillSwitch:
    """Return the switch. A value that cannot be read, or that is none of the three, is `unreadable`: nothing new."""
    try:
        value = clients.ssm().get_parameter(Name=parameter)["Parameter"].get("Value", "")
    except (ClientError, BotoCoreError):
        return "unreadable"
    return _VALUES.get(value.strip(), "unreadable")
