"""Is what stands under a name the thing that would be made? Then a retry adopts it; else nothing is overwritten."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

_TOLD = frozenset({"ResponseMetadata", "ModelArn", "EndpointConfigArn", "CreationTime", "Mode", "ModelDataSource"})
"""What SageMaker adds to a description of its own (`Mode` and `ModelDataSource` restate what was sent)."""
_NOT_TOLD = frozenset({"Tags"})
"""What no description shows."""


def differences(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Return where a description differs from the parameters of the call that would make it, in words.

    A part that was not asked for is a difference as well, unless SageMaker adds it itself or it is empty.
    """
    return list(_differences("", wanted, found))


def _differences(at: str, wanted: Any, found: Any) -> list[str]:
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        return _of_mappings(at, cast("Mapping[str, Any]", wanted), cast("Mapping[str, Any]", found))
    if isinstance(wanted, list | tuple) and isinstance(found, list | tuple):
        ours, theirs = cast("Sequence[Any]", wanted), cast("Sequence[Any]", found)
        if len(ours) == len(theirs):
            pairs = enumerate(zip(ours, theirs, strict=True))
            return [told for index, (one, other) in pairs for told in _differences(f"{at}[{index}]", one, other)]
    return [] if wanted == found else [f"{at} is {found!r}, not {wanted!r}"]


def _of_mappings(at: str, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    told: list[str] = []
    for key in dict.fromkeys((*wanted, *found)):
        where = f"{at}.{key}" if at else key
        if key not in wanted:
            told += [f"{where} is {found[key]!r}, which was not asked for"] if found[key] and key not in _TOLD else []
        elif key not in _NOT_TOLD:
            told += _differences(where, wanted[key], found.get(key)) if wanted[key] or found.get(key) else []
    return told
