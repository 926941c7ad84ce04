"""The people who decide: whether they can be asked, the secrets of their authenticators, and mail to them."""

import json

from botocore.exceptions import ClientError

from lambdas.adapters import clients, event_bus
from lambdas.adapters.settings import variable
from lambdas.core.approving.mails import Mail
from lambdas.core.policies import Approver


def topic_of(approver: str) -> str:
    """Return the ARN of an approver's own topic, or "" where the stack made none."""
    topics: dict[str, str] = json.loads(variable("APPROVER_TOPICS"))
    return topics.get(approver, "")


def why_not_asked(approver: Approver, assurance: str) -> str:
    """Return why this approver cannot be asked, and how to mend it; "" where they can be.

    A topic must reach the policy's address and nothing else, for whoever reads the mail holds the link; and nobody may
    unsubscribe it by a click. Raises the store errors of lambdas.adapters.clients.
    """
    topic = topic_of(approver.id)
    if not topic:
        return "has no topic; run ./agentops deploy"
    if fault := _subscription_fault(topic, approver):
        return fault
    if assurance == "totp" and not _is_enrolled(approver.id):
        return f"has no authenticator; run ./agentops approvers enrol {approver.id}"
    return ""


def totp_secret(approver: str) -> str:
    """Return the secret of an approver's authenticator. Raises RecordError where there is none."""
    name = _secret_name(approver)
    with clients.store_errors(f"SSM GetParameter of {name}"):
        found = clients.ssm().get_parameter(Name=name, WithDecryption=True)
    return found["Parameter"].get("Value", "")


def send(approver: str, mail: Mail) -> None:
    """Mail an approver on their own topic. Raises the store errors of lambdas.adapters.clients."""
    event_bus.page(topic_of(approver), mail.subject, mail.text)


def _subscription_fault(topic: str, approver: Approver) -> str:
    confirmed = _confirmed(topic)
    if not confirmed:
        return f"has no confirmed subscription; run ./agentops approvers invite {approver.id}"
    anew = f"run ./agentops approvers invite {approver.id} --replace"
    if len(confirmed) > 1:
        return f"has {len(confirmed)} confirmed subscriptions and must have one; {anew}"
    ((protocol, address, subscription),) = confirmed
    if protocol != "email" or address.casefold() != approver.email.casefold():
        return f"is subscribed with another address than policies/approvals.yaml names; {anew}"
    if not _is_authenticated(subscription):
        return f"can be unsubscribed by anybody who has a mail; {anew}"
    return ""


def _confirmed(topic: str) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    with clients.store_errors(f"SNS ListSubscriptionsByTopic of {topic}"):
        for page in clients.sns().get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic):
            for one in page["Subscriptions"]:
                arn = one.get("SubscriptionArn", "")
                # Until it is confirmed, and after it was deleted, a word stands in the ARN's place.
                if arn.startswith("arn:"):
                    found.append((one.get("Protocol", ""), one.get("Endpoint", ""), arn))
    return found


def _is_authenticated(subscription: str) -> bool:
    with clients.store_errors(f"SNS GetSubscriptionAttributes of {subscription}"):
        attributes = clients.sns().get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    waiting = attributes.get("PendingConfirmation", "false") == "true"
    return attributes.get("ConfirmationWasAuthenticated") == "true" and not waiting


def _is_enrolled(approver: str) -> bool:
    name = _secret_name(approver)
    with clients.store_errors(f"SSM GetParameter of {name}"):
        try:
            # Without decryption: who asks need not be able to read secrets.
            clients.ssm().get_parameter(Name=name, WithDecryption=False)
        except ClientError as error:
            if clients.error_code(error) == "ParameterNotFound":
                return False
            raise
    return True


def _secret_name(approver: str) -> str:
    return f"{variable('APPROVER_SECRETS')}/{approver}/totp"
