"""The entry point of the approval pages, behind the HTTP API: GET shows, only POST decides.

Nothing of a call is logged but its method, its id and the answer's status: the path is the link.
"""

import traceback
from typing import Any

from lambdas.adapters.entry import logger, now
from lambdas.adapters.settings import variable
from lambdas.core.approving import notices
from lambdas.core.approving.forms import MAX_BODY_BYTES
from lambdas.core.approving.notices import Notice, notice_page
from lambdas.core.errors import TransientError
from lambdas.decide_approval.answering import answer_case, form_of
from lambdas.decide_approval.case import open_case
from lambdas.decide_approval.web import METHODS, Call, Page, answer, call_of, is_foreign, is_form


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answer one call with a page, whatever happens."""
    call = None
    try:
        call = call_of(event)
        page = _respond(call, now())
    except TransientError as error:
        _log_failure(error, call)
        page = _told(notices.BUSY)
    except Exception as error:  # noqa: BLE001 - a person gets a page, never a stack trace
        _log_failure(error, call)
        page = _told(notices.broken(call.request_id if call else "unknown"))
    logger.info("page served", extra={"status": page.status, **_named(call)})
    return answer(call, page)


def _respond(call: Call, at: str) -> Page:
    if not call.secret:
        return _told(notices.UNKNOWN)
    if call.method not in METHODS:
        return _told(notices.NOT_ALLOWED)
    if call.method == "OPTIONS":
        return Page(204, "")
    if call.method == "POST" and (refused := _refusal(call)):
        return _told(refused)
    case = open_case(call.secret, at)
    if isinstance(case, Notice):
        return _told(case)
    return answer_case(case, call) if call.method == "POST" else Page(200, form_of(case))


def _refusal(call: Call) -> Notice | None:
    """Return why a call cannot come from the page's form, whatever it says; None where it can."""
    if not is_form(call):
        return notices.NOT_A_FORM
    if len(call.body) > MAX_BODY_BYTES:
        return notices.TOO_LARGE
    return notices.FOREIGN if is_foreign(call, variable("APPROVALS_URL")) else None


def _told(notice: Notice) -> Page:
    return Page(notice.status, notice_page(notice))


def _log_failure(error: Exception, call: Call | None) -> None:
    # Its kind and its place, but not its words: they may quote a record, and a record may hold a token.
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    logger.error("page failed", extra={"error": type(error).__name__, "places": places[-5:], **_named(call)})


def _named(call: Call | None) -> dict[str, str]:
    return {"method": call.method if call.method in METHODS else "other", "request": call.request_id} if call else {}
