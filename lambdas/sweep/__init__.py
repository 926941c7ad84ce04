"""Sweep: finish what broken runs and lost events left open."""
