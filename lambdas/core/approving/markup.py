"""The frame of every approval page, and the two ways in which text becomes markup: escaped, and joined."""

from collections.abc import Iterable
from typing import Final

from markupsafe import Markup

from lambdas.core.approving.style import STYLE

_FRAME: Final = Markup(
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    '<meta name="robots" content="noindex, nofollow">\n<meta name="referrer" content="no-referrer">\n'
    "<title>{title} - AgentOps</title>\n<style>{style}</style>\n</head>\n<body>\n"
    '<header>\n<p class="brand">AgentOps</p>\n{badge}</header>\n<main>\n{body}\n</main>\n'
    "<footer>\n{footer}\n</footer>\n</body>\n</html>\n"
)
_BADGE: Final = Markup('<p class="env">{}</p>\n')
_CARD: Final = Markup('<section class="card" aria-labelledby="{id}">\n<h2 id="{id}">{title}</h2>\n{body}\n</section>')


def page(title: str, body: Markup, *, badge: str = "", footer: str | Markup = "") -> str:
    """Return a whole page. Every argument that is no Markup is escaped."""
    style = Markup(STYLE)  # noqa: S704 - our own constant, whose hash the policy names
    return str(
        _FRAME.format(
            title=title, style=style, badge=_BADGE.format(badge) if badge else Markup(), body=body, footer=footer
        )
    )


def card(identifier: str, title: str, body: Markup) -> Markup:
    """Return a section with its heading."""
    return _CARD.format(id=identifier, title=title, body=body)


def lines(parts: Iterable[Markup]) -> Markup:
    """Return the parts one below the other, without the empty ones."""
    return Markup("\n").join(part for part in parts if part)
