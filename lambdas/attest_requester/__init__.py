"""Attest Requester: record who started an execution, as CloudTrail saw it."""
