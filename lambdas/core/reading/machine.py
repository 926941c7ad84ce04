"""Instance types: full names, names without "ml.", and families that leave the size open."""

import re

from lambdas.core.reading.page import TYPE_MARK, Answer, Page, problem, settle

_EDGE, _END = r"(?<![\w.@-])", r"(?![\w@-]|\.\w)"
_FAMILY = r"(?:c[4-8]|g[4-7]|p[2-6]|m[4-8]|r[5-8]|t[23]|inf[12]|trn[12])[a-z]{0,4}(?:-[a-z]{2,4}[0-9]{0,3})?"
_SIZE = r"(?P<size>(?:[0-9]{0,3}x)?large|[0-9]{0,3}xl|medium|small|micro|metal)"
_SETTING = r"(?:(?:instance[ _])?type(?:: ?| ?= ?| is | ))?"

_TYPE = re.compile(
    rf"{_EDGE}{_SETTING}(?:(?P<exact>ml\.[a-z][a-z0-9-]{{1,15}}\.[a-z0-9]{{2,12}})"
    rf"|(?:ml[. -])?(?P<family>{_FAMILY})[. -]{_SIZE}){_END}"
)
_UNIT = r"(?: (?:instances?|family|machines?|nodes?|boxes|box|gpus?|series))"
_FAMILY_ALONE = re.compile(
    rf"{_EDGE}(?:ml\.(?P<named>[a-z][a-z0-9-]{{1,15}})|(?P<bare>{_FAMILY})(?={_UNIT}){_UNIT}|(?<=on )(?P<on>{_FAMILY})"
    rf"|(?<=on an )(?P<on_an>{_FAMILY})|(?<=on a )(?P<on_a>{_FAMILY})){_END}"
)


def read_instance_type(page: Page, given: str | None) -> Answer[str]:
    """Read the instance type as written, known to AWS or not; guardrails decide on it. A bare family is a question."""
    meant, excluded = page.part(page.take(_TYPE, TYPE_MARK))
    page.typed = bool(meant)
    chosen = settle("instance_type", [_full_name(match) for match in meant], given)
    barred = {_full_name(match) for match in excluded}
    if barred and (chosen.value is None or chosen.value in barred) and not chosen.problems:
        question = f"The text excludes {', '.join(sorted(barred))}: which instance type should it be?"
        return Answer(None, (problem("ambiguous", "instance_type", question),))
    families = [_family(match) for match in page.part(page.take(_FAMILY_ALONE, TYPE_MARK))[0]]
    other = [family for family in families if not (chosen.value or "").startswith(f"{family}.")]
    if other and chosen == Answer():
        question = f"{other[0]} is a family of instance types: which size?"
        sizes = (f"{other[0]}.{size}" for size in ("xlarge", "2xlarge", "12xlarge"))
        return Answer(None, (problem("ambiguous", "instance_type", question, *sizes),))
    if other and chosen.value:
        question = f"{chosen.value} is not of the family {other[0]} that the text names: which one is meant?"
        return Answer(None, (problem("contradiction", "instance_type", question, chosen.value),))
    return chosen


def _family(match: re.Match[str]) -> str:
    return "ml." + next(name for name in match.groupdict().values() if name)


def _full_name(match: re.Match[str]) -> str:
    if match["exact"]:
        return match["exact"]
    size = match["size"]
    return f"ml.{match['family']}.{size + 'arge' if size.endswith('xl') else size}"
