"""What can go wrong between us and a model, before a role of the model makes it an error of ours."""

from collections.abc import Generator
from contextlib import contextmanager

from lambdas.core.errors import AgentOpsError, RecordError, StoreUnavailableError


class ModelError(Exception):
    """Base of what this package raises inside itself."""


class ModelBusyError(ModelError):
    """No answer, or one that says to come back: another try may do, though not within `after_s` seconds."""

    def __init__(self, message: str, *, after_s: float = 0.0) -> None:
        super().__init__(message)
        self.after_s = after_s


class ModelRefusedError(ModelError):
    """The model refused the request; `status` is HTTP's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class ModelAbsentError(ModelError):
    """There is no model to ask, or no key to ask it with; the message says what to configure."""


class ModelReplyError(ModelError):
    """The reply is not of the protocol. The message never repeats its words: they may be anybody's."""


_ACCESS_STATUSES = frozenset({401, 402, 403})


@contextmanager
def told_as(unavailable: type[AgentOpsError], wrong: type[AgentOpsError]) -> Generator[None]:
    """Raise `unavailable` where no answer can be had now, `wrong` where the answer or the request is not right."""
    try:
        yield
    except (ModelBusyError, ModelAbsentError, StoreUnavailableError, RecordError) as error:
        raise unavailable(str(error)) from error
    except ModelRefusedError as error:
        raise (unavailable if error.status in _ACCESS_STATUSES else wrong)(str(error)) from error
    except ModelReplyError as error:
        raise wrong(str(error)) from error
