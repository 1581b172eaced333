"""Network architectures, one a file. `build` makes a network from its name and plain arguments."""

from __future__ import annotations

from torch import nn

from models.nets.conv28 import Conv28Decoder, Conv28Encoder
from models.nets.dcgan28 import Dcgan28Critic, Dcgan28Generator

NETS: dict[str, type[nn.Module]] = {
    "conv28-encoder": Conv28Encoder,
    "conv28-decoder": Conv28Decoder,
    "dcgan28-generator": Dcgan28Generator,
    "dcgan28-critic": Dcgan28Critic,
}


def build(name: str, **arguments: int) -> nn.Module:
    """Return a freshly initialised network. Raises KeyError naming the known networks."""
    if name not in NETS:
        raise KeyError(f"no network is called {name!r}; known: {', '.join(sorted(NETS))}")
    return NETS[name](**arguments)
