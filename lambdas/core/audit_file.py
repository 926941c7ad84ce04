"""The check of an export's file: whether it is whole, and whether what it holds is."""

from collections.abc import Iterable

from pydantic import ValidationError

from lambdas.core.audit_check import AuditCheck, Report, first_error
from lambdas.core.audit_export import End, Header, Line, read_line

LONGEST_LINE = 1_000_000
"""Bytes. An item of DynamoDB has at most 400 KB, and its text as JSON hardly more."""
_UNREADABLE_LINES = 20


def check_file(lines: Iterable[bytes]) -> Report:
    """Return what is wrong with an export, given line by line; no line need be longer than `LONGEST_LINE` and one."""
    reader = _Reader()
    for number, line in enumerate(lines, start=1):
        if not reader.take(number, line):
            break
    return reader.report()


class _Reader:
    def __init__(self) -> None:
        self._check = AuditCheck()
        self._end: End | None = None
        self._last = 0
        self._unreadable = 0
        self._stopped = False

    def take(self, number: int, raw: bytes) -> bool:
        """Take a line. Return False where reading on would tell nothing more."""
        self._last = number
        line = self._line(number, raw)
        if line is None:
            self._unreadable += 1
            self._stopped = len(raw) > LONGEST_LINE or self._unreadable == _UNREADABLE_LINES
            if self._stopped:
                self._check.fault(f"line {number}: reading stopped here; this is no export of ./agentops audit")
            return not self._stopped
        if self._end:
            self._check.fault(f"line {number}: it stands after the end; lines were added")
            self._end = None
        if number == 1:
            self._begin(line)
        elif isinstance(line, Header):
            self._check.fault(f"line {number}: a header, which only the first line is")
        if isinstance(line, End):
            self._end = line
        elif not isinstance(line, Header):
            self._check.take(line)
        return True

    def report(self) -> Report:
        if not self._last:
            self._check.fault("the file is empty")
        elif not self._stopped and self._end is None:
            self._check.fault(f"line {self._last}: the file has no end after it; it was cut off")
        elif self._end and self._end.lines != self._last - 2:
            counted = f"the end counts {self._end.lines} lines and there are {self._last - 2}"
            self._check.fault(f"line {self._last}: {counted}; lines were removed or added")
        return self._check.report()

    def _begin(self, line: Line) -> None:
        if isinstance(line, Header):
            self._check = AuditCheck(line.plan_id)
        else:
            self._check.fault("line 1: it is not the header that an export begins with")

    def _line(self, number: int, raw: bytes) -> Line | None:
        if len(raw) > LONGEST_LINE:
            self._check.fault(f"line {number}: it is longer than {LONGEST_LINE:,} bytes")
            return None
        try:
            return read_line(raw.decode())
        except UnicodeDecodeError as error:
            why = f"byte {error.start + 1} is no UTF-8"
        except ValidationError as error:
            why = first_error(error)
        except ValueError as error:
            why = f"it is no JSON: {error}"
        self._check.fault(f"line {number}: it cannot be read: {why}")
        return None
