"""What happens beside a training's steps: pictures to watch it by, and weights kept on the way."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from models.training import state
from models.training.trainer import Callback, Task

COLUMNS = 16


def previews(folder: Path, every: int) -> Callback:
    """Write `preview-<step>.png` into `folder` every so many steps and at the end."""

    def write(step: int, task: Task) -> None:
        if step % every and step != task.steps:
            return
        pictures = task.preview()
        if pictures is not None:
            _sheet(pictures).save(folder / f"preview-{step:06d}.png")

    return write


def snapshots(folder: Path, steps: Collection[int]) -> Callback:
    """Keep the weights of all modules in `snapshot-<step>.safetensors` after each of `steps`."""

    def keep(step: int, task: Task) -> None:
        if step in steps:
            state.save_weights(snapshot_file(folder, step), step, task.modules)

    return keep


def snapshot_file(folder: Path, step: int) -> Path:
    """Where the weights after `step` are kept."""
    return folder / f"snapshot-{step:06d}.safetensors"


def _sheet(pictures: torch.Tensor) -> Image.Image:
    """Pictures (N, C, H, W) in [0, 1] in rows of 16."""
    cells = (pictures.clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
    rows = [np.concatenate(list(cells[start : start + COLUMNS]), axis=1) for start in range(0, len(cells), COLUMNS)]
    whole = np.concatenate(rows, axis=0)
    return Image.fromarray(whole[..., 0] if whole.shape[2] == 1 else whole)
