"""Find Deployment: which deployment an alarm or a person wants taken back, and who answers."""
