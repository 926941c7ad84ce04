"""Verify Bake: see whether the alarms stayed quiet, and whether anybody asked the fleet anything."""
