"""Receive Intent: canonicalise, validate, claim and record a request."""
