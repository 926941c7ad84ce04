"""Model names: many spellings of one entry, and a question wherever it is not one entry."""

import pytest

from lambdas.core.contracts.intent import Constraints
from lambdas.core.policies import CatalogueModel
from lambdas.core.reading import read_intent
from tests.unit.reading.ask import REAL_CATALOGUE, planned, problems, read
from tests.unit.reading.fake_catalogue import CATALOGUE

LLAMA = "llama-3.1-8b-instruct"
NANO = "nemotron-nano-8b"


@pytest.mark.parametrize(
    ("spelling", "catalogue_id"),
    [
        ("llama3.1-8b", LLAMA),
        ("Llama 3.1 8B Instruct", LLAMA),
        ("meta-llama/Llama-3.1-8B-Instruct", LLAMA),
        ("meta llama 3.1 (8b)", LLAMA),
        ("the 8 billion parameter Llama v3.1 model", LLAMA),
        ("llama 3.1 with 8 billion parameters", LLAMA),
        ("llama 8b", LLAMA),
        ("llama31 8b", LLAMA),
        ("lama 3.1 8b", LLAMA),
        ("llama 3.1 70b", "llama-3.1-70b-instruct"),
        ("nemotron-nano-8b", NANO),
        ("the Nemotron Nano NIM", NANO),
        ("nano nemotron", NANO),
        ("nematron nano", NANO),
        ("nvidia/llama-3.1-nemotron-nano-8b-v1", NANO),
        ("Nemotron Super", "nemotron-super-49b"),
        ("qwen2.5 7b", "qwen2.5-7b-instruct"),
        ("Qwen/Qwen2.5-7B-Instruct", "qwen2.5-7b-instruct"),
        ("mistral:7b", "mistral-7b-instruct"),
        ("llama 3.1 8b in bf16", LLAMA),
        ("XGBoost", "xgboost-1.7"),
        ("xgb 1.7", "xgboost-1.7"),
    ],
)
def test_reads_a_spelling(spelling: str, catalogue_id: str) -> None:
    assert planned(read(f"deploy {spelling} to dev".replace("in bf16 to", "bf16 to"))) == (catalogue_id,)


@pytest.mark.parametrize(
    "name",
    [
        "llama 3 8b",
        "llama 3.2 8b",
        "llama 3.1 405b",
        "llama 3.1 8b fp8",
        "codellama 7b",
        "mixtral 8x7b",
        "gpt-4o",
        "solar 10.7b",
        "foo-7b",
        "nemotron nano 4b",
        "llama-3.1-8b-turbo9",
        "tinyllama",
    ],
)
def test_asks_about_a_model_that_the_catalogue_lacks(name: str) -> None:
    reading = read(f"deploy {name} to dev")

    assert problems(reading) == [("unknown", "model")]
    names = [" ".join(model.name.partition("(")[0].split()) for model in CATALOGUE.models]
    assert reading.problems[0].suggestions
    assert {f"deploy {name} for chatbot-x in staging" for name in names}.issuperset(reading.problems[0].suggestions)


@pytest.mark.parametrize("name", ["llama 3.1", "nemotron", "an 8b model", "the 49b model"])
def test_asks_which_of_several(name: str) -> None:
    assert problems(read(f"deploy {name} to dev")) == [("ambiguous", "model")]


@pytest.mark.parametrize(
    "text",
    [
        "deploy llama 3.1 8b and nemotron nano 8b to dev",
        "deploy gpt-4 or llama 3.1 8b to dev",
        "deploy llama 3.1 8b, the 70b one, to dev",
    ],
)
def test_two_models_contradict(text: str) -> None:
    reading = read(text)

    assert problems(reading) == [("contradiction", "model")]
    assert len(reading.models) == 2


def test_two_mentions_of_one_model_are_one() -> None:
    assert planned(read("deploy llama 3.1 8b to dev; the llama is for chatbot-x")) == (LLAMA,)


@pytest.mark.parametrize(
    "text",
    [
        "use nemotron nano, not llama, in dev",
        "deploy nemotron nano instead of llama to dev",
        "replace llama 3.1 8b with nemotron nano in dev",
        "deploy nemotron nano to dev, replacing mistral 7b",
        "swap out mistral 7b, deploy nemotron nano to dev",
        "migrate from llama 3.1 8b to nemotron nano in dev",
        "the old mistral 7b was slow, deploy nemotron nano in dev",
        "deploy llama 3.1 8b, sorry, I meant nemotron nano, to dev",
    ],
)
def test_an_excluded_or_replaced_model_is_not_chosen(text: str) -> None:
    assert planned(read(text)) == (NANO,)


@pytest.mark.parametrize("text", ["deploy to dev", "deploy a model to dev", "deploy the fraud-detector to dev"])
def test_asks_for_a_missing_model(text: str) -> None:
    assert problems(read(text)) == [("missing", "model")]


def test_a_model_name_inside_another_name_is_no_model() -> None:
    reading = read("deploy mistral 7b for nemotron-bot in dev")

    assert planned(reading) == ("mistral-7b-instruct",)
    assert reading.application == "nemotron-bot"


@pytest.mark.parametrize("model", REAL_CATALOGUE.models, ids=[model.id for model in REAL_CATALOGUE.models])
def test_every_spelling_in_the_real_catalogue_means_its_own_entry(model: CatalogueModel) -> None:
    def ids(spelling: str) -> tuple[str, ...]:
        text = f"deploy {spelling} to dev"
        reading = read_intent(text, REAL_CATALOGUE, env=None, constraints=Constraints(), region="us-east-1")
        return reading.models[0].catalogue_ids

    for spelling in (model.id, model.name, *model.aliases):
        assert ids(spelling) == (model.id,), spelling
    assert REAL_CATALOGUE.get(ids(model.family)[0]).family == model.family  # type: ignore[union-attr]


@pytest.mark.parametrize("family", sorted({model.family for model in REAL_CATALOGUE.models}))
def test_a_family_without_a_size_is_one_entry_by_its_aliases_or_a_question(family: str) -> None:
    text = f"deploy {family} to dev"
    reading = read_intent(text, REAL_CATALOGUE, env=None, constraints=Constraints(), region="us-east-1")
    (mention,) = reading.models

    assert mention.family == family
    assert mention.parameters_b is None
    assert [about for _, about in problems(reading)] == (["model"] if len(mention.catalogue_ids) > 1 else [])
