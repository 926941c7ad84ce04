"""Asking people: what they are shown, how their answer is read, and when a plan is decided."""
