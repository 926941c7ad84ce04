"""One small creator for each CloudFormation type, in a file for each group of services."""
