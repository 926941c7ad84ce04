"""`registries` of policies/models.yaml: where packages and images of a publisher stand, for models to name theirs once.

A model's `sources` may be `{registry: KEY, name: NAME}`; it becomes one source for each region of that registry.
"""

from typing import Annotated, Any, Literal, cast

from pydantic import Field, TypeAdapter, ValidationError

from lambdas.core.contracts.base import Contract
from lambdas.core.explain import fault


class SourcesError(ValueError):
    """A registry, or what names one, is wrong; `place` is where in the file, the message says why."""

    def __init__(self, place: tuple[str | int, ...], reason: str) -> None:
        """Take the place and the reason."""
        super().__init__(f"{'.'.join(map(str, place))}: {reason}")
        self.place = place


class Registry(Contract):
    """Accounts by region, and how a reference is made of {account}, {region} and {name}."""

    kind: Literal["image", "package"]
    reference: Annotated[str, Field(pattern=r"^[^{}]*(\{(account|region|name)\}[^{}]*){3,4}$")]
    accounts: dict[str, Annotated[str, Field(pattern=r"^\d{12}$")]]

    def sources(self, name: str) -> dict[str, dict[str, str]]:
        """Return the source of this name in each region."""
        return {
            region: {
                "kind": self.kind,
                "reference": self.reference.format(account=account, region=region, name=name),
            }
            for region, account in self.accounts.items()
        }


_REGISTRIES = TypeAdapter(dict[str, Registry])


def with_sources(data: Any) -> Any:
    """Return the data of models.yaml with every named source written out. Raises SourcesError."""
    if not isinstance(data, dict):
        return data
    rest = {**cast("dict[str, Any]", data)}
    if "registries" not in rest:
        return rest
    try:
        registries = _REGISTRIES.validate_python(rest.pop("registries"))
    except ValidationError as error:
        first = error.errors()[0]
        place = ("registries", *first["loc"])
        raise SourcesError(place, fault((), first["msg"], first["input"], first["type"])) from error
    models = rest.get("models")
    if isinstance(models, list):
        rest["models"] = [
            _written_out(model, registries, ("models", index)) for index, model in enumerate(cast("list[Any]", models))
        ]
    return rest


def _written_out(model: Any, registries: dict[str, Registry], place: tuple[str | int, ...]) -> Any:
    sources = cast("dict[str, Any]", model).get("sources") if isinstance(model, dict) else None
    if not isinstance(sources, dict) or "registry" not in sources:
        return cast("Any", model)
    named = cast("dict[str, Any]", sources)
    key, name = named["registry"], named.get("name")
    if key not in registries or not isinstance(name, str) or set(named) != {"registry", "name"}:
        raise SourcesError((*place, "sources"), f"give a name and one registry of {', '.join(registries)}")
    return {**cast("dict[str, Any]", model), "sources": registries[key].sources(name)}
