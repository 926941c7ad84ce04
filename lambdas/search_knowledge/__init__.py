"""Search Knowledge: what `./agentops knowledge search` finds, which is what a plan's evidence would be drawn from."""
