"""The tables of docs/zoo.md: one a data set, a row a model, each column a figure of metrics.json."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.reporting.shelf import FAMILIES, Shown

NONE = "–"
Cell = Callable[[Shown], str]


@dataclass(frozen=True)
class Column:
    """A column's heading and what a model has in it; `NONE` where nothing was measured."""

    heading: str
    cell: Cell


def _number(form: str, *path: str) -> Cell:
    def cell(shown: Shown) -> str:
        value = shown.figure(*path)
        return NONE if value is None else format(value, form)

    return cell


def _active(shown: Shown) -> str:
    size = shown.manifest.latent.size
    active = shown.figure("kl", "active")
    return str(size) if active is None else f"{size} ({active:.0f})"


def _best(shown: Shown, figure: str, form: str) -> str:
    """The first sampler's figure, and that of the best of the others where there are some."""
    samplers = shown.figures.get("samples", {}).get("samplers", {})
    if not samplers:
        return NONE
    first, *others = samplers.items()
    text = format(first[1][figure], form)
    if others:
        name, entry = min(others, key=lambda each: float(each[1]["fid"]))
        text += f" / {format(entry[figure], form)} ({name})"
    return text


def _entropy(shown: Shown) -> str:
    samplers = shown.figures.get("classes", {}).get("samplers", {})
    return f"{next(iter(samplers.values()))['entropy']:.2f}" if samplers else NONE


def _fid(shown: Shown) -> str:
    entry = shown.figures.get("fid-inception")
    return ", ".join(f"{name} {value:.1f}" for name, value in entry["samplers"].items()) if entry else NONE


COLUMNS: tuple[Column, ...] = (
    Column("model", lambda shown: f"[`{shown.recipe.id}`](#{shown.recipe.id})"),
    Column("family", lambda shown: FAMILIES[shown.recipe.kind]),
    Column("dimensions (active)", _active),
    Column("PSNR, dB", _number(".1f", "reconstruction", "psnr")),
    Column("LPIPS", _number(".3f", "perceptual", "lpips")),
    Column("KL, nats", _number(".1f", "kl", "total")),
    Column("AUC to the prior", _number(".2f", "aggregate", "auc")),
    Column("samples, FID (EfficientNet)", lambda shown: _best(shown, "fid", ".0f")),
    Column("precision", lambda shown: _best(shown, "precision", ".2f")),
    Column("recall", lambda shown: _best(shown, "recall", ".2f")),
    Column("class entropy", _entropy),
    Column("class asked for", _number(".1%", "obedience", "accuracy")),
    Column("FID (Inception)", _fid),
    Column("MIG", _number(".3f", "disentanglement", "mig", "value")),
    Column("pictures/s", _number(",.0f", "speed", "decoded_per_second")),
)


def table(models: Sequence[Shown]) -> list[str]:
    """Markdown lines; a column in which no model has a figure is left out."""
    cells = {column.heading: [column.cell(shown) for shown in models] for column in COLUMNS}
    kept = [heading for heading, column in cells.items() if any(cell != NONE for cell in column)]
    rows = ["| " + " | ".join(row) + " |" for row in zip(*(cells[heading] for heading in kept), strict=True)]
    return ["| " + " | ".join(kept) + " |", "| " + " | ".join("---" for _ in kept) + " |", *rows]
