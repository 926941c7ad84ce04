"""What a deployment needs to work, looked at one thing at a time, in AWS or on this machine."""
