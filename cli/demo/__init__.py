"""`./agentops demo`: the whole story told live, through the AWS endpoint and HTTP of a local target of its own."""

import gc
import json
import sys
import time
from collections.abc import Callable
from typing import Annotated

import typer

from cli.stage import SceneError, Stage, open_stage
from cli.terminal import CommandError, command_app, notes, out, say

app = command_app("See the main job on this machine, with no AWS account.")


@app.command()
def demo(
    *,
    interactive: Annotated[
        bool, typer.Option("--interactive", help="Approve and decline yourself, by the inbox's mails.")
    ] = False,
    models: Annotated[
        bool, typer.Option("--models", help="Fetch the small models of retrieval first, if they are missing (72 MB).")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print how each scene ended as JSON, and no story.")] = False,
) -> None:
    """Boot a local target, play every scene, and exit 0 only if each ended as it should."""
    if interactive and not (sys.stdin.isatty() and notes.is_terminal):
        raise CommandError("--interactive waits for you at a terminal, and this is none; leave it out")
    gc.disable()  # it soon ends
    started = time.monotonic()
    out.quiet = as_json
    try:
        with open_stage(models=models) as stage:
            told = _play(stage, interactive=interactive)
    except KeyboardInterrupt:
        say("ended; nothing is left running")
        raise typer.Exit(130) from None
    seconds, wrong = time.monotonic() - started, [title for title, fault in told.items() if fault]
    if as_json:
        scenes = [{"title": title, "ok": not fault, "fault": fault} for title, fault in told.items()]
        print(json.dumps({"ok": not wrong, "seconds": round(seconds, 1), "scenes": scenes}))
    say(f"{len(told) - len(wrong)} of {len(told)} scenes ended as they should, in {seconds:.0f} s")
    if wrong:
        raise CommandError(f"these did not: {'; '.join(wrong)}")
    out.print("\nNo AWS account was touched: what was deployed ran here, and is gone.", style="bold")
    out.print("Play with it yourself: ./agentops local, then the aws command line with what it prints.")


def _play(stage: Stage, *, interactive: bool) -> dict[str, str]:
    """Play every scene and return what was wrong with each, by title; empty where nothing was."""
    from cli.demo.reader import Reader
    from cli.demo.scenes import begin
    from cli.demo.story import open_story

    with open_story(stage, Reader(stage) if interactive else None) as story:
        return {title: _fault(title, scene) for title, scene in begin(story).items()}


def _fault(title: str, scene: Callable[[], None]) -> str:
    out.print(f"\n{title}", style="bold")
    try:
        scene()
    except SceneError as wrong:
        out.print(f"  WRONG: {wrong}", style="red")
        return str(wrong)
    return ""
