"""The rules of changing an endpoint: what may be changed, when a change has settled, what is live, how to go back."""
