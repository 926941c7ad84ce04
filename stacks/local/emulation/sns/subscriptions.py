"""Mail subscriptions wait for their reader's word, and remember how it was given.

https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html
"""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false
# pyright: reportPrivateUsage=false
# moto's SNS is typed only in part.

from __future__ import annotations

import secrets
from typing import Any, Final

from moto.core.responses import ActionResult, EmptyResult
from moto.sns.exceptions import SNSException, SNSInvalidParameter, TopicNotFound
from moto.sns.models import SNSBackend, Subscription, sns_backends
from moto.sns.responses import SNSResponse

from stacks.local.emulation import runtime
from stacks.local.emulation.patching import patch
from stacks.local.emulation.sns import mails

# "Tokens are valid for two days" (ConfirmSubscription); after that the subscription itself is gone.
TOKEN_LIFETIME_S: Final = 172_800
_MAIL: Final = ("email", "email-json")
_stock_subscribe = SNSBackend.subscribe
_stock_subscribe_request = SNSResponse.subscribe
_stock_topic_attributes = SNSResponse.get_topic_attributes


def confirm(topic_arn: str, token: str, *, authenticated: bool) -> str:
    """Confirm the subscription that `token` was mailed for, and return its ARN; a second time changes nothing.

    `authenticated` says that the call was signed and asked for signed calls alone to end the subscription.
    Raise moto's `SNSException` for a topic or token that does not exist (any more), as AWS words it.
    """
    backend = _backend(topic_arn)
    if topic_arn not in backend.topics:
        raise TopicNotFound
    _forget_expired(backend)
    for subscription in backend.subscriptions.values():
        known = _marks(subscription)
        if subscription.topic.arn == topic_arn and token and known.get("token") == token:
            if is_pending(subscription):
                _settle(subscription, authenticated=authenticated)
            return str(subscription.arn)
    raise SNSInvalidParameter("Invalid token")


def unsubscribe(subscription_arn: str, *, signed: bool) -> None:
    """End a subscription. Raise moto's `SNSException` where it still waits, or where only a signed call may."""
    backend = _backend(subscription_arn)
    subscription = backend.subscriptions.get(subscription_arn)
    if subscription is None:
        return
    if is_pending(subscription):
        raise SNSInvalidParameter("Invalid parameter: This subscription is pending confirmation")
    if not signed and subscription.attributes["ConfirmationWasAuthenticated"] is True:
        raise SNSException("AuthorizationError", "This subscription can only be ended by a signed request")
    subscription.topic.subscriptions_deleted += 1
    backend.unsubscribe(subscription_arn)


def is_pending(subscription: Subscription) -> bool:
    """Say whether nobody has confirmed the subscription yet."""
    return subscription.attributes.get("PendingConfirmation") is True


def subscribe(self: SNSBackend, topic_arn: str, endpoint: str, protocol: str) -> Subscription:
    """Stock moto takes every mail address as confirmed; AWS asks the address first, again at each repetition."""
    _forget_expired(self)
    subscription = _stock_subscribe(self, topic_arn, endpoint, protocol)
    known = _marks(subscription)
    if protocol not in _MAIL:
        return subscription
    if "token" not in known:
        known |= {"token": mails.new_token(secrets.token_bytes(32)), "asked_at": runtime.hooks().now()}
        subscription.attributes |= {"PendingConfirmation": True, "ConfirmationWasAuthenticated": False}
        if not runtime.hooks().asks_addresses():
            _settle(subscription, authenticated=False)
    if is_pending(subscription):
        text = mails.confirmation(topic_arn, endpoint, known["token"])
        runtime.in_background(
            "sns-confirmation",
            lambda: runtime.hooks().on_email(topic_arn, endpoint, mails.CONFIRMATION_SUBJECT, text),
        )
    return subscription


def subscribe_request(self: SNSResponse) -> ActionResult:
    """Stock moto answers with the ARN; AWS with `pending confirmation`, unless the caller asks for the ARN."""
    answer: Any = _stock_subscribe_request(self)
    subscription = self.backend.subscriptions[answer.result["SubscriptionArn"]]
    if not is_pending(subscription) or str(self._get_param("ReturnSubscriptionArn")).lower() == "true":
        return answer
    return ActionResult({"SubscriptionArn": "pending confirmation"})


def confirm_request(self: SNSResponse) -> ActionResult:
    """Stock moto takes any token and answers with an invented ARN; AWS knows whom it asked."""
    wanted = str(self._get_param("AuthenticateOnUnsubscribe")).lower() == "true"
    arn = confirm(
        str(self._get_param("TopicArn")), str(self._get_param("Token")), authenticated=wanted and _signed(self)
    )
    return ActionResult({"SubscriptionArn": arn})


def unsubscribe_request(self: SNSResponse) -> ActionResult:
    """Stock moto ends whatever it is given, for all; AWS asks for a signature where the subscriber wanted that."""
    arn = str(self._get_param("SubscriptionArn"))
    if arn.count(":") < 6:
        raise SNSInvalidParameter("Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements")
    unsubscribe(arn, signed=_signed(self))
    return EmptyResult()


def list_subscriptions(self: SNSResponse) -> ActionResult:
    """Stock moto shows the ARN of a subscription that waits; AWS `PendingConfirmation` in its place."""
    _forget_expired(self.backend)
    found, token = self.backend.list_subscriptions(next_token=self._get_param("NextToken"))
    return ActionResult({"Subscriptions": [_shown(item) for item in found], "NextToken": token})


def list_subscriptions_by_topic(self: SNSResponse) -> ActionResult:
    """Stock moto shows the ARN here, too; AWS `PendingConfirmation` in its place."""
    _forget_expired(self.backend)
    topic, token = self._get_param("TopicArn"), self._get_param("NextToken")
    found, token = self.backend.list_subscriptions_by_topic(topic, next_token=token)
    return ActionResult({"Subscriptions": [_shown(item) for item in found], "NextToken": token})


def get_topic_attributes(self: SNSResponse) -> ActionResult:
    """Stock moto counts no subscriptions; AWS those that are confirmed and those that wait."""
    topic = self.backend.topics.get(self._get_param("TopicArn"))
    if topic is None:
        raise TopicNotFound
    pending = [is_pending(item) for item in self.backend.subscriptions.values() if item.topic is topic]
    topic.subscriptions_pending = sum(pending)
    topic.subscriptions_confimed = len(pending) - sum(pending)
    return _stock_topic_attributes(self)


def _shown(subscription: Subscription) -> dict[str, Any]:
    return {
        "SubscriptionArn": "PendingConfirmation" if is_pending(subscription) else subscription.arn,
        "Owner": subscription.owner,
        "Protocol": subscription.protocol,
        "Endpoint": subscription.endpoint,
        "TopicArn": subscription.topic.arn,
    }


def _settle(subscription: Subscription, *, authenticated: bool) -> None:
    subscription.attributes |= {"PendingConfirmation": False, "ConfirmationWasAuthenticated": authenticated}


def _marks(subscription: Subscription) -> dict[str, Any]:
    """What only SNS knows of a subscription: the token that it mailed, and when."""
    return vars(subscription).setdefault("_confirmation", {})


def _forget_expired(backend: SNSBackend) -> None:
    oldest = runtime.hooks().now() - TOKEN_LIFETIME_S
    for arn, item in list(backend.subscriptions.items()):
        if is_pending(item) and _marks(item).get("asked_at", oldest) < oldest:
            del backend.subscriptions[arn]


def _signed(request: SNSResponse) -> bool:
    return "Authorization" in request.headers or "X-Amz-Signature" in request.querystring


def _backend(arn: str) -> SNSBackend:
    parts = arn.split(":")
    if len(parts) < 6:
        raise SNSInvalidParameter(f"Invalid parameter: {arn} is no ARN")
    return sns_backends[parts[4]][parts[3]]


def install() -> None:
    """Patch subscriptions and the calls that make, show and end them."""
    patch(SNSBackend, "subscribe", subscribe)
    patch(SNSResponse, "subscribe", subscribe_request)
    patch(SNSResponse, "confirm_subscription", confirm_request)
    patch(SNSResponse, "unsubscribe", unsubscribe_request)
    patch(SNSResponse, "list_subscriptions", list_subscriptions)
    patch(SNSResponse, "list_subscriptions_by_topic", list_subscriptions_by_topic)
    patch(SNSResponse, "get_topic_attributes", get_topic_attributes)
