"""End what would go on by itself after a target is closed: executions that wait, deliveries that are tried again."""

from __future__ import annotations

import logging
import threading

from stacks.local.emulation.hooks import BackOff
from stacks.local.template.resource import Clients


def stop_executions(aws: Clients) -> None:
    """Stop every execution that still runs; one that waits would keep its threads for hours."""
    # Moto's interpreter reports every state that it is stopped in as an error of its own.
    logging.getLogger("moto.stepfunctions.parser").setLevel(logging.CRITICAL)
    machines = aws("stepfunctions")
    for machine in machines.list_state_machines()["stateMachines"]:
        pages = machines.get_paginator("list_executions").paginate(
            stateMachineArn=machine["stateMachineArn"], statusFilter="RUNNING"
        )
        for execution in [execution for page in pages for execution in page["executions"]]:
            machines.stop_execution(executionArn=execution["executionArn"], cause="the local target is closing")


class Retries:
    """The pauses between attempts of background deliveries, until `end`: then whoever waits, or would, is let go."""

    def __init__(self) -> None:
        self._ending = threading.Event()
        self.back_off = BackOff(sleep=self._sleep)

    def end(self) -> None:
        """Let no delivery be tried again."""
        self._ending.set()

    def _sleep(self, seconds: float) -> None:
        if self._ending.wait(seconds):
            raise SystemExit  # ends the delivery's own thread, quietly
