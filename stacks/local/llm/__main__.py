"""`python -m stacks.local.llm`: fetch the model where it is missing, as `.ci/run` does before its tests."""

import sys
from pathlib import Path

from stacks.local.llm.files import install

sys.stdout.write(f"{install(Path(__file__).resolve().parents[3]).model.name} is there\n")
