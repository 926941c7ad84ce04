"""What exists in an AWS account and how it is wired (CDK), and the laptop as a second place to deploy to (`local`)."""
