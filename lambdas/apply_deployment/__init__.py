"""Apply Deployment: make the calls of a plan, each once."""
