"""Withdraw Plan: take a plan back that waits for people."""
