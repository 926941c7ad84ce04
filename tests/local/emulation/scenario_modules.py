"""Where the scenarios are."""

MODULES = tuple(
    f"tests.local.emulation.scenarios_{name}"
    for name in ("cloudwatch", "data", "eventbridge", "functions", "http_api", "step_functions", "task_tokens")
)
