"""Check Guardrails: hold a plan to every rule and record the verdict."""
