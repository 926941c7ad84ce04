"""What can go wrong while the emulation is installed."""


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


class NotInstalledError(EmulationError):
    """A seam ran before `install(hooks)` was called."""

    def __init__(self) -> None:
        super().__init__("the emulation has no hooks yet: call stacks.local.emulation.install(hooks) first")
