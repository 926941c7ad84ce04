"""What an operator decides, read from `cdk.json` under the one key `agentops`.

What a plan may do is policy and stands in `policies/`; here stands only how this installation is wired.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast, get_args

from pydantic import AfterValidator, BaseModel, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from stacks.errors import ConfigurationError
from stacks.nim_settings import Nim
from stacks.sections import Section

if TYPE_CHECKING:
    from lambdas.core.policies import PolicySet

Environment = Literal["dev", "staging", "prod"]
LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""The retention periods that CloudWatch Logs offers (PutRetentionPolicy, botocore 1.44.5)."""


def _offered_by_cloudwatch(value: int) -> int:
    if value not in LOG_RETENTION_DAYS:
        raise PydanticCustomError("retention", "CloudWatch Logs does not offer this period")
    return value


class AuditLock(Section):
    """How long S3 Object Lock keeps an audit object of an environment, and whether an administrator may lift it."""

    mode: Literal["GOVERNANCE", "COMPLIANCE"] = Field(description="GOVERNANCE or COMPLIANCE")
    days: int = Field(ge=1, le=36_500, description="a whole number of days from 1 to 36500")


class EnvironmentSettings(Section):
    """One environment that this installation serves."""

    execute_allowed: bool = Field(default=False, description="true or false")
    audit_lock: AuditLock = Field(description='an object like {"mode": "GOVERNANCE", "days": 1}')


class Configuration(Section):
    """The whole of `agentops` in `cdk.json`."""

    account: str | None = Field(default=None, pattern=r"^\d{12}$", description="an AWS account number of 12 digits")
    region: str = Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$", description="an AWS region like us-east-1")
    names_prefix: str = Field(
        default="agentops",
        pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$",
        max_length=20,
        description="at most 20 lower-case letters, digits and inner hyphens, beginning with a letter",
    )
    environments: dict[Environment, EnvironmentSettings] = Field(
        min_length=1, description="at least one of dev, staging and prod, each with its settings"
    )
    nim: Nim = Field(description="an object with planner, embedding and reranking")
    log_retention_days: Annotated[int, AfterValidator(_offered_by_cloudwatch)] = Field(
        default=90, description="one of " + ", ".join(map(str, LOG_RETENTION_DAYS))
    )
    vectors: Literal["memory", "s3-vectors"] = Field(default="memory", description="memory or s3-vectors")
    audit_trail: Literal["existing", "create"] = Field(default="existing", description="existing or create")
    operations_emails: tuple[Annotated[str, Field(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+$")], ...] = Field(
        default=(), max_length=10, description="a list of at most 10 e-mail addresses"
    )

    @property
    def strictest_audit_lock(self) -> AuditLock:
        """What the audit bucket applies where no retention is named: no environment's record is kept more loosely."""
        locks = [environment.audit_lock for environment in self.environments.values()]
        compliance = any(lock.mode == "COMPLIANCE" for lock in locks)
        return AuditLock(mode="COMPLIANCE" if compliance else "GOVERNANCE", days=max(lock.days for lock in locks))


def load_configuration(path: Path) -> tuple[Configuration, dict[str, Any]]:
    """The configuration in `path` (a `cdk.json`) and the CDK's own context beside it.

    Raises `ConfigurationError` with a line per problem: file, line, key, value, what is allowed.
    """
    try:
        text = path.read_text(encoding="utf-8")
        whole = json.loads(text)
    except OSError as error:
        raise ConfigurationError(f"{path.name}: cannot be read: {error.strerror}") from error
    except json.JSONDecodeError as error:
        raise ConfigurationError(f"{path.name}:{error.lineno}: not JSON: {error.msg} (column {error.colno})") from error
    context = _object(_object(whole).get("context"))
    if "agentops" not in context:
        raise ConfigurationError(f"{path.name}: context.agentops: missing. Allowed: an object; see README.md")
    ours = context.pop("agentops")
    try:
        return Configuration.model_validate_json(json.dumps(ours)), context
    except ValidationError as error:
        lines = [f"{path.name}:{_line(text, _place(e))}: {_problem(e)}" for e in error.errors(include_url=False)]
        raise ConfigurationError("\n".join(lines)) from error


def check_region(path: Path, configuration: Configuration, policies: PolicySet) -> None:
    """Hold the region in `path`, from which `configuration` was read, to what the policies know of it.

    Raises `ConfigurationError` with a line per reason why every plan there would be denied.
    """
    region, priced = configuration.region, policies.prices.region
    offered = sorted({name for model in policies.catalogue.models for name in model.sources})
    problems: list[str] = []
    if region != priced:
        problems.append(
            f"Allowed: {priced}, of which the prices in policies/prices.yaml are. "
            f"For another: ./agentops prices refresh --region {region}"
        )
    if region not in offered:
        problems.append(f"Allowed: {', '.join(offered)}, or add a source there to a model of policies/models.yaml")
    if problems:
        line = _line(path.read_text(encoding="utf-8"), ("region",))
        told = f'{path.name}:{line}: agentops.region: "{region}" is not allowed.'
        raise ConfigurationError("\n".join(f"{told} {problem}" for problem in problems))


def _object(value: object) -> dict[str, Any]:
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def _problem(error: ErrorDetails) -> str:
    location = [part for part in error["loc"] if part != "[key]"]
    key = ".".join(["agentops", *map(str, location)])
    model, allowed = _describe(location)
    if error["type"] == "extra_forbidden":
        return f"{key}: unknown key. Allowed: {', '.join(model.model_fields)}"
    if error["type"] == "missing":
        return f"{key}: missing. Allowed: {allowed}"
    if error["type"] in ("retention", "needed"):
        allowed = f"{allowed} ({error['msg']})"
    return f"{key}: {json.dumps(error['input'])} is not allowed. Allowed: {allowed}"


def _describe(location: list[str | int]) -> tuple[type[BaseModel], str]:
    """The model that the last key of `location` belongs to, and what the key's field allows."""
    model, allowed = cast(type[BaseModel], Configuration), ""
    for part in location:
        field = model.model_fields.get(str(part))
        if field is None:
            continue
        allowed = field.description or allowed
        for candidate in (field.annotation, *get_args(field.annotation)):
            if isinstance(candidate, type) and issubclass(candidate, BaseModel):
                model = candidate
    return model, allowed


def _place(error: ErrorDetails) -> tuple[int | str, ...]:
    """The key that is wrong, or the section that lacks it."""
    return error["loc"][:-1] if error["type"] == "missing" else error["loc"]


def _line(text: str, place: tuple[int | str, ...]) -> int:
    """The line of a key below `agentops`; keys are looked for one inside the other."""
    position = 0
    for key in ("agentops", *place):
        match = re.compile(rf'"{re.escape(str(key))}"\s*:').search(text, position)
        position = match.start() if match else position
    return text.count("\n", 0, position) + 1
