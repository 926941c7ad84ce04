"""Intents read with the planning model behind the rules, where these leave it a choice between models.

The model is asked as Draft Plan asks it: closed lists, one repair, and a reply that is no choice from them is none.
What it may cite are the catalogue's own lines about the models in question.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Literal

from cli.aws_session import open_session, stack_outputs, told_in_one_line
from cli.evaluate.labels import Labelled
from cli.settings import DATA_STACK, read_configuration
from cli.terminal import CommandError
from lambdas.adapters.nim.access import PlannerAccess
from lambdas.adapters.nim.chat import NimChat
from lambdas.adapters.nim.choose import transport
from lambdas.adapters.nim.client import NimClient
from lambdas.adapters.nim.failures import ModelAbsentError, ModelBusyError, ModelRefusedError, ModelReplyError
from lambdas.adapters.nim.patience import Patience
from lambdas.core.contracts.evidence import Evidence, Passage
from lambdas.core.contracts.reading import IntentReading
from lambdas.core.errors import PlannerReplyError
from lambdas.core.planning.chat import Ask
from lambdas.core.planning.draft import draft_choice
from lambdas.core.planning.options import fleet_prices, options_for
from lambdas.core.policies import CatalogueModel, PolicySet

Provider = Literal["sagemaker", "hosted", "compatible"]
Read = Callable[[Labelled], IntentReading]

_PATIENCE_S = 120.0
_TOKENS = 1_000_000
_NO_PLAN = "p-0000000000000000"


def with_model(by_rules: Read, ask: Ask, policies: PolicySet) -> Read:
    """Return what reads a line by rules, and asks the model where nothing but the choice of a model stands open."""

    def read(line: Labelled) -> IntentReading:
        reading = by_rules(line)
        return _chosen(reading, line.text, ask, policies) if _leaves_a_choice(reading) else reading

    return read


def ask_at(provider: Provider, url: str, model: str) -> Ask:
    """Return what asks the planning model: that of `cdk.json`, or a compatible server at `url`. Raises CommandError."""
    access = PlannerAccess(provider=provider, url=url, model=model, tokens_per_run=_TOKENS, tokens_per_day=_TOKENS)
    if not url:
        access = _configured(provider)
    try:
        chat = NimChat(NimClient(transport(access, "planner")), access)
    except ModelAbsentError as error:
        raise CommandError(str(error)) from None
    return lambda messages, schema: chat.ask(messages, schema, Patience(until=time.monotonic() + _PATIENCE_S))


def _configured(provider: Provider) -> PlannerAccess:
    configuration = read_configuration()
    planner = configuration.nim.planner
    if planner.provider != provider:
        raise CommandError(
            f"cdk.json has the planning model at provider {planner.provider}, not {provider}; name that one, or give "
            "--url and --model of a compatible server"
        )
    secret = planner.secret
    if provider == "hosted":
        with told_in_one_line("finding the secret of the NIM key"):
            outputs = stack_outputs(open_session(configuration.region), DATA_STACK) or {}
        secret = outputs.get("NimSecretArn", "")
    return PlannerAccess.model_validate({**planner.model_dump(), "secret": secret})


def _leaves_a_choice(reading: IntentReading) -> bool:
    open_questions = [(found.kind, found.about) for found in reading.problems]
    return open_questions == [("ambiguous", "model")] and len(reading.models) == 1


def _chosen(reading: IntentReading, text: str, ask: Ask, policies: PolicySet) -> IntentReading:
    """Return the reading with the model's choice, or as it was where the model asks back or chooses nothing."""
    if reading.env is None:
        return reading
    named = [policies.catalogue.get(name) for name in reading.models[0].catalogue_ids]
    evidence = Evidence(plan_id=_NO_PLAN, passages=tuple(_told(entry) for entry in named if entry))
    options = options_for(reading, reading.env, evidence, policies)
    prices = fleet_prices(options, reading, reading.env, policies)
    draft = partial(draft_choice, text=text, env=reading.env, options=options, prices=prices, evidence=evidence)
    try:
        chosen = draft(ask).draft
    except (PlannerReplyError, ModelReplyError):
        return reading
    except (ModelAbsentError, ModelBusyError, ModelRefusedError) as error:
        raise CommandError(f"the planning model cannot be asked: {error}") from None
    entry = policies.catalogue.get(chosen.model)
    if chosen.question or entry is None:
        return reading
    mention = reading.models[0].model_copy(update={"family": entry.family, "catalogue_ids": (entry.id,)})
    return reading.model_copy(update={"models": (mention,), "problems": ()})


def _told(model: CatalogueModel) -> Passage:
    size = f"{model.parameters_b:g} billion parameters" if model.parameters_b else "no fixed size"
    memory = f"{model.memory_gb:g} GB of accelerator memory" if model.memory_gb else "no accelerator"
    quote = f"{model.name}: {size}, {memory}, on {', '.join(model.instance_types)}. Licence: {model.licence}."
    anchor = model.id.replace(".", "-")
    return Passage(
        id=f"models#{anchor}",
        source="models.yaml",
        title="Models",
        heading=model.id,
        version="1",
        score=0.0,
        quote=quote,
    )
