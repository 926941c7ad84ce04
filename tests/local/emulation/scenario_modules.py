"""Where the scenarios are."""

NAMES = (
    "cloudwatch",
    "data",
    "eventbridge",
    "functions",
    "http_api",
    "mail_subscriptions",
    "redrive",
    "s3_events",
    "sagemaker_catalogue",
    "sagemaker_deployments",
    "sagemaker_faults",
    "sagemaker_rolling",
    "schedules",
    "step_functions",
    "task_tokens",
)
MODULES = tuple(f"tests.local.emulation.scenarios_{name}" for name in NAMES)
