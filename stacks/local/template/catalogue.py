"""Every CloudFormation type that the local target knows: how it is realised, or why it need not be."""

from __future__ import annotations

from stacks.local.template.resource import Creator
from stacks.local.template.resources import compute, http_api, messaging, observability, security, storage

REALISED: dict[str, Creator] = {
    "AWS::ApiGatewayV2::Api": http_api.api,
    "AWS::ApiGatewayV2::Integration": http_api.integration,
    "AWS::ApiGatewayV2::Route": http_api.route,
    "AWS::ApiGatewayV2::Stage": http_api.stage,
    "AWS::CloudWatch::Alarm": observability.alarm,
    "AWS::CloudWatch::CompositeAlarm": observability.composite_alarm,
    "AWS::DynamoDB::GlobalTable": storage.global_table,
    "AWS::DynamoDB::Table": storage.table,
    "AWS::Events::EventBus": messaging.event_bus,
    "AWS::Events::EventBusPolicy": messaging.event_bus_policy,
    "AWS::Events::Rule": messaging.rule,
    "AWS::IAM::ManagedPolicy": security.managed_policy,
    "AWS::IAM::Role": security.role,
    "AWS::KMS::Alias": security.alias,
    "AWS::KMS::Key": security.key,
    "AWS::Lambda::Alias": compute.function_alias,
    "AWS::Lambda::EventInvokeConfig": compute.event_invoke_config,
    "AWS::Lambda::EventSourceMapping": compute.event_source_mapping,
    "AWS::Lambda::Function": compute.function,
    "AWS::Lambda::LayerVersion": compute.layer_version,
    "AWS::Lambda::Version": compute.version,
    "AWS::Logs::LogGroup": observability.log_group,
    "AWS::Logs::MetricFilter": observability.metric_filter,
    "AWS::Logs::ResourcePolicy": observability.log_policy,
    "AWS::S3::Bucket": storage.bucket,
    "AWS::SNS::Subscription": messaging.subscription,
    "AWS::SNS::Topic": messaging.topic,
    "AWS::SNS::TopicPolicy": messaging.topic_policy,
    "AWS::SQS::Queue": messaging.queue,
    "AWS::SQS::QueuePolicy": messaging.queue_policy,
    "AWS::SSM::Parameter": security.parameter,
    "AWS::SecretsManager::ResourcePolicy": security.secret_policy,
    "AWS::SecretsManager::Secret": security.secret,
    "AWS::StepFunctions::StateMachine": compute.state_machine,
    "Custom::CDKBucketDeployment": storage.bucket_deployment,
}

NOT_REALISED: dict[str, str] = {
    "AWS::CDK::Metadata": "it tells AWS which constructs were used and creates nothing",
    "AWS::CloudTrail::Trail": "nobody but the developer calls the emulated AWS, so there is no caller to attest",
    "AWS::CloudWatch::Dashboard": "the emulated AWS has no console to show it in",
    "AWS::IAM::Policy": "IAM is not enforced locally",
    "AWS::Lambda::Permission": "IAM is not enforced locally",
    "AWS::S3::BucketPolicy": "IAM is not enforced locally, and a rule that refuses plain HTTP would shut everybody out",
    "AWS::XRay::ResourcePolicy": "traces are not collected locally",
    "AWS::XRay::TransactionSearchConfig": "traces are not collected locally",
    "Custom::S3AutoDeleteObjects": "the buckets vanish with the target",
}
