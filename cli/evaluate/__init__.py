"""`./agentops evaluate`: how well plans are read and passages are found, on labelled files."""

from cli.evaluate.plans import plans
from cli.evaluate.retrieval import retrieval
from cli.terminal import command_app

app = command_app("Measure the reading of intents, and retrieval, on labelled files.")
app.command("plans")(plans)
app.command("retrieval")(retrieval)
