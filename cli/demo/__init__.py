"""`./agentops demo`: the main job told live, through the AWS endpoint and HTTP of a local target of its own."""

import time
from collections.abc import Callable

from cli.demo.scenes import SCENES
from cli.stage import SceneError, Stage, open_stage
from cli.terminal import CommandError, command_app, out, say

app = command_app("See the main job on this machine, with no AWS account.")


@app.command()
def demo() -> None:
    """Boot a local target, play every scene, and exit 0 only if each ended as it should."""
    started = time.monotonic()
    with open_stage() as stage:
        failed = [title for title, scene in SCENES.items() if not _played(title, scene, stage)]
    right, seconds = len(SCENES) - len(failed), time.monotonic() - started
    say(f"{right} of {len(SCENES)} scenes ended as they should, in {seconds:.0f} s")
    if failed:
        raise CommandError(f"these did not: {'; '.join(failed)}")
    out.print("\nNothing was deployed, and no AWS account was touched.", style="bold")
    out.print("Play with it yourself: ./agentops local, then the aws command line with what it prints.")


def _played(title: str, scene: Callable[[Stage], None], stage: Stage) -> bool:
    out.print(f"\n{title}", style="bold")
    try:
        scene(stage)
    except SceneError as wrong:
        out.print(f"  WRONG: {wrong}", style="red")
        return False
    return True
