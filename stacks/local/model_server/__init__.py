"""A server that speaks the NIM protocol on 127.0.0.1, with stand-ins where the models would be."""

from stacks.local.model_server.chat import PlanReply, Said
from stacks.local.model_server.server import ModelServer

__all__ = ["ModelServer", "PlanReply", "Said"]
