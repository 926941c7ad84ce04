"""`./agentops local`: the stack on this machine, until Ctrl-C.

`./agentops local alarm` drives one of its alarms, `./agentops local fault` makes its SageMaker fail.
"""

import json
import signal
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cli.terminal import ROOT, CommandError, command_app, notes, out, progress, say

if TYPE_CHECKING:
    from stacks.local.model_server import PlanReply

PORT, INBOX_PORT = 4566, 4580
_FLEET_START_S = 0.2
REQUEST = {"intent": "deploy llama-3.1 8B for chatbot-x with budget $20 per hour", "env": "staging"}

app = command_app("Run the stack on this machine, for the aws command line to talk to.")


@app.callback(invoke_without_command=True)
def local(
    context: typer.Context,
    *,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65_535, help=f"The AWS endpoint's port; 0 takes any free one. Usually {PORT}."),
    ] = None,
    inbox_port: Annotated[
        int | None,
        typer.Option(min=0, max=65_535, help=f"The inbox's port; 0 takes any free one. Usually {INBOX_PORT}."),
    ] = None,
    assembly: Annotated[
        Path | None, typer.Option(help="Deploy this cloud assembly (a cdk.out) instead of the project's own.")
    ] = None,
    warm: Annotated[
        bool, typer.Option("--warm", help="Start every function's process at once, not when asked.")
    ] = False,
    models: Annotated[
        bool, typer.Option("--models", help="Fetch the small models of retrieval first, if they are missing (72 MB).")
    ] = False,
    llm: Annotated[
        Literal["stand-in", "smollm2"],
        typer.Option(help="Who drafts plans: rules that stand in for a model, or a real small one (fetched: 127 MB)."),
    ] = "stand-in",
    as_json: Annotated[bool, typer.Option("--json", help="Print what runs where as one line of JSON.")] = False,
) -> None:
    """Run the stack on this machine until Ctrl-C. Nothing is kept: each start is a new, empty one."""
    if context.invoked_subcommand is None:
        ports = _port(port, PORT, "--port"), _port(inbox_port, INBOX_PORT, "--inbox-port")
        _run(ports, assembly, warm=warm, models=models, llm=llm == "smollm2", as_json=as_json)


@app.command()
def alarm(
    name: Annotated[str, typer.Argument(help="The alarm's name, as aws cloudwatch describe-alarms shows it.")],
    state: Annotated[Literal["ALARM", "OK"], typer.Option(help="The state to bring it into.")] = "ALARM",
) -> None:
    """Drive an alarm of the running stack into a state, by the metric data that it watches."""
    from cli.aws_session import local_session
    from cli.health import laptop
    from stacks.local.drive_alarm import AlarmNotDrivenError, drive_alarm

    outputs = laptop.read_outputs(laptop.OUTPUTS)
    session = local_session(outputs["region"])
    client = session.client("cloudwatch", endpoint_url=outputs["endpoint_url"])
    try:
        reason = drive_alarm(client, name, state)
    except AlarmNotDrivenError as error:
        raise CommandError(str(error)) from None
    out.print(f"{name} is {state}: {reason}")


@app.command()
def fault(
    name: Annotated[
        str | None, typer.Argument(help="What is to go wrong; without it, what is set and what there is.")
    ] = None,
    endpoint: Annotated[str | None, typer.Option(help="Only for this SageMaker endpoint.")] = None,
    times: Annotated[int, typer.Option(min=1, help="How often it strikes.")] = 1,
    limit: Annotated[int | None, typer.Option(min=0, help="For quota: what every quota is from now on.")] = None,
    *,
    clear: Annotated[
        bool, typer.Option("--clear", help="Take it away; without a name, all. What hangs by it goes on.")
    ] = False,
) -> None:
    """Make the running stack's SageMaker fail: once, at the next change, unless told otherwise."""
    from cli.faults import clear_faults, list_faults, set_fault
    from cli.health import laptop

    url = laptop.read_outputs(laptop.OUTPUTS)["faults_url"]
    if clear:
        known = clear_faults(url, name, endpoint)
    elif name is None:
        known = list_faults(url)
    else:
        known = set_fault(url, name, endpoint=endpoint, times=times, limit=limit)
    if name is None and not clear:
        for each, what in known.there_are.items():
            out.print(f"{each:<24}{what}", soft_wrap=True)
    for line in known.waiting or ["no fault is set"]:
        out.print(line, soft_wrap=True)


def _port(asked: int | None, usual: int, option: str) -> int:
    """The port that was asked for, else the usual one if it is free, else 0: any."""
    from stacks.local.errors import PortInUseError
    from stacks.local.web import is_free

    if asked:
        if not is_free(asked):
            say(f"local: {PortInUseError(asked, option)}")
            raise typer.Exit(2)
        return asked
    if asked is None and is_free(usual):
        return usual
    if asked is None:
        say(f"port {usual} is in use, so another is taken ({option} N chooses one)")
    return 0


def _run(ports: tuple[int, int], assembly: Path | None, *, warm: bool, models: bool, llm: bool, as_json: bool) -> None:
    _end_once()
    try:
        with _small_llm() if llm else nullcontext() as reply:
            _serve(ports, assembly, warm=warm, models=models, reply=reply, as_json=as_json)
    except KeyboardInterrupt:
        say("stopped; nothing is left running, and its state is gone")


def _serve(
    ports: tuple[int, int],
    assembly: Path | None,
    *,
    warm: bool,
    models: bool,
    reply: "PlanReply | None",
    as_json: bool,
) -> None:
    began = time.monotonic()
    from stacks.local.errors import LocalTargetError, PortInUseError
    from stacks.local.garbage import made_to_stay

    with made_to_stay():
        from stacks.local.sdk_models import share_models

        share_models()
        from stacks.local.outputs import published
        from stacks.local.target import LocalTarget

    target = LocalTarget(
        assembly=assembly,
        port=ports[0],
        inbox_port=ports[1],
        reply=reply,
        retrieval="small-models" if _has_models(fetch=models) else "none",
        warm=warm,
        fleet_start_s=_FLEET_START_S,
        eager=1,  # one person at a time: a process costs more than a wait
        progress=lambda step: say(f"{step} ..."),
    )
    try:
        with target, published(target.outputs, ROOT / ".local") as path:
            say(f"up in {time.monotonic() - began:.1f} s")
            _show(target.outputs, path, as_json=as_json)
            threading.Event().wait()
    except PortInUseError as error:
        say(f"local: {error}")
        raise typer.Exit(2) from None
    except LocalTargetError as error:
        raise CommandError(str(error)) from None


@contextmanager
def _small_llm() -> Generator["PlanReply"]:
    """Run the small language model, fetched where it is missing, while the block runs."""
    from stacks.local.errors import ModelFilesError
    from stacks.local.llm import Llm, install

    try:
        with progress("looking for the small language model"):
            files = install(ROOT)
        with Llm(files) as llm:
            yield llm
    except ModelFilesError as error:
        raise CommandError(str(error)) from None


def _has_models(*, fetch: bool) -> bool:
    """Tell whether this machine has the small models of retrieval, which are fetched where that is wanted."""
    from stacks.local.errors import ModelFilesError
    from stacks.local.small_models import install, installed

    if not fetch and installed(ROOT) is None:
        say("retrieval is by words alone: --models fetches the small models that find by meaning (72 MB)")
        return False
    try:
        with progress("looking for the small models of retrieval"):
            install(ROOT)
    except ModelFilesError as error:
        raise CommandError(str(error)) from None
    return True


def _end_once() -> None:
    """Take Ctrl-C, a kill or a closed terminal as the wish to end, once: a second one must not cut the end short."""
    endings = [signal.SIGINT, signal.SIGTERM]
    # Under nohup it is ignored, and stays so.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        endings.append(signal.SIGHUP)

    def end(_signal: int, _frame: object) -> None:
        for ending in endings:
            signal.signal(ending, signal.SIG_IGN)
        raise KeyboardInterrupt

    for ending in endings:
        signal.signal(ending, end)


def _show(outputs: Mapping[str, Any], path: Path, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(outputs), flush=True)
        return
    from stacks.local.aws_commands import aws_commands

    if path.name != "outputs.json":
        say(f"another ./agentops local is running and keeps .local/outputs.json; this one wrote .local/{path.name}")
    out.print(f"\nAWS endpoint  {outputs['endpoint_url']}   (region {outputs['region']}, account {outputs['account']})")
    out.print(f"Inbox         {outputs['inbox_url']}")
    out.print(f"Model server  {outputs['model_url']}")
    out.print("Approvers     none yet: ./agentops approvers list --local says how to make them\n")
    for shows, command in aws_commands(outputs, REQUEST, "DeploymentRequested"):
        out.print(f"# {shows}", style="dim")
        out.print(command)
    notes.print("\nCtrl-C ends it; nothing is kept.")
