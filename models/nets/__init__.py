"""Network architectures, one a file. `build` makes a network from its name and plain arguments."""

from __future__ import annotations

from torch import nn

from models.nets.cgan28 import Cgan28Critic, Cgan28Generator
from models.nets.cond28 import Cond28Decoder, Cond28Encoder
from models.nets.conv28 import Conv28Decoder, Conv28Encoder
from models.nets.conv64 import Conv64Decoder, Conv64Encoder
from models.nets.dcgan28 import Dcgan28Critic, Dcgan28Generator
from models.nets.face64 import Face64Encoder
from models.nets.film64 import Film64Decoder
from models.nets.mlp28 import Mlp28Critic, Mlp28Generator
from models.nets.stylegan64 import StyleCritic, StyleMapping, StyleSynthesis
from models.nets.wide28 import Wide28Decoder, Wide28Encoder

NETS: dict[str, type[nn.Module]] = {
    "cgan28-generator": Cgan28Generator,
    "cgan28-critic": Cgan28Critic,
    "cond28-encoder": Cond28Encoder,
    "cond28-decoder": Cond28Decoder,
    "conv28-encoder": Conv28Encoder,
    "conv28-decoder": Conv28Decoder,
    "conv64-encoder": Conv64Encoder,
    "conv64-decoder": Conv64Decoder,
    "dcgan28-generator": Dcgan28Generator,
    "dcgan28-critic": Dcgan28Critic,
    "face64-encoder": Face64Encoder,
    "film64-decoder": Film64Decoder,
    "mlp28-generator": Mlp28Generator,
    "mlp28-critic": Mlp28Critic,
    "stylegan64-mapping": StyleMapping,
    "stylegan64-synthesis": StyleSynthesis,
    "stylegan64-critic": StyleCritic,
    "wide28-encoder": Wide28Encoder,
    "wide28-decoder": Wide28Decoder,
}


def build(name: str, **arguments: int) -> nn.Module:
    """Return a freshly initialised network. Raises KeyError naming the known networks."""
    if name not in NETS:
        raise KeyError(f"no network is called {name!r}; known: {', '.join(sorted(NETS))}")
    return NETS[name](**arguments)
