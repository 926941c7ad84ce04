"""Two-stage retrieval: what an index holds, how ranks are fused, and how a search degrades. No numpy, no I/O."""
