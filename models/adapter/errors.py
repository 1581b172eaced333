"""What can go wrong between a request and a graph. Each message is a sentence that can be shown to a person.

ValueError
  NotSupported    the model lacks what was asked for: no encoder, no such space, a condition it needs was not given
  BadInput        what was given has the wrong shape or range: latents, pictures, class indices
  GraphMismatch   the graph did not answer what its manifest promises
"""

from __future__ import annotations


class NotSupported(ValueError):
    """The model lacks what was asked for."""


class BadInput(ValueError):
    """Latents, pictures or conditions of the wrong shape or range."""


class GraphMismatch(ValueError):
    """A graph answered something else than its manifest promises."""
