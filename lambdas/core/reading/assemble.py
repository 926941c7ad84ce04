"""Every reader once over one page, in the order in which they may take words, into one reading."""

import re
from itertools import chain
from typing import Any

from lambdas.core.contracts.base import Environment, Operation
from lambdas.core.contracts.intent import MAX_INTENT_CHARACTERS, Constraints
from lambdas.core.contracts.reading import IntentReading, ModelMention, Problem
from lambdas.core.reading.application import read_application, read_object, read_subject
from lambdas.core.reading.asides import take_asides
from lambdas.core.reading.concerns import concerns, unread
from lambdas.core.reading.count import read_count
from lambdas.core.reading.endpoint import endpoint_problems, take_endpoints
from lambdas.core.reading.machine import read_instance_type
from lambdas.core.reading.model import read_models
from lambdas.core.reading.money import read_budget
from lambdas.core.reading.names import CatalogueLike
from lambdas.core.reading.operation import read_operation
from lambdas.core.reading.page import Answer, Page, problem
from lambdas.core.reading.place import read_environment, read_region
from lambdas.core.reading.politeness import set_politeness_aside
from lambdas.core.reading.sentences import says_the_same, tells
from lambdas.core.reading.steps import take_steps
from lambdas.core.reading.traffic import read_traffic

_SPOKEN = {"rollback": "roll back"}
_SIZE_ALONE = re.compile(r"[0-9.]+[ -]?b[a-z]*")
_EXAMPLE = "deploy llama-3.1 8B for chatbot-x in staging"


def read_intent(
    text: str, catalogue: CatalogueLike, *, env: Environment | None, constraints: Constraints, region: str
) -> IntentReading:
    """Read an intent's text together with the fields given beside it; pure, and never raises on any text.

    `region` is the stack's own. A value of the reading is None where text and fields say nothing or disagree; what
    stands in the way of a plan is in `problems`, and only a reading of operation "deploy" can be without any.
    """
    page = Page(text)
    if len(page.text) > MAX_INTENT_CHARACTERS:
        return _too_long(len(page.text))
    set_politeness_aside(page)
    said = take_asides(page)
    place = read_region(page, region)
    steps = take_steps(page)
    machine = read_instance_type(page, constraints.instance_type)
    budget = read_budget(page, constraints.budget_usd_per_hour)
    count = read_count(page, constraints.instance_count)
    traffic = read_traffic(page, steps.shift)
    environment = read_environment(page, env)
    models = read_models(page, catalogue)
    operation, of_operation = read_operation(
        page, names_model=bool(models.value), names_place=environment.value is not None
    )
    endpoints = take_endpoints(page) if operation in {"deploy", None} else ()
    application = _application(page, operation)
    operation = operation or _unspoken(page, models, environment, machine, application)
    if operation == "question":
        models, application = _told_of(page, models, application)
    answers = (models, environment, place, machine, budget, count, traffic, application)
    left = (*endpoint_problems(endpoints, application.value, environment.value), *_concerns(page, models))
    return IntentReading(
        operation=operation or "question",
        models=models.value or (),
        application=application.value,
        env=environment.value,
        region=place.value,
        budget_usd_per_hour=budget.value,
        instance_type=machine.value,
        instance_count=count.value,
        traffic=traffic.value,
        not_understood=(*endpoints, *said, *steps.said, *page.remarks, *unread(page)),
        problems=_problems(operation, of_operation, answers, left),
    )


def _unspoken(
    page: Page,
    models: Answer[tuple[ModelMention, ...]],
    environment: Answer[Environment],
    machine: Answer[str],
    application: Answer[str],
) -> Operation | None:
    """Return what a text without a verb asks for: a model and a place or an application are a deployment.

    None where it says something of a deployment, and too little to tell what it asks for.
    """
    if not any(re.search(r"[a-z0-9?]", said) for said in (page.text, *page.fragments)):
        return None
    named = [mention.text for mention in models.value or () if not _SIZE_ALONE.fullmatch(mention.text)]
    if not named and says_the_same(page):
        return None
    placed = environment.value or any(one.kind != "missing" for one in environment.problems)
    if named and tells(page, page.named, complete=bool(environment.value and application.value)):
        return "question"
    if named and (placed or application.value):
        return "deploy"
    return None if machine.value or any(re.search("[0-9]", name) for name in named) else "question"


def _told_of(
    page: Page, models: Answer[tuple[ModelMention, ...]], application: Answer[str]
) -> tuple[Answer[tuple[ModelMention, ...]], Answer[str]]:
    """Return what a text that asks for nothing is surely about: no "room 12b", and no "asking for a friend"."""
    named = tuple(mention for mention in models.value or () if not _SIZE_ALONE.fullmatch(mention.text))
    return Answer(named, models.problems), application if _is_identifier(page, application.value) else Answer()


def _is_identifier(page: Page, name: str | None) -> bool:
    return name is not None and "-" in name and name in page.text


def _concerns(page: Page, models: Answer[tuple[ModelMention, ...]]) -> tuple[Problem, ...]:
    """Return what else to ask about; nothing where no known model is named, as an unread word is likely its name."""
    lacking = any(one.kind in {"missing", "unknown"} for one in models.problems)
    return () if lacking else concerns(page)


def _application(page: Page, operation: Operation | None) -> Answer[str]:
    if operation == "question":
        return read_subject(page)
    return read_application(page) if operation in {"deploy", None} else read_object(page)


def _problems(
    operation: Operation | None,
    of_operation: tuple[Problem, ...],
    answers: tuple[Answer[Any], ...],
    of_leftovers: tuple[Problem, ...],
) -> tuple[Problem, ...]:
    """Return what stands in the way of a plan; for anything but a deployment that is first of all what it is."""
    of_values = tuple(chain.from_iterable(answer.problems for answer in answers))
    if operation is None:
        question = "The text does not say what should run where. What should be deployed, and in which environment?"
        return (problem("not_understood", "operation", question, _EXAMPLE),)
    if operation == "deploy":
        return (*of_operation, *of_values, *of_leftovers)
    wrong = tuple(one for one in of_values if one.kind != "missing" and one.about != "model")
    return (*of_operation, _not_a_deployment(operation), *(() if operation == "question" else wrong))


def _not_a_deployment(operation: Operation) -> Problem:
    if operation == "question":
        question = "The text asks a question or gives no command; an intent deploys a model."
    else:
        question = f"The text asks to {_SPOKEN.get(operation, operation)} something; this workflow deploys models only."
    return problem("unsupported", "operation", question, _EXAMPLE)


def _too_long(characters: int) -> IntentReading:
    question = (
        f"The text has {characters} characters; at most {MAX_INTENT_CHARACTERS} are read. Can it be said shorter?"
    )
    return IntentReading(
        operation="question",
        models=(),
        application=None,
        env=None,
        region=None,
        budget_usd_per_hour=None,
        instance_type=None,
        instance_count=None,
        traffic=None,
        not_understood=(),
        problems=(problem("not_understood", "text", question, _EXAMPLE),),
    )
