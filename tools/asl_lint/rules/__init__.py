"""One module a concern. Each has `check`, which yields the problems that it sees in a machine."""
