"""Lambda on the laptop: each function runs in its own `awslambdaric` process, told by the real Runtime API."""
