"""Record Outcome: write how a run ended, and tell whom the ends table names."""
