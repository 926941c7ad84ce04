"""Executions as Step Functions knows them."""

from datetime import UTC

from botocore.exceptions import ClientError

from lambdas.adapters import clients
from lambdas.core.contracts.steps import ExecutionRef


def is_running(execution_arn: str) -> bool:
    """Does the execution run? One that Step Functions does not know (any more) does not.

    Raises the store errors of lambdas.adapters.clients.
    """
    with clients.store_errors(f"Step Functions DescribeExecution of {execution_arn}"):
        try:
            return clients.stepfunctions().describe_execution(executionArn=execution_arn)["status"] == "RUNNING"
        except ClientError as error:
            if clients.error_code(error) == "ExecutionDoesNotExist":
                return False
            raise


def execution_ref(execution_arn: str) -> ExecutionRef:
    """Return the execution with its start as the state machine's context object writes it: UTC, to the millisecond.

    CloudTrail's record gives the second alone, which names no plan. Raises as `is_running` does.
    """
    with clients.store_errors(f"Step Functions DescribeExecution of {execution_arn}"):
        found = clients.stepfunctions().describe_execution(executionArn=execution_arn)
    started = found["startDate"].astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return ExecutionRef(arn=execution_arn, started_at=started)
