"""What is carried out: a first deployment in staging, and production with people, a canary, and two ways back."""

from __future__ import annotations

from typing import NamedTuple

from cli.demo import fleet
from cli.demo.people import LEAD, OWNER, Mail, decided
from cli.demo.story import Story
from cli.demo.telling import expect, expect_end, tell, tell_end, tell_mail, tell_request, tell_states
from cli.stage import ROLLBACK, Ended, SceneError

_STAGING = {"intent": "deploy llama-3.1 8B for assistant", "env": "staging", "execute": True}
_STAGING_ENDPOINT = "assistant-staging"
_FIRST = {"intent": "deploy xgboost 1.7 for fraud-score", "env": "prod", "execute": True}
_FASTER = {"intent": "deploy xgboost 1.7 for fraud-score on 2 ml.c5.xlarge", "env": "prod", "execute": True}
_ENDPOINT = "fraud-score-prod"
_ALARMS_FIRED = 2
# Each report has to outweigh those before it: a metric forgets nothing within its periods.
_CANARY_REQUESTS, _LATER_REQUESTS, _BACK_REQUESTS = 10**3, 10**6, 10**9


class Release(NamedTuple):
    """One approved change of production: what was mailed, how it ended, and what was seen on the way."""

    mail: Mail
    ended: Ended
    plan_id: str
    config: str
    seen: tuple[str, ...] = ()


class Staging:
    """An intent that is carried out where nobody has to be asked."""

    def __init__(self, story: Story) -> None:
        self._stage = story.stage
        self._execution = self._stage.start(_STAGING)

    def deployed(self) -> None:
        """Made, asked a question whose answer is known, watched, and recorded: also that nobody used it meanwhile."""
        tell_request(_STAGING)
        ended = expect_end(self._stage.wait(self._execution), "unexercised")
        expect(fleet.live(self._stage, _STAGING_ENDPOINT).get("EndpointStatus"), "InService", "the endpoint")
        tell_states(self._stage, self._execution, "Apply Deployment")
        tell_end(ended)


class Production:
    """One endpoint's releases, one after the other."""

    def __init__(self, story: Story) -> None:
        self._story, self._stage = story, story.stage
        self._begun = self._stage.start(_FIRST)
        self.first = story.later(self._first)
        self.taken_back = story.later(self._taken_back)
        self.next = story.later(self._next)
        self.restored = story.later(self._restored)

    def wait_for_change(self) -> None:
        """Return once the first release is being made; where a reader takes part, once people are asked about it."""
        self._story.plan_of(self._begun)
        if not self._story.reader:
            self._stage.until(self._being_made, f"{_ENDPOINT} is not made")

    def approved(self) -> None:
        """Two people approve, each on the page behind their own link, with a code that stands in no mail."""
        tell_request(_FIRST)
        release = self.first()
        tell_mail(release.mail)
        self._tell_decision(release)
        expect_end(release.ended, "unexercised")
        tell_states(self._stage, release.ended.execution, "Request Approval")
        tell_end(release.ended)

    def canary_taken_back(self) -> None:
        """The canary's alarm fires: SageMaker takes it back, and the workflow notices, verifies and records it."""
        tell_request(_FASTER)
        release = self.taken_back()
        tell_mail(release.mail)
        self._tell_decision(release)
        for line in release.seen:
            tell(line)
        expect_end(release.ended, "RolledBack")
        expect(release.config, self.first().config, "what is live")
        tell_states(self._stage, release.ended.execution, "Request Approval")
        tell_end(release.ended)
        tell(f"{_ENDPOINT} runs on {release.config} as before", "green")

    def next_attempt(self) -> None:
        """The same change again, approved again; now the canary holds."""
        tell_request(_FASTER)
        release = self.next()
        self._tell_decision(release)
        for line in release.seen:
            tell(line)
        expect_end(release.ended, "deployed")
        tell_states(self._stage, release.ended.execution, "Request Approval")
        tell_end(release.ended)

    def rolled_back_later(self) -> None:
        """Outside any run an alarm of what was deployed starts the rollback machine."""
        reason, ended = self.restored()
        tell(f"alarm {reason}")
        expect_end(ended, "restored")
        config = fleet.live(self._stage, _ENDPOINT).get("EndpointConfigName")
        expect(config, self.first().config, "what is live")
        tell_states(self._stage, ended.execution, "Find Deployment")
        tell(f"{_ENDPOINT} runs on {config} again", "green")

    def _being_made(self) -> object:
        return fleet.live(self._stage, _ENDPOINT) or self._stage.ended(self._begun)

    def _first(self) -> Release:
        plan_id = self._story.plan_of(self._begun)
        mail = self._story.people[LEAD].mail(plan_id)
        if self._story.reader:
            self._story.reader.waits_for_approval(self._story.people, plan_id, mail)
        else:
            self._story.approve(plan_id, LEAD, OWNER)
        return self._release(mail, self._stage.wait(self._begun), plan_id)

    def _taken_back(self) -> Release:
        self.first()
        mail, execution, plan_id = self._asked_again()
        words = fleet.wait_for_canary(self._stage, _ENDPOINT)
        alarm = fleet.alarms_of(self._stage, plan_id)[0]
        self._known = self._stage.executions(ROLLBACK)
        fleet.report(self._stage, alarm, requests=_CANARY_REQUESTS, failed=_CANARY_REQUESTS)
        reason = fleet.why(self._stage, alarm)
        ended = self._stage.wait(execution)
        handed = self._stage.until(self._handed_over, "the alarms were answered twice")
        seen = (
            f"SageMaker: {words}",
            f"alarm {alarm} fires: {reason}",
            f"{handed} alarms started the rollback workflow, which left them to this run",
        )
        return self._release(mail, ended, plan_id, *seen)

    def _next(self) -> Release:
        self.taken_back()
        watching = fleet.alarms_of(self._stage, self.first().plan_id)[0]
        fleet.report(self._stage, watching, requests=_LATER_REQUESTS, failed=0)
        mail, execution, plan_id = self._asked_again()
        words = fleet.wait_for_canary(self._stage, _ENDPOINT)
        ended = self._stage.wait(execution)
        answer = fleet.ask(self._stage, _ENDPOINT, fleet.SCORES)
        return self._release(
            mail, ended, plan_id, f"SageMaker: {words}", f"asked {fleet.SCORES[1]}, it answers {answer}"
        )

    def _restored(self) -> tuple[str, Ended]:
        plan_id = self.next().plan_id
        alarm = fleet.alarms_of(self._stage, plan_id)[0]
        fleet.report(self._stage, alarm, requests=_LATER_REQUESTS, failed=_LATER_REQUESTS)
        reason = fleet.why(self._stage, alarm)
        # The alarms of the release before watch again from now on, and the same metric.
        fleet.report(self._stage, alarm, requests=_BACK_REQUESTS, failed=0)
        execution = self._stage.until(lambda: self._rollback_of(plan_id), "the alarm started no rollback")
        return f"{alarm} fires: {reason}", self._stage.wait(execution)

    def _handed_over(self) -> int | None:
        """Count the answers to the alarms once all were given: that of the release before watches the same metric."""
        ended = [self._stage.ended(execution) for execution in self._stage.executions(ROLLBACK) - self._known]
        if len(ended) < _ALARMS_FIRED or None in ended:
            return None
        for one in ended:
            end = one and one.output.get("end")
            # One that is told after the run has ended finds that its release is gone.
            if end not in ("handed-over", "nothing-to-undo"):
                raise SceneError(f"the answer to an alarm was {end}")
        return len(ended)

    def _rollback_of(self, plan_id: str) -> str | None:
        """Return the newest run of the rollback machine that undoes a plan, or None."""
        executions = self._stage.executions(ROLLBACK)
        for head in self._stage.heads():
            if head["execution_arn"] in executions:
                record = self._stage.find(head["plan_id"], "rollback")
                if record and record["of_plan"] == plan_id:
                    return str(head["execution_arn"])
        return None

    def _asked_again(self) -> tuple[Mail, str, str]:
        execution = self._stage.start(_FASTER)
        plan_id = self._story.plan_of(execution)
        mail = self._story.people[LEAD].mail(plan_id)
        self._story.approve(plan_id, LEAD, OWNER)
        return mail, execution, plan_id

    def _release(self, mail: Mail, ended: Ended, plan_id: str, *seen: str) -> Release:
        config = str(fleet.live(self._stage, _ENDPOINT).get("EndpointConfigName", ""))
        return Release(mail, ended, plan_id, config, seen)

    def _tell_decision(self, release: Release) -> None:
        decision = decided(self._stage, release.plan_id) or {}
        expect(decision.get("outcome"), "approved", "the decision")
        expect(len(decision["by"]), 2, "the number of those who approved")
        expect(decision.get("assurance"), "totp", "the decision's assurance")
        tell(f"approved by {' and '.join(decision['by'])}, each with their authenticator's code", "green")
