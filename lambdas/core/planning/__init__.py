"""From a reading to a plan: closed lists, the question to the model, its reply held to them, and the computed plan."""
