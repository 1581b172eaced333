"""A model behind one face, whatever its graphs look like: rows of float32 in, pictures (N, H, W, C) out, and back.

`Model` takes a manifest and something that runs its graphs. What a manifest can say about a graph (layouts, ranges,
logits, types, fixed batches, slices, conditions, spaces, noise) ends here; nothing else in the product meets it.
The package needs the standard library and numpy only.
"""

from __future__ import annotations

from models.adapter.errors import BadInput, GraphMismatch, NotSupported
from models.adapter.graph import Graph
from models.adapter.model import Model, Posterior

__all__ = ["BadInput", "Graph", "GraphMismatch", "Model", "NotSupported", "Posterior"]
