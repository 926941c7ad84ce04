"""The seams that make moto answer as AWS does. Every patch of moto in this repository lives in this package."""

from stacks.local.emulation.hooks import BackOff, EndpointNotFoundError, EndpointReply, Hooks, InvokeResult

__all__ = ["BackOff", "EndpointNotFoundError", "EndpointReply", "Hooks", "InvokeResult"]
