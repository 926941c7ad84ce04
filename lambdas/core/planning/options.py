"""The closed lists that a model may choose from, made by rules from the reading and the policies."""

from typing import Any

from lambdas.core.contracts.base import Contract
from lambdas.core.contracts.evidence import Evidence

MAX_CITATIONS = 5
MAX_QUESTION_CHARACTERS = 300


class Options(Contract):
    """What may be chosen: model ids, instance types of each, and ids of passages to cite."""

    models: tuple[str, ...]
    instance_types: tuple[str, ...]
    passages: tuple[str, ...]

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of a reply: every choice is an enum of these lists."""
        return {
            "type": "object",
            "additionalProperties": False,
            "required": ["model", "instance_type", "citations", "question"],
            "properties": {
                "model": {"type": "string", "enum": list(self.models)},
                "instance_type": {"type": "string", "enum": list(self.instance_types)},
                "citations": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": MAX_CITATIONS,
                    "items": {"type": "string", "enum": list(self.passages)},
                },
                "question": {"type": "string", "maxLength": MAX_QUESTION_CHARACTERS},
            },
        }


def passages_of(evidence: Evidence) -> tuple[str, ...]:
    """Return the ids that may be cited, best first."""
    return tuple(passage.id for passage in evidence.passages)
