"""Await Endpoint and Await Rollback: wait until nothing happens to an endpoint any more."""
