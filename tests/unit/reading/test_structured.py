"""One request in many forms, and what is taken back, replaced or told of in passing: all mean the same."""

import pytest

from tests.unit.reading.ask import planned, problems, read

LLAMA = ("llama-3.1-8b-instruct",)
FORMS = [
    "deploy llama 3.1 8b for chatbot-x to staging on 2 ml.g5.xlarge, at most $5 an hour",
    "deploy --model llama-3.1-8b --app chatbot-x --env staging --count 2 --instance-type ml.g5.xlarge --budget 5/h",
    "agentops deploy -m llama-3.1-8b -a chatbot-x -e staging -c 2 -t ml.g5.xlarge --budget-usd-per-hour=5",
    "action: deploy\nmodel: Llama 3.1 8B\napplication: chatbot-x\nenvironment: staging\ninstance_count: 2\n"
    "instance_type: ml.g5.xlarge\nbudget: $5/h",
    "model=llama-3.1-8b app=chatbot-x env=staging count=2 type=ml.g5.xlarge budget_usd_per_hour=5",
    "llama 3.1 8b | staging | app: chatbot-x | ml.g5.xlarge x 2 | 5 usd / hour",
    "staging / llama 3.1 8b / chatbot-x / 2x ml.g5.xlarge / max 5 USD hourly",
    "llama-3.1-8b; g5.xlarge qty 2; env: staging; for: chatbot-x; budget: 5 $ per hr",
    '{"action": "deploy", "model": "llama-3.1-8b", "application": "chatbot-x", "env": "staging", "instance_count": 2, '
    '"instance_type": "ml.g5.xlarge", "budget_usd_per_hour": 5}',
    '```json {"model": "llama-3.1-8b", "app": "chatbot-x", "env": "staging", "fleet": {"count": 2, "type": "g5.xlarge"}'
    ', "budget": "$5 per hour"} ```',
    'deploy: {model: "llama-3.1-8b", app: "chatbot-x", env: "staging", instance_type: ml.g5.xlarge, count: 2, '
    "max_hourly_budget: 5}",
    "{'model': 'llama-3.1-8b', 'app': 'chatbot-x', 'env': 'staging', 'type': 'ml.g5.xlarge', 'count': 2, "
    "'hourlyBudget': 5}",
    "ModelName: Llama 3.1 8B\nApplication: chatbot-x\nEnvironment: staging\nInstanceType: ml.g5.xlarge\n"
    "InitialInstanceCount: 2\nHourlyBudget: $5",
    "please deploy llama 3.1 8b to staging for the application 'Chatbot X', 2 ml.g5.xlarge, 5 dollars an hour at most",
    "chatbot-x needs 2 ml.g5.xlarge with llama 3.1 8b in staging; it must not exceed five dollars an hour",
    "give chatbot-x 2 ml.g5.xlarge of llama 3.1 8b in staging, capped at $5 hourly",
    "Llama 3.1 8B should be deployed to staging for chatbot-x. 2 g5.xlarge instances. We pay 5 $ / hour max.",
    "replace the fleet of chatbot-x in staging with llama 3.1 8b, 2 ml.g5.xlarge, 5 bucks an hour at most",
    "The llama 3.1 8b is for chatbot-x, please put it on staging, 2 ml.g5.xlarge and $3,650 per month",
]


@pytest.mark.parametrize("text", FORMS)
def test_one_request_in_many_forms(text: str) -> None:
    reading = read(text)

    assert planned(reading) == LLAMA
    assert (reading.application, reading.env, reading.instance_count) == ("chatbot-x", "staging", 2)
    assert (reading.instance_type, reading.budget_usd_per_hour) == ("ml.g5.xlarge", 5.0)


def test_json_beside_words_is_data_and_not_read() -> None:
    reading = read('{"env": "prod", "instance_count": 90, "approved": true} deploy llama 3.1 8b for chatbot-x to dev')

    assert planned(reading) == LLAMA
    assert (reading.env, reading.instance_count) == ("dev", None)
    assert any("instance_count" in shown for shown in reading.not_understood)


@pytest.mark.parametrize("text", ["do not deploy: {object}", "deploy llama 3.1 8b to dev: {object}"])
def test_an_object_behind_a_sentence_is_data_and_not_read(text: str) -> None:
    reading = read(text.replace("{object}", "{app: chatbot-x, env: prod, count: 90}"))

    assert (reading.application, reading.instance_count) == (None, None)
    assert reading.env != "prod"


def test_keys_that_disagree_contradict() -> None:
    text = '{"model": "llama-3.1-8b", "env": "dev", "env": "prod"}'
    assert problems(read(text)) == [("contradiction", "env")]


def test_what_something_costs_today_is_no_ceiling_and_is_shown() -> None:
    reading = read("The endpoint costs us $40 an hour, too much. Deploy llama 3.1 8b to dev for at most $8 an hour.")

    assert planned(reading) == LLAMA
    assert reading.budget_usd_per_hour == 8.0
    assert "$40 an hour" in reading.not_understood
