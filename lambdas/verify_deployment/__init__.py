"""Verify Deployment: compare what is live with what was asked, and ask it a question."""
