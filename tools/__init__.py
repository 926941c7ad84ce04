"""Lints and generators that keep the repository true to itself; nothing here ships."""
