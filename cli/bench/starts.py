"""What it takes to start: each handler against boto3 with one client, and the synthesis of the stacks."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cli.bench import Measure
from cli.bench.children import clean_environment, cpu_s, paired_ratio
from cli.cdk_cli import NO_LAYERS
from cli.terminal import ROOT

_YARDSTICK = "import boto3; boto3.client('dynamodb')"
_PAIRS = 7
_IMPORT_BUDGET = 1.15
_RETRIEVAL_BUDGET = 1.4
_COMPUTING = ("retrieve_evidence", "index_knowledge", "search_knowledge")
_SYNTH_BUDGET_S = 4.0


def handler_imports() -> Iterator[Measure]:
    """Yield the cold import of each handler as a ratio to `import boto3` with one client, in CPU time."""
    env = clean_environment(
        AWS_DEFAULT_REGION="us-east-1",
        AWS_ACCESS_KEY_ID="bench",
        AWS_SECRET_ACCESS_KEY="bench",  # noqa: S106 - no call is made
        POWERTOOLS_SERVICE_NAME="agentops",
        POWERTOOLS_METRICS_NAMESPACE="AgentOps",
        OPENBLAS_NUM_THREADS="1",
    )
    for handler in sorted(ROOT.glob("lambdas/*/handler.py")):
        step = handler.parent.name
        ratio = paired_ratio(f"import lambdas.{step}.handler", _YARDSTICK, env, _PAIRS)
        budget = _RETRIEVAL_BUDGET if step in _COMPUTING else _IMPORT_BUDGET
        yield Measure(f"import {step}", ratio, "x boto3 with one client", budget)
    parser = paired_ratio("import lambdas.core.contracts.intent, lambdas.core.reading", _YARDSTICK, env, _PAIRS)
    contracts = paired_ratio("import lambdas.core.contracts.intent", _YARDSTICK, env, _PAIRS)
    yield Measure("on top, at the first intent: the parser", parser - contracts, "x boto3 with one client")


def synthesis() -> Iterator[Measure]:
    """Yield the CPU time of a synthesis and of cfn-lint over its templates, without checks that synth itself makes."""
    with tempfile.TemporaryDirectory() as folder:
        env = clean_environment(CDK_OUTDIR=folder, AGENTOPS_SYNTH_NAG="0", **NO_LAYERS)
        synth = cpu_s([sys.executable, str(ROOT / "app.py")], env)
        lint = Path(sys.executable).with_name("cfn-lint")
        if not lint.exists():
            yield Measure("synth (cfn-lint is not installed)", synth, "s CPU")
            return
        templates = [str(path) for path in sorted(Path(folder).glob("*.template.json"))]
        checked = cpu_s([str(lint), "--ignore-checks", "W3005", "--", *templates], env)
        yield Measure("synth", synth, "s CPU")
        yield Measure("cfn-lint", checked, "s CPU")
        yield Measure("synth + cfn-lint", synth + checked, "s CPU", _SYNTH_BUDGET_S)
