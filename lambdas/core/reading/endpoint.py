"""Endpoint names in a text: they are computed, so any but the one that the plan will have is asked about."""

import re

from lambdas.core.contracts.base import Environment
from lambdas.core.contracts.reading import Problem
from lambdas.core.reading.page import Page, problem, shortened

_NAME = r"[^\W_][\w-]*"
_ENDPOINT = re.compile(
    rf"(?<![\w-])endpoint(?: name(?: is)?| called| named)?(?: ?[:=] ?| )(?P<suffixed>{_NAME}-(?:dev|staging|stg|prod))"
    rf"(?![\w-])|(?<![\w-])endpoint(?: name(?: is)? ?| called | named | ?[:=] ?)(?P<called>{_NAME})"
    rf"|(?<![\w-])(?:to|on|onto|into|at|over) (?:the |our )(?P<other>{_NAME}) endpoint(?![\w-])"
    rf"|(?<![\w./-])(?P<alone>{_NAME}-(?:dev|staging|stg|prod|production))(?![\w-])"
)


def take_endpoints(page: Page) -> tuple[str, ...]:
    """Take the endpoint names of the text ("endpoint called payments", "chatbot-y-prod"), so that none is a slug."""
    return tuple(name for match in page.take(_ENDPOINT) for name in match.groups() if name)


def endpoint_problems(names: tuple[str, ...], application: str | None, env: Environment | None) -> tuple[Problem, ...]:
    """Return the question about names that are not the application's own: APPLICATION-ENV, as the plan computes it."""
    foreign = [name for name in dict.fromkeys(names) if not application or name not in _own(application, env)]
    if not foreign:
        return ()
    listed = ", ".join(f"'{shortened(name, 40)}'" for name in foreign[:4])
    question = (
        f"Endpoint names are computed from application and environment; {listed} cannot be chosen."
        " Can it be left out, or is it another application?"
    )
    return (problem("not_understood", "text", question, f"for {application or 'chatbot-x'}"),)


def _own(application: str, env: Environment | None) -> tuple[str, ...]:
    return (application, f"{application}-{env}")
