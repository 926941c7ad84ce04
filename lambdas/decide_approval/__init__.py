"""Draft Plan: ask the planning NIM for a choice and compute the plan from it."""
