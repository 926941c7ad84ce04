"""The house's lint for state machines: what AWS would refuse late, or run wrongly.

`python -m tools.asl_lint [FILES]` reads Amazon States Language in JSONata. It adds to statelint what a
schema cannot see: the graph, the flow of variables, errors that nothing raises, integrations that do not
exist, and failures that would end as successes.

model        the machine, its scopes and transitions; every finding points into it
expressions  what one JSONata expression reads
raised       which errors the Lambda code raises
rules        one module a concern, each a generator of problems
"""

from tools.asl_lint.linter import lint_file, lint_text
from tools.asl_lint.model import Finding, Problem
from tools.asl_lint.settings import Settings

__all__ = ["Finding", "Problem", "Settings", "lint_file", "lint_text"]
