"""What stops a synth. Every message says what was wrong, where, and what to do.

SynthesisError
    ConfigurationError    cdk.json is malformed or holds a wrong value; one line per problem
    LayerError            a dependency layer could not be built
    PlaceholderError      the state machine's placeholders and the functions do not match
    FindingsError         cdk-nag or the CDK's own validation refuse something
    UnpricedTypeError     a template holds a resource type whose idle cost nobody wrote down
"""

from __future__ import annotations


class SynthesisError(Exception):
    """The app cannot be synthesised, or its templates not be priced."""


class ConfigurationError(SynthesisError):
    """`cdk.json` is malformed or holds a wrong value; one line per problem."""


class LayerError(SynthesisError):
    """A layer could not be built; the message names it and what the installer said."""


class PlaceholderError(SynthesisError):
    """The state machine names a placeholder that no function fills, or a function fills one that it never names."""


class FindingsError(SynthesisError):
    """A checker found something that nobody acknowledged; one line per rule and construct."""


class UnpricedTypeError(SynthesisError):
    """A resource type that `stacks.idle_cost` knows no price for."""
