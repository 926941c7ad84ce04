"""Who hears an approver's topic: one confirmed mail address that nobody but this account can take off."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qs, urlsplit

from cli.terminal import CommandError

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

State = Literal["none", "pending", "confirmed", "unauthenticated", "another-address", "several"]
STATES: dict[State, str] = {
    "none": "none",
    "pending": "pending",
    "confirmed": "confirmed",
    "unauthenticated": "confirmed without authentication",
    "another-address": "another address",
    "several": "several",
}
"""Each state in words. Only a `confirmed` approver is asked."""
INVITABLE: frozenset[State] = frozenset({"none", "pending"})
"""Where another invitation does no harm: a second one for the same address sends the mail again."""
PENDING_DAYS = 2
"""How long a confirmation link holds (Amazon SNS developer guide, "Subscribing an email address")."""
_TOKEN = re.compile(r"[0-9A-Za-z]{16,512}")


@dataclass(frozen=True)
class Subscription:
    """One subscription of a topic. Until it is confirmed it has no ARN, and nothing can end it but time."""

    protocol: str
    address: str
    arn: str | None

    def is_of(self, address: str) -> bool:
        """Does it send mail to this address?"""
        return self.protocol == "email" and self.address.casefold() == address.casefold()


def subscriptions(sns: "SNSClient", topic: str) -> list[Subscription]:
    """Return the subscriptions of a topic, confirmed or waiting. Raise `ClientError`."""
    return list(_listed(sns, topic))


def _listed(sns: "SNSClient", topic: str) -> Iterator[Subscription]:
    for page in sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic):
        for item in page["Subscriptions"]:
            # "PendingConfirmation", or "Deleted" for some days, stands in the place of an ARN.
            arn = item.get("SubscriptionArn", "")
            if arn != "Deleted":
                confirmed = arn if arn.startswith("arn:") else None
                yield Subscription(item.get("Protocol", ""), item.get("Endpoint", ""), confirmed)


def state_of(sns: "SNSClient", topic: str, address: str) -> State:
    """Say how the topic's subscription stands to the address of the policy. Raise `ClientError`."""
    found = subscriptions(sns, topic)
    confirmed = [subscription for subscription in found if subscription.arn]
    if len(confirmed) > 1:
        return "several"
    if confirmed:
        if not confirmed[0].is_of(address):
            return "another-address"
        return "confirmed" if _is_authenticated(sns, confirmed[0]) else "unauthenticated"
    # What waits for another address ends by itself, unless its owner confirms it.
    return "pending" if any(subscription.is_of(address) for subscription in found) else "none"


def _is_authenticated(sns: "SNSClient", subscription: Subscription) -> bool:
    attributes = sns.get_subscription_attributes(SubscriptionArn=subscription.arn or "")["Attributes"]
    return attributes.get("ConfirmationWasAuthenticated") == "true"


def end_confirmed(sns: "SNSClient", topic: str) -> int:
    """Take off every confirmed subscription of a topic, and return how many there were. Raise `ClientError`."""
    arns = [subscription.arn for subscription in subscriptions(sns, topic) if subscription.arn]
    for arn in arns:
        sns.unsubscribe(SubscriptionArn=arn)
    return len(arns)


def token_in(text: str, *, topic: str, address: str, hosts: frozenset[str]) -> str:
    """Return the token of a confirmation link, or of the token alone.

    Raise `CommandError` for a link to another place, topic or address: it would confirm what nobody looked at.
    """
    text = "".join(text.split())
    if _TOKEN.fullmatch(text):
        return text
    try:
        link = urlsplit(text)
        fields = {name.lower(): values for name, values in parse_qs(link.query).items()}
    except ValueError:
        raise CommandError(_NO_LINK) from None
    if link.scheme not in {"http", "https"} or not link.netloc:
        raise CommandError(_NO_LINK)
    if link.netloc.lower() not in hosts:
        raise CommandError(
            f"the link leads to {link.netloc}, not to {' or '.join(sorted(hosts))}: a mail program or scanner may have "
            "rewritten it, or the mail is not from AWS. Look at the mail's source, and give the link that stands there"
        )
    _refuse_other("topic", fields.get("topicarn"), topic)
    _refuse_other("address", fields.get("endpoint"), address)
    tokens = fields.get("token", [])
    if len(tokens) != 1 or not _TOKEN.fullmatch(tokens[0]):
        raise CommandError("the link has no Token; copy the whole link of the mail, in quotes")
    return tokens[0]


_NO_LINK = "that is neither a confirmation link nor its token; copy the link of the mail, in quotes, without opening it"


def _refuse_other(what: str, found: list[str] | None, expected: str) -> None:
    """Refuse a link that names another one than expected; the mail's link need not name an address."""
    if found is not None and {value.casefold() for value in found} != {expected.casefold()}:
        raise CommandError(f"the link is for the {what} {', '.join(found)}, not for {expected}")
