"""Word tables, written as running text so that they stay readable."""


def words(*lines: str) -> frozenset[str]:
    """Return the words of the lines."""
    return frozenset(word for line in lines for word in line.split())


def one_of(*phrases: str) -> str:
    """Return the pattern of any of these phrases (patterns themselves), longest first so that none hides another."""
    return "(?:" + "|".join(sorted(phrases, key=len, reverse=True)) + ")"
