"""Dollars: how they are written and how they are compared, everywhere."""

_CENT_FRACTION = 4
"""AWS quotes hourly prices in ten-thousandths of a dollar; what lies below is floating-point noise."""


def usd(amount: float) -> str:
    """Return an amount as `$1,234.50`: two decimals, or up to four where cents would hide a price ($0.7364)."""
    whole, fraction = f"{amount:,.{_CENT_FRACTION}f}".split(".")
    return f"${whole}.{fraction.rstrip('0').ljust(2, '0')}"


def exceeds(amount: float, limit: float) -> bool:
    """Tell whether `amount` is over `limit` by what a price can differ, so that 2 x 7.09 does not exceed 14.18."""
    return round(amount, _CENT_FRACTION) > round(limit, _CENT_FRACTION)
