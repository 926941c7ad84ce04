"""Messages on their way: mails reach the host, functions get AWS's event, and nothing is posted to the internet."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportPrivateUsage=false
# moto's SNS is typed only in part.

from __future__ import annotations

import json
import logging
import time
from typing import Any, Final

from moto.sns.models import Subscription

from stacks.local.emulation import runtime, targets
from stacks.local.emulation.clients import is_loopback
from stacks.local.emulation.patching import patch
from stacks.local.emulation.sns import mails
from stacks.local.emulation.sns.subscriptions import is_pending

log = logging.getLogger(__name__)
_stock_publish = Subscription.publish
DEFAULT_SUBJECT: Final = "AWS Notification Message"


def publish(
    self: Subscription,
    message: str,
    message_id: str,
    subject: str | None = None,
    message_attributes: dict[str, Any] | None = None,
    **options: Any,
) -> None:
    """Stock moto sends no mail, runs functions in Docker with an invented event, and posts to any address anywhere.

    Here a mail goes to the host's inbox, if its reader has confirmed, and a function gets AWS's event; an address that
    is not this machine's is logged and skipped.
    """
    if is_pending(self):
        return
    if self.protocol not in ("email", "email-json", "lambda", "http", "https"):
        _stock_publish(self, message, message_id, subject, message_attributes, **options)
        return
    matcher = self._filter_policy_matcher
    if matcher is not None and not matcher.matches(message_attributes, message):
        return
    if self.protocol in ("http", "https"):
        if is_loopback(self.endpoint):
            _stock_publish(self, message, message_id, subject, message_attributes, **options)
        else:
            log.warning("SNS does not post to %s: the local target never leaves this machine", self.endpoint)
        return
    text = (
        self._parse_message_structure(message, self.protocol) if options.get("message_structure") == "json" else message
    )
    notice = _notice(self, text, message_id, subject, message_attributes)
    deliver = _invoke if self.protocol == "lambda" else _mail
    runtime.in_background(f"sns-{self.topic.name}", lambda: deliver(self, notice))


def _notice(
    subscription: Subscription, text: str, message_id: str, subject: str | None, attributes: dict[str, Any] | None
) -> dict[str, Any]:
    region = subscription.arn.split(":")[3]
    leave = f"https://sns.{region}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={subscription.arn}"
    return {
        "SignatureVersion": "1",
        "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(runtime.hooks().now())),
        "Signature": "EXAMPLE",
        "SigningCertUrl": f"https://sns.{region}.amazonaws.com/SimpleNotificationService.pem",
        "MessageId": message_id,
        "Message": text,
        "MessageAttributes": attributes or {},
        "Type": "Notification",
        "UnsubscribeUrl": leave,
        "TopicArn": subscription.topic.arn,
        "Subject": subject,
    }


def _invoke(subscription: Subscription, notice: dict[str, Any]) -> None:
    record = {"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": subscription.arn, "Sns": notice}
    targets.send(subscription.arn.split(":")[3], subscription.endpoint, json.dumps({"Records": [record]}))


def _mail(subscription: Subscription, notice: dict[str, Any]) -> None:
    text = json.dumps(notice) if subscription.protocol == "email-json" else str(notice["Message"])
    body = mails.notification(text, subscription.arn, subscription.endpoint)
    subject = str(notice["Subject"] or DEFAULT_SUBJECT)
    runtime.hooks().on_email(subscription.topic.arn, subscription.endpoint, subject, body)


def install() -> None:
    """Patch the delivery to subscriptions."""
    patch(Subscription, "publish", publish)
