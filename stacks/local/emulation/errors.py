"""What can go wrong while the emulation is installed or runs."""

from __future__ import annotations


class EmulationError(Exception):
    """Base of this room's errors."""


class MotoVersionError(EmulationError):
    """The installed moto is not the one that the patches were written against."""

    def __init__(self, required: str, installed: str) -> None:
        self.required = required
        self.installed = installed
        super().__init__(
            f"moto {installed} is installed, but the local target patches private code of moto {required}: "
            f"install moto=={required}, or port stacks/local/emulation and run tests/local/emulation"
        )


class SeamError(EmulationError):
    """A patch does not fit: moto has no such attribute, or the replacement does not say why it exists."""

    def __init__(self, seam: str, problem: str) -> None:
        super().__init__(f"cannot patch {seam}: {problem}")


class NotInstalledError(EmulationError):
    """A seam ran before `install(hooks)` was called."""

    def __init__(self) -> None:
        super().__init__("the emulation has no hooks yet: call stacks.local.emulation.install(hooks) first")


class NetworkRefusedError(EmulationError):
    """A request was about to leave this machine."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(
            f"the local target does not emulate {url} and never calls the real AWS: "
            "use an emulated service, or add it to stacks/local/emulation"
        )
