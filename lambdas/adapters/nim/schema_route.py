"""By which field a server takes the JSON schema of an answer: configured, or found by what its answers look like."""

import json
from typing import Any, cast

from lambdas.adapters.nim.access import Form
from lambdas.adapters.nim.reply import Json

_TRIED: tuple[Form, ...] = ("response_format", "nvext")
"""NIM 2.x and the hosted API read the first, NIM 1.x the second (docs/nim.md, "Traps of versions")."""


class SchemaRoute:
    """The form that is used now. What is found out counts until the process ends."""

    def __init__(self, configured: Form | None) -> None:
        """Always use the configured form; without one, begin with the first of those to try."""
        self._forms: list[Form] = [configured] if configured else list(_TRIED)

    @property
    def form(self) -> Form:
        """The form of the next request."""
        return self._forms[0]

    def give_up(self) -> bool:
        """Go over to another form; False where there is none."""
        self._forms.append(self._forms.pop(0))
        return len(self._forms) > 1

    def fields(self, schema: Json) -> Json:
        """Return the fields of a request that ask for an answer of this schema."""
        if self.form == "response_format":
            named = {"name": "draft", "schema": schema, "strict": True}
            return {"response_format": {"type": "json_schema", "json_schema": named}}
        return {"nvext": {"guided_json": schema}} if self.form == "nvext" else {"guided_json": schema}


def looks_guided(text: str, schema: Json) -> bool:
    """Could only a server that was bound to the schema be counted on to say this?

    It asks for the object's keys and for choices from lists; what the answer is worth, the planner judges.
    """
    try:
        said: Any = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(said, dict):
        return False
    given, properties = cast("Json", said), cast("dict[str, Json]", schema.get("properties", {}))
    if not set(schema.get("required", ())) <= set(given) <= set(properties or given):
        return False
    return all(given[name] in rule["enum"] for name, rule in properties.items() if "enum" in rule and name in given)
