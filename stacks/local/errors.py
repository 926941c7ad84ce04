"""What the local target raises. Every message says what was wrong, where, and what to do.

LocalTargetError
    AssemblyError           the synthesised assembly is missing or malformed
    SynthesisError          app.py failed
    TemplateError           a template says something that the local target cannot resolve
        UnknownTypeError
        UnknownIntrinsicError
    CreationError           the emulated AWS refused a resource
    LayerError              a dependency layer could not be found or built
    FunctionError           a function cannot be run here
    PortInUseError          a port that was asked for is taken
"""

from __future__ import annotations


class LocalTargetError(Exception):
    """The local target cannot start or go on."""


class AssemblyError(LocalTargetError):
    """The cloud assembly cannot be read."""


class SynthesisError(LocalTargetError):
    """The CDK app did not synthesise."""


class TemplateError(LocalTargetError):
    """A template cannot be resolved; `where` is `Stack/LogicalId`."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where = where


class UnknownTypeError(TemplateError):
    """A resource type that is neither realised locally nor on the list of those that need not be."""


class UnknownIntrinsicError(TemplateError):
    """An intrinsic function that the local target does not know."""


class CreationError(TemplateError):
    """The emulated AWS refused to create a resource."""


class LayerError(LocalTargetError):
    """A dependency layer is unknown or could not be built."""


class ModelFilesError(LocalTargetError):
    """The small models could not be fetched, or are not the files that the project expects."""


class FunctionError(LocalTargetError):
    """A function cannot be run on this machine."""


class PortInUseError(LocalTargetError):
    """Another program listens on a port that was asked for."""

    def __init__(self, port: int, option: str) -> None:
        super().__init__(
            f"port {port} is in use. Choose another with {option} N (0 takes any free one), or stop what listens there."
        )
        self.port = port
