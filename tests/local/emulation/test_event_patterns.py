"""The filters of event patterns that moto has of itself and the project's rules rely on."""

import json

from tests.local.emulation import harness


def test_patterns_tell_alarms_of_ours_from_others() -> None:
    with harness.new_world() as world:
        url, queue = world.new_queue("matched")
        pattern = {
            "source": ["agentops"],
            "detail": {
                "$or": [
                    {"alarmName": [{"prefix": "agentops-"}], "state": {"value": ["ALARM"]}},
                    {"alarmName": [{"exists": False}], "force": [True]},
                ],
                "name": [{"anything-but": {"prefix": "agentops-rollback-"}}],
            },
        }
        world.new_rule(pattern, {"Arn": queue})
        alarm = {"alarmName": "agentops-x", "state": {"value": "ALARM"}, "name": "deploy-1"}
        world.put_event(alarm)
        world.put_event({**alarm, "state": {"value": "OK"}})
        world.put_event({**alarm, "alarmName": "theirs-agentops-x"})
        world.put_event({**alarm, "name": "agentops-rollback-1"})
        world.put_event({"force": True, "name": "deploy-2"})
        world.put_event({"force": True, "name": "deploy-3", "alarmName": "theirs"})
        found = [json.loads(message["Body"])["detail"]["name"] for message in world.received(url, 2)]
        assert sorted(found) == ["deploy-1", "deploy-2"]
