"""Roll Back: return to the last good configuration, or undo a first deployment."""
