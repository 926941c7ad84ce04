"""The mails that SNS writes itself, in AWS's words, and the links in them."""

from __future__ import annotations

import hashlib
from urllib.parse import urlencode

from stacks.local.emulation import runtime

CONFIRMATION_SUBJECT = "AWS Notification - Subscription Confirmation"


def confirmation(topic_arn: str, address: str, token: str) -> str:
    """Write the mail that asks `address` whether it wants the topic's messages."""
    link = _link(topic_arn, "confirmation.html", TopicArn=topic_arn, Token=token, Endpoint=address)
    return (
        f"You have chosen to subscribe to the topic:\n{topic_arn}\n\n"
        "To confirm this subscription, click or visit the link below (If this was in error no action is necessary):\n"
        f"{link}\n\n"
        "Please do not reply directly to this email. If you wish to remove yourself from receiving all future SNS "
        "subscription confirmation requests please send an email to sns-opt-out"
    )


def notification(text: str, subscription_arn: str, address: str) -> str:
    """Write a message's mail: its text, and the footer by which anybody who holds the mail can end the subscription."""
    link = _link(subscription_arn, "unsubscribe.html", SubscriptionArn=subscription_arn, Endpoint=address)
    return (
        f"{text}\n\n--\n"
        "If you wish to stop receiving notifications from this topic, please click or visit the link below to "
        f"unsubscribe:\n{link}\n\n"
        "Please do not reply directly to this email. If you have any questions or comments regarding this email, "
        "please contact us at https://aws.amazon.com/support"
    )


def new_token(seed: bytes) -> str:
    """A token of AWS's length and letters for random bytes."""
    return hashlib.shake_256(seed).hexdigest(104)


def _link(arn: str, page: str, **fields: str) -> str:
    base = runtime.hooks().mail_links or f"https://sns.{arn.split(':')[3]}.amazonaws.com"
    return f"{base}/{page}?{urlencode(fields, safe=':')}"
