"""Mail subscriptions: asked, confirmed in two ways, ended in two ways."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.local.emulation.harness import World, refused, scenario, until

ADDRESS = "ann@example.com"


def link_in(body: str) -> str:
    return next(word for word in body.split() if word.startswith("https://sns."))


def invite(world: World, name: str = "approver") -> tuple[str, str]:
    """Subscribe an address to a new topic; return the topic and the token that was mailed."""
    world.asks_addresses = True
    sns = world.client("sns")
    topic = sns.create_topic(Name=name)["TopicArn"]
    answer = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=ADDRESS)
    assert answer["SubscriptionArn"] == "pending confirmation"
    until(lambda: bool(world.mails))
    told, address, subject, body = world.mails.pop()
    assert (told, address, subject) == (topic, ADDRESS, "AWS Notification - Subscription Confirmation")
    assert body.startswith("You have chosen to subscribe to the topic:")
    link = urlsplit(link_in(body))
    fields = parse_qs(link.query)
    assert (link.path, fields["TopicArn"], fields["Endpoint"]) == ("/confirmation.html", [topic], [ADDRESS])
    return topic, fields["Token"][0]


def attributes(world: World, arn: str) -> dict[str, Any]:
    return dict(world.client("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"])


def listed(world: World, topic: str) -> list[str]:
    found = world.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    everywhere = world.client("sns").list_subscriptions()["Subscriptions"]
    assert found == [item for item in everywhere if item["TopicArn"] == topic]
    assert all((item["Protocol"], item["Endpoint"]) == ("email", ADDRESS) for item in found)
    return [item["SubscriptionArn"] for item in found]


def counts(world: World, topic: str) -> tuple[str, str]:
    found = world.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]
    return found["SubscriptionsPending"], found["SubscriptionsConfirmed"]


@scenario(
    "SNSBackend.subscribe",
    "SNSResponse.subscribe",
    "SNSResponse.list_subscriptions",
    "SNSResponse.list_subscriptions_by_topic",
    "SNSResponse.get_topic_attributes",
)
def an_address_gets_nothing_until_it_has_confirmed(world: World) -> None:
    topic, token = invite(world)
    sns = world.client("sns")
    assert listed(world, topic) == ["PendingConfirmation"]
    assert counts(world, topic) == ("1", "0")
    sns.publish(TopicArn=topic, Subject="Early", Message="x")
    arn = sns.confirm_subscription(TopicArn=topic, Token=token)["SubscriptionArn"]
    assert listed(world, topic) == [arn]
    assert counts(world, topic) == ("0", "1")
    sns.publish(TopicArn=topic, Subject="Late", Message="See http://127.0.0.1/a.")
    until(lambda: bool(world.mails))
    ((_, _, subject, body),) = world.mails
    assert subject == "Late"
    assert body.startswith("See http://127.0.0.1/a.\n\n--\nIf you wish to stop receiving notifications")
    link = urlsplit(link_in(body))
    assert (link.path, parse_qs(link.query)["SubscriptionArn"]) == ("/unsubscribe.html", [arn])


@scenario("SNSResponse.subscribe")
def a_repetition_asks_again_and_changes_nothing(world: World) -> None:
    topic, token = invite(world)
    sns = world.client("sns")
    again = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=ADDRESS, ReturnSubscriptionArn=True)
    until(lambda: bool(world.mails))
    assert token in world.mails.pop()[3]
    assert attributes(world, again["SubscriptionArn"])["PendingConfirmation"] == "true"
    sns.confirm_subscription(TopicArn=topic, Token=token, AuthenticateOnUnsubscribe="true")
    third = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=ADDRESS)
    assert third["SubscriptionArn"] == again["SubscriptionArn"]
    assert attributes(world, third["SubscriptionArn"])["ConfirmationWasAuthenticated"] == "true"


@scenario("SNSResponse.confirm_subscription")
def a_token_is_good_for_its_own_topic_for_two_days(world: World) -> None:
    world.clock = 1_000_000.0
    topic, token = invite(world)
    other, _ = invite(world, "other")
    confirm = world.client("sns").confirm_subscription
    refused("InvalidParameter", confirm, TopicArn=topic, Token="0" * 64)
    refused("InvalidParameter", confirm, TopicArn=other, Token=token)
    refused("NotFound", confirm, TopicArn=f"{topic}-gone", Token=token)
    world.clock += 172_801
    assert listed(world, topic) == []
    refused("InvalidParameter", confirm, TopicArn=topic, Token=token)


@scenario("SNSResponse.unsubscribe")
def only_a_signed_call_ends_what_a_signed_call_confirmed(world: World) -> None:
    topic, token = invite(world)
    sns = world.client("sns")
    refused("InvalidParameter", sns.unsubscribe, SubscriptionArn="PendingConfirmation")
    arn = sns.confirm_subscription(TopicArn=topic, Token=token, AuthenticateOnUnsubscribe="true")["SubscriptionArn"]
    assert links().get("/unsubscribe.html", query_string={"SubscriptionArn": arn}).status_code == 403
    assert listed(world, topic) == [arn]
    sns.unsubscribe(SubscriptionArn=arn)
    assert listed(world, topic) == []


@scenario("SNSBackend.subscribe")
def whoever_opens_the_links_confirms_and_unsubscribes(world: World) -> None:
    topic, token = invite(world)
    page = links()
    answer = page.get("/confirmation.html", query_string={"TopicArn": topic, "Token": "0" * 64})
    assert answer.status_code == 400
    answer = page.get("/confirmation.html", query_string={"TopicArn": topic, "Token": token})
    (arn,) = listed(world, topic)
    assert (answer.status_code, arn in answer.text) == (200, True)
    assert attributes(world, arn)["ConfirmationWasAuthenticated"] == "false"
    world.client("sns").confirm_subscription(TopicArn=topic, Token=token, AuthenticateOnUnsubscribe="true")
    assert attributes(world, arn)["ConfirmationWasAuthenticated"] == "false"
    assert page.get("/unsubscribe.html", query_string={"SubscriptionArn": arn}).status_code == 200
    assert listed(world, topic) == []
    assert page.get("/elsewhere").text == "the endpoint"


def links() -> Any:
    """A browser on the pages that the mails' links lead to."""
    from werkzeug.test import Client
    from werkzeug.wrappers import Response

    from stacks.local.mail_links import with_mail_links

    return Client(with_mail_links(Response("the endpoint")))
