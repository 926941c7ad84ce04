"""Verify Rollback: see that what served before serves again."""
