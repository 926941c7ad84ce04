"""Describe Changes: list every call that a plan would make."""
