"""Bake: wait while the alarms watch a new fleet."""
