"""The data that crosses a border: between states, into records, out to people. Frozen; unknown keys are refused."""
