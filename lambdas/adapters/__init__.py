"""AWS and NIM behind small Protocols. Only here does a ClientError become an error of ours."""
