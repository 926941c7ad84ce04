"""Everything that ships to AWS Lambda, and nothing else: rules (core), AWS and NIM (adapters), entry points."""
