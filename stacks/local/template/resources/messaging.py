"""SNS topics, SQS queues and EventBridge."""

from __future__ import annotations

from typing import Any, cast

from stacks.local.template.resource import Created, Props, Resource

_TOPIC_ATTRIBUTES = (
    "DisplayName",
    "KmsMasterKeyId",
    "FifoTopic",
    "ContentBasedDeduplication",
    "TracingConfig",
    "SignatureVersion",
)
_SUBSCRIPTION_ATTRIBUTES = (
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
    "DeliveryPolicy",
    "SubscriptionRoleArn",
)
_QUEUE_ATTRIBUTES = (
    "ContentBasedDeduplication",
    "DelaySeconds",
    "FifoQueue",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
)


def topic(resource: Resource) -> Created:
    """AWS::SNS::Topic, with the subscriptions written inside it."""
    name, sns = resource.name("TopicName", 256), resource.aws("sns")
    arn = sns.create_topic(Name=name, Attributes=resource.pick(*_TOPIC_ATTRIBUTES))["TopicArn"]
    for entry in cast(list[Props], resource.props.get("Subscription", [])):
        sns.subscribe(TopicArn=arn, Protocol=entry["Protocol"], Endpoint=entry["Endpoint"])
    return Created(arn, {"TopicArn": arn, "TopicName": name})


def topic_policy(resource: Resource) -> Created:
    """AWS::SNS::TopicPolicy: readable, not enforced."""
    policy = resource.props["PolicyDocument"]
    for arn in resource.props["Topics"]:
        resource.aws("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    return Created(resource.name("PhysicalName", 64))


def subscription(resource: Resource) -> Created:
    """AWS::SNS::Subscription. AWS waits for a mail address to confirm; the local target takes the template's word."""
    props = resource.props
    arn = resource.aws("sns").subscribe(
        TopicArn=props["TopicArn"],
        Protocol=props["Protocol"],
        Endpoint=props["Endpoint"],
        Attributes=resource.pick(*_SUBSCRIPTION_ATTRIBUTES),
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]
    return Created(arn, {"Arn": arn})


def queue(resource: Resource) -> Created:
    """AWS::SQS::Queue."""
    name = resource.name("QueueName", 80)
    url = resource.aws("sqs").create_queue(QueueName=name, Attributes=resource.pick(*_QUEUE_ATTRIBUTES))
    return Created(url["QueueUrl"], {"Arn": resource.arn("sqs", name), "QueueName": name, "QueueUrl": url["QueueUrl"]})


def queue_policy(resource: Resource) -> Created:
    """AWS::SQS::QueuePolicy: readable, not enforced."""
    policy = resource.props["PolicyDocument"]
    for url in resource.props["Queues"]:
        resource.aws("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return Created(resource.name("PhysicalName", 64))


def event_bus(resource: Resource) -> Created:
    """AWS::Events::EventBus."""
    name = resource.props["Name"]
    arn = resource.aws("events").create_event_bus(Name=name)["EventBusArn"]
    return Created(name, {"Arn": arn, "Name": name})


def event_bus_policy(resource: Resource) -> Created:
    """AWS::Events::EventBusPolicy: readable, not enforced."""
    props = resource.props
    statement = props.get("Statement") or {
        "Effect": "Allow",
        "Principal": props["Principal"],
        "Action": props["Action"],
    }
    policy = {"Version": "2012-10-17", "Statement": [{"Sid": props["StatementId"], **statement}]}
    resource.aws("events").put_permission(EventBusName=props.get("EventBusName", "default"), Policy=policy)
    return Created(props["StatementId"])


def rule(resource: Resource) -> Created:
    """AWS::Events::Rule with its targets: retry policy, dead-letter queue and input as the template has them."""
    name, events, props = resource.name("Name", 64), resource.aws("events"), resource.props
    bus = props.get("EventBusName", "default")
    request: dict[str, Any] = resource.pick("Description", "ScheduleExpression", "State", "RoleArn")
    if "EventPattern" in props:
        request["EventPattern"] = props["EventPattern"]
    arn = events.put_rule(Name=name, EventBusName=bus, **request)["RuleArn"]
    if targets := props.get("Targets"):
        answer = events.put_targets(Rule=name, EventBusName=bus, Targets=targets)
        if answer.get("FailedEntryCount"):
            raise ValueError(f"targets were refused: {answer['FailedEntries']}")
    return Created(name if bus == "default" else f"{bus}|{name}", {"Arn": arn})
