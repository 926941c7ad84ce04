"""An endpoint as SageMaker describes it at this moment, and what follows from that."""

from lambdas.core.contracts.base import Contract
from lambdas.core.contracts.deployment import DeploymentRecord

CHANGING = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"})
"""EndpointStatus values of botocore 1.44.5 that end by themselves."""


class EndpointView(Contract):
    """One DescribeEndpoint. `images` holds each variant's specified and resolved image; `changed_at` is UTC."""

    name: str
    config_name: str
    status: str
    pending_config: str
    """The configuration that a running update moves to; empty when none runs."""
    failure_reason: str
    images: tuple[tuple[str, str], ...]
    changed_at: str

    @property
    def resolved_images(self) -> tuple[str, ...]:
        """The images with their digests, in SageMaker's order."""
        return tuple(resolved for _, resolved in self.images if resolved)

    def __str__(self) -> str:
        """Return the state in words: `x-dev is InService on x-dev-0badcafe`."""
        pending = f", moving to {self.pending_config}" if self.pending_config else ""
        reason = f" ({self.failure_reason})" if self.failure_reason else ""
        return f"{self.name} is {self.status} on {self.config_name}{pending}{reason}"


def is_settled(view: EndpointView | None) -> bool:
    """Does nothing happen to the endpoint by itself any more? An endpoint that is gone has settled, too."""
    return view is None or (view.status not in CHANGING and not view.pending_config)


def is_under_way(view: EndpointView | None, config: str) -> bool:
    """Does the endpoint run this configuration, or move to it? Then the change has been asked for already."""
    return view is not None and config in {view.config_name, view.pending_config}


def why_not_live(view: EndpointView | None, endpoint: str, config: str, image: str = "") -> str:
    """Return why the endpoint does not serve this configuration, in words; empty when it does.

    `image` is the container image that was asked for; empty where a model package brings its own. InService alone
    proves nothing: after a rollback of SageMaker's the endpoint is InService on the old configuration.
    """
    if view is None:
        return f"{endpoint} does not exist"
    if view.config_name != config:
        return f"{view}; asked was {config}"
    if view.status != "InService" or view.pending_config:
        return str(view)
    wrong = [resolved or specified for specified, resolved in view.images if image and not _is_image(specified, image)]
    if wrong:
        return f"{view}, but runs {', '.join(wrong)}; asked was {image}"
    asked_digest = image.partition("@")[2]
    other = [resolved for resolved in view.resolved_images if asked_digest and not resolved.endswith(asked_digest)]
    return f"{view}, but runs {', '.join(other)}; asked was {image}" if other else ""


def was_served(view: EndpointView | None, record: DeploymentRecord) -> bool:
    """Was the endpoint changed at all since the deployment began, so that traffic may have met the new fleet?"""
    if record.images_after:
        return True
    return bool(record.config_before) and view is not None and view.changed_at > record.started_at


def _is_image(specified: str, image: str) -> bool:
    return not specified or specified == image
