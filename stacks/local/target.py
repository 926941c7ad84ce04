"""The whole laptop target: synthesise, start the emulated AWS, deploy, and stand up the model server and the inbox."""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Self

from stacks.local import emulation
from stacks.local.api_servers import ApiServers
from stacks.local.emulation import cloudwatch, schedules
from stacks.local.emulation.hooks import Hooks
from stacks.local.emulation.sagemaker import control_plane
from stacks.local.endpoint import forget_everything, start_endpoint
from stacks.local.errors import LocalTargetError
from stacks.local.fault_control import PATH as FAULTS_PATH
from stacks.local.fault_control import with_fault_control
from stacks.local.functions.logs import LogWriter
from stacks.local.functions.pool import EAGER
from stacks.local.functions.runner import FunctionRunner
from stacks.local.functions.worker import Surroundings
from stacks.local.garbage import made_to_stay
from stacks.local.inbox import Inbox
from stacks.local.laptop import Retrieval
from stacks.local.layers import RUNTIME, LayerStore
from stacks.local.model_hook import ModelHook
from stacks.local.model_server import ModelServer, PlanReply, Said
from stacks.local.model_server.containers import Containers
from stacks.local.model_server.retrieval import RetrievalModels, stand_ins
from stacks.local.schedule_control import PATH as SCHEDULES_PATH
from stacks.local.schedule_control import with_schedule_control
from stacks.local.synthesis import bytecode_folder, cached_assembly, in_use
from stacks.local.template.assembly import Stack, read_assembly
from stacks.local.template.deploy import Deployment, deploy
from stacks.local.template.resource import Clients, Code, Target
from stacks.local.web import LocalServer, only_local_names
from stacks.local.winding_down import Retries, stop_executions

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "123456789012"
_ALARMS_EVERY_S = 5.0
_SCHEDULES_EVERY_S = 1.0
_SETTLED_AFTER_S = 60.0
_NIM_ROUTES = {"NIM_PLANNER": "/invocations", "NIM_EMBEDDING": "/v1/embeddings", "NIM_RERANKING": "/v1/ranking"}
"""Where the model server answers for the model that a variable of the functions names."""
_ONE_AT_A_TIME = threading.Lock()


class LocalTarget:
    """The deployed stack on this machine, from `start` (or `with`) until `close`.

    `assembly` is a cloud assembly to deploy instead of the project's own; ports of 0 take any free one; `reply` is the
    planner model, by default the stand-in; `retrieval` is what embeds and reranks; a SageMaker fleet takes
    `fleet_start_s` seconds to start; a function gets `eager` processes before its events wait for one, and its first at
    the start where it is to be `warm`; `progress` hears each step of the start. The emulated AWS is one to a process,
    so targets are too. Raises `LocalTargetError`.
    """

    def __init__(
        self,
        *,
        assembly: Path | None = None,
        root: Path = ROOT,
        port: int = 0,
        inbox_port: int = 0,
        model_port: int = 0,
        reply: PlanReply | None = None,
        retrieval: Retrieval = "stand-ins",
        fleet_start_s: float = Hooks.fleet_start_s,
        eager: int = EAGER,
        warm: bool = False,
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._assembly = assembly
        self._root = root
        self._cache = root / ".cache"
        self._ports = (port, inbox_port, model_port)
        self._reply = reply
        self._retrieval: Retrieval = retrieval
        self._fleet_start_s = fleet_start_s
        self._eager, self._warm = eager, warm
        self._layers = LayerStore(root / "requirements", self._cache / "layers")
        self._cold: list[tuple[str, Code]] = []
        self._progress = progress
        self._cleanup = ExitStack()
        self.outputs: dict[str, Any] = {}
        self.inbox = Inbox()
        self._apis = ApiServers()
        self._deployed = threading.Event()
        self.models: ModelServer
        self.functions: FunctionRunner
        self.deployment: Deployment

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def start(self) -> Self:
        """Boot everything; on failure, whatever was started is stopped again."""
        if not _ONE_AT_A_TIME.acquire(blocking=False):
            raise LocalTargetError("this process already runs a local target: close it first, or use another process.")
        self._cleanup.callback(_ONE_AT_A_TIME.release)
        try:
            with made_to_stay():
                self._boot()
        except BaseException:
            self._cleanup.close()
            raise
        return self

    def close(self) -> None:
        """Stop everything and forget all state: no process, thread, port or temporary folder stays."""
        self._deployed.clear()
        self._cleanup.close()

    def _boot(self) -> None:
        assembly = self._assembly
        if assembly is None:
            self._progress("synthesising the stacks")
            assembly = cached_assembly(self._root, self._cache, self._retrieval)
            self._cleanup.enter_context(in_use(assembly))
        stacks = read_assembly(assembly)
        region = stacks[0].region
        self._progress("starting the emulated AWS")
        controls = [
            partial(with_fault_control, faults=lambda: control_plane(ACCOUNT, region).faults),
            partial(with_schedule_control, account=ACCOUNT, region=region),
        ]
        endpoint = self._serve(start_endpoint(self._ports[0], controls))
        self._cleanup.callback(forget_everything)
        inbox = self._serve(LocalServer(only_local_names(self.inbox.serve), self._ports[1], option="--inbox-port"))
        self.functions = self._function_runner(endpoint.url, region)
        models = ModelHook()
        aws = self._emulate(endpoint.url, Target(ACCOUNT, region), models)
        self.deployment = deploy(stacks, aws, lambda stack: self._progress(f"deploying {stack.name}"), self._warm_up)
        self._deployed.set()
        # Functions that an event of the deployment waits for may ask a model at once.
        self._start_models(models, aws)
        self._progress("preparing the functions' layers")
        ledger = self.deployment.ledger
        self.functions.use(ledger.functions, self._layers.ensure(ledger.layers_needed()))
        for version, code in self._cold:
            self._warm_up(version, code)
        # A plan that is asked for at once finds what the deployment put into its buckets.
        emulation.drain(_SETTLED_AFTER_S)
        # An alarm whose data has stopped changes its state as time passes.
        self._every(_ALARMS_EVERY_S, "alarms", emulation.evaluate_alarms, region)
        self._every(_SCHEDULES_EVERY_S, "schedules", schedules.fire_due, region)
        self.outputs = self._describe(stacks, endpoint.url, inbox.url)

    def _emulate(self, endpoint_url: str, target: Target, models: ModelHook) -> Clients:
        retries = Retries()
        emulation.install(
            Hooks(
                invoke_function=self.functions.invoke,
                invoke_endpoint=models,
                on_email=self.inbox.deliver,
                open_api=self._apis.open,
                mail_links=endpoint_url,
                # Nobody could have clicked the links of the template's own subscriptions yet.
                asks_addresses=self._deployed.is_set,
                back_off=retries.back_off,
                invoke_container=Containers(self._say),
                fleet_start_s=self._fleet_start_s,
            )
        )
        aws = Clients(target)
        self._cleanup.callback(aws.close)
        self._cleanup.callback(emulation.drain)
        self._cleanup.callback(retries.end)
        self._cleanup.callback(self._apis.stop)
        self._cleanup.callback(emulation.end_changes)
        self._cleanup.callback(stop_executions, aws)
        return aws

    def _say(self, messages: list[dict[str, Any]], schema: dict[str, Any] | None) -> str | Said:
        return (self._reply or _stand_in())(messages, schema)

    def _serve(self, server: LocalServer) -> LocalServer:
        self._cleanup.callback(server.stop)
        return server

    def _warm_up(self, version: str, code: Code) -> None:
        """Start a version's process, where that is wanted, as soon as its layers stand here."""
        if not self._warm:
            return
        built = {lock: folder for lock in code.layers if (folder := self._layers.built(lock))}
        if len(built) == len(code.layers):
            self.functions.warm(version, code, built)
        else:
            self._cold.append((version, code))

    def _function_runner(self, endpoint_url: str, region: str) -> FunctionRunner:
        surroundings = Surroundings(
            endpoint_url=endpoint_url,
            region=region,
            runtime=self._layers.ensure([RUNTIME])[RUNTIME],
            bytecode=bytecode_folder(self._cache),
            scratch=Path(tempfile.mkdtemp(prefix="agentops-local-")),
        )
        self._cleanup.callback(shutil.rmtree, surroundings.scratch, ignore_errors=True)
        on_line = partial(emulation.ingest_emf, account=ACCOUNT, region=region)
        metrics = partial(cloudwatch.record, ACCOUNT, region)
        functions = FunctionRunner(ACCOUNT, surroundings, LogWriter(ACCOUNT, region, on_line), metrics, self._eager)
        self._cleanup.callback(functions.close)
        return functions

    def _start_models(self, hook: ModelHook, aws: Clients) -> None:
        environments = [
            function.get("Environment", {}).get("Variables", {})
            for page in aws("lambda").get_paginator("list_functions").paginate()
            for function in page["Functions"]
        ]
        asked = [(name, json.loads(all_[name])) for all_ in environments for name in _NIM_ROUTES if name in all_]
        planners = {model["model"] for name, model in asked if name == "NIM_PLANNER"}
        retrieval = self._retrieval_models()
        self.models = ModelServer(planners, self._say, retrieval=retrieval, port=self._ports[2])
        self._cleanup.callback(self.models.close)
        served = {model["endpoint"]: _NIM_ROUTES[name] for name, model in asked if model["endpoint"]}
        hook.use(self.models.url, served)

    def _retrieval_models(self) -> RetrievalModels | None:
        if self._retrieval == "stand-ins":
            return stand_ins()
        if self._retrieval == "none":
            return None
        from stacks.local.small_models.serving import small_models  # noqa: PLC0415 - they take a moment to load

        self._progress("loading the small models of retrieval")
        return small_models(self._root)

    def _every(self, seconds: float, name: str, work: Callable[[str, str], object], region: str) -> None:
        """Do `work` for this account and region again and again, on a thread of its own."""
        stopping = threading.Event()

        def watch() -> None:
            while not stopping.wait(seconds):
                work(ACCOUNT, region)

        watcher = threading.Thread(target=watch, name=name, daemon=True)
        watcher.start()
        self._cleanup.callback(watcher.join)
        self._cleanup.callback(stopping.set)

    def _describe(self, stacks: list[Stack], endpoint_url: str, inbox_url: str) -> dict[str, Any]:
        deployed = self.deployment
        buses = deployed.of_type("AWS::Events::EventBus")
        return {
            "endpoint_url": endpoint_url,
            "faults_url": endpoint_url + FAULTS_PATH,
            "schedules_url": endpoint_url + SCHEDULES_PATH,
            "region": stacks[0].region,
            "account": ACCOUNT,
            "state_machines": {
                arn.rpartition(":")[2]: arn for arn in deployed.of_type("AWS::StepFunctions::StateMachine")
            },
            "event_bus": buses[0] if buses else None,
            "approvals_url": _output(deployed, "ApprovalsUrl"),
            "inbox_url": inbox_url,
            "model_url": self.models.url,
            "retrieval": self._retrieval,
            "tables": deployed.of_type("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"),
            "buckets": deployed.of_type("AWS::S3::Bucket"),
            "functions": deployed.of_type("AWS::Lambda::Function"),
            "stack_outputs": deployed.outputs,
        }


def _output(deployed: Deployment, name: str) -> Any:
    """The stacks' output of this name, or None."""
    return next((outputs[name] for outputs in deployed.outputs.values() if name in outputs), None)


def _stand_in() -> PlanReply:
    from stacks.local.planner_stand_in import plan_reply  # noqa: PLC0415 - it loads the product's policies

    return plan_reply
