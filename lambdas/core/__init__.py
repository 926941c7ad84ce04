"""The rules: pure Python and pydantic, with no AWS, clock, environment or randomness; those come in as arguments."""
