"""SNS: mails that their reader has asked for, functions with AWS's event, and nothing that leaves this machine."""

from __future__ import annotations

from stacks.local.emulation.sns import delivery, subscriptions
from stacks.local.emulation.sns.subscriptions import confirm, unsubscribe

__all__ = ["confirm", "install", "unsubscribe"]


def install() -> None:
    """Patch SNS."""
    delivery.install()
    subscriptions.install()
