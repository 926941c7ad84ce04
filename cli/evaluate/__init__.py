"""`./agentops evaluate`: how well plans are read and passages are found, on labelled files."""

from cli.evaluate.plans import plans
from cli.terminal import command_app

app = command_app("Measure the reading of intents, and retrieval, on labelled files.")
app.command("plans")(plans)


@app.callback()
def _group() -> None:
    """Keep the names of the subcommands, also while there is but one."""
