"""A real small language model on this machine, in the place of the planner's stand-in: SmolLM2-135M by llama.cpp.

It shows that protocol, refusal and repair work with a model that nobody wrote for them; what it says is worth nothing.
"""

from stacks.local.llm.files import LlmFiles, install, installed
from stacks.local.llm.serving import Llm

__all__ = ["Llm", "LlmFiles", "install", "installed"]
