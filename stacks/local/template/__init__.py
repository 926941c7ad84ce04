"""CloudFormation for the laptop: read a synthesised cloud assembly and create its resources through boto3."""
