"""Retrieve Evidence: find the policy passages that apply to an intent."""
