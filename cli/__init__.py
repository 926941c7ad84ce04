"""One module a command of ./agentops; each offers a typer app named `app` and imports what only it needs."""
