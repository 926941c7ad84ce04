"""Tokens as metrics, one line of Embedded Metric Format a call, whatever becomes of the answer."""

import os

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from lambdas.adapters.nim.access import Role


def count_tokens(role: Role, *, prompt: int, completion: int) -> None:
    """Publish what a call used, as PromptTokens and CompletionTokens with the dimensions `service` and `model`.

    A program that is no function has no namespace to publish in: it publishes nothing.
    """
    if not os.environ.get("POWERTOOLS_METRICS_NAMESPACE"):
        return
    metrics = EphemeralMetrics()
    metrics.add_dimension(name="model", value=role)
    metrics.add_metric(name="PromptTokens", unit=MetricUnit.Count, value=prompt)
    metrics.add_metric(name="CompletionTokens", unit=MetricUnit.Count, value=completion)
    metrics.flush_metrics()
