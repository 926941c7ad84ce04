"""The scenes in the order of telling. Their runs begin in another order: all that can go on at once does."""

from __future__ import annotations

from collections.abc import Callable

from cli.demo.approving import Unwanted
from cli.demo.auditing import Auditing
from cli.demo.deploying import Production, Staging
from cli.demo.planning import Planning
from cli.demo.story import Story


def begin(story: Story) -> dict[str, Callable[[], None]]:
    """Begin every run, and return how each scene is told, by title."""
    story.gather()
    production = Production(story)
    production.wait_for_change()  # its releases take longest: what else there is does not hold the first one up
    staging, planning = Staging(story), Planning(story)
    unwanted = Unwanted(story, planning.wait)  # a third open change would be one too many for the plans
    story.warm_up()
    return {
        "1. An intent becomes a cited plan and a dry run": planning.from_an_intent,
        "2. A typed plan, an event, and the same request twice": planning.in_other_ways,
        "3. Over budget: denied. Unclear: asked back": planning.refused,
        "4. Staging: deployed, verified and watched": staging.deployed,
        "5. Production: two people approve, by mail": production.approved,
        "6. A canary fails: SageMaker takes it back": production.canary_taken_back,
        "7. The next attempt holds": production.next_attempt,
        "8. Later an alarm fires: rolled back without asking": production.rolled_back_later,
        "9. A mail scanner opens and submits everything": unwanted.scanned,
        "10. An approver declines, with a reason": unwanted.declined,
        "11. The audit, exported and verified": Auditing(story).exported,
    }
