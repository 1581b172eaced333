"""The bars that were set before the models were trained, what was reached, and what might close a gap."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from models.reporting.shelf import Shown

ById = Mapping[str, Shown]
Reached = tuple[bool, str]


@dataclass(frozen=True)
class Bar:
    """One bar. `reached` answers whether it is met, and with what; None where its figures were not measured."""

    name: str
    asked: str
    reached: Callable[[ById], Reached | None]
    closes: str


SEEDS = 3  # trainings from which a spread is told
FOLLOWED = 0.3  # correlation under which a latent says next to nothing of a factor: a tenth of its variance


def table(bars: Sequence[Bar], models: ById) -> list[str]:
    """Markdown lines."""
    lines = ["| bar | asked | reached | met | what might close the gap |", "| --- | --- | --- | --- | --- |"]
    for bar in bars:
        found = bar.reached(models)
        met, text = ("not measured", "–") if found is None else ("yes" if found[0] else "no", found[1])
        lines.append(f"| {bar.name} | {bar.asked} | {text} | {met} | {'' if met == 'yes' else bar.closes} |")
    return lines


def below(model: str, limit: float, *path: str, form: str = ".1f") -> Callable[[ById], Reached | None]:
    """A figure of one model that must be under a limit."""
    return _compared(model, path, form, lambda value: value < limit)


def at_least(model: str, limit: float, *path: str, form: str = ".2f") -> Callable[[ById], Reached | None]:
    """A figure of one model that must reach a limit."""
    return _compared(model, path, form, lambda value: value >= limit)


def _compared(
    model: str, path: tuple[str, ...], form: str, passes: Callable[[float], bool]
) -> Callable[[ById], Reached | None]:
    def reached(models: ById) -> Reached | None:
        value = models[model].figure(*path) if model in models else None
        return None if value is None else (passes(value), format(value, form))

    return reached


def gap(model: str, baseline: str) -> Callable[[ById], Reached | None]:
    """Whether the seeds' mean MIG lies above the baseline's by more than the larger spread (their range) of the two."""

    def reached(models: ById) -> Reached | None:
        values = [seeds(models, each) for each in (model, baseline)]
        if not all(len(each) >= SEEDS for each in values):
            return None
        means = [sum(each) / len(each) for each in values]
        spread = max(max(each) - min(each) for each in values)
        text = f"{means[0]:.3f} against {means[1]:.3f}, spread {spread:.3f}"
        return means[0] - means[1] > spread, text

    return reached


def unlike(model: str, twin: str, figure: str, form: str, *, more: bool) -> Callable[[ById], Reached | None]:
    """Whether a model's mean over its seeds lies above its twin's (or below) by more than the larger range."""

    def reached(models: ById) -> Reached | None:
        spreads = [
            models[each].figures.get("groups", {}).get("spread", {}).get(figure) if each in models else None
            for each in (model, twin)
        ]
        one, other = spreads
        if one is None or other is None or min(_trained(models[each]) for each in (model, twin)) < SEEDS:
            return None
        spread = max(each["greatest"] - each["least"] for each in (one, other))
        difference = (one["mean"] - other["mean"]) * (1 if more else -1)
        text = f"{format(one['mean'], form)} against {format(other['mean'], form)}, spread {format(spread, form)}"
        return difference > spread, text

    return reached


def _trained(entry: Shown) -> int:
    return len(entry.figures.get("groups", {}).get("seeds", {}))


def seeds(models: ById, model: str) -> list[float]:
    """The MIG of every seed of a model, as stored under `seeds`."""
    stored = models[model].figures.get("seeds", {}).get("scores", {}) if model in models else {}
    return [float(each["mig"]) for each in stored.values() if "mig" in each]


def kept_factors(model: str, names: Sequence[str], limit: float) -> Callable[[ById], Reached | None]:
    """Each factor read off reconstructions with at least that share of the score on originals."""

    def reached(models: ById) -> Reached | None:
        values = (
            {name: models[model].figure("reading", "factors", name, "kept") for name in names}
            if model in models
            else {}
        )
        known = {name: value for name, value in values.items() if value is not None}
        if len(known) < len(names):
            return None
        text = ", ".join(f"{name} {value:.0%}" for name, value in known.items())
        return min(known.values()) >= limit, text

    return reached


def frequencies(model: str, sampler: str) -> Callable[[ById], Reached | None]:
    """All factors of a sampler's draws as frequent as in the data, within a quarter."""

    def reached(models: ById) -> Reached | None:
        if model not in models:
            return None
        entry = models[model].figures.get("reading", {}).get("samplers", {}).get(sampler)
        if entry is None:
            return None
        off = {name: value for name, value in entry["largest_difference"].items() if value > 0.25}
        text = f"{entry['within_a_quarter']} of {entry['of']} factors"
        if off:
            text += "; off: " + ", ".join(f"{name} {value:.0%}" for name, value in off.items())
        return not off, text

    return reached


def own_sliders(model: str, first: str, second: str, *, apart: bool) -> Callable[[ById], Reached | None]:
    """Whether two factors follow different latents most (`apart`), or the same.

    A factor that no latent follows (|r| under `FOLLOWED`) is not coded: it sits on no slider at all, and
    the bar is not met either way.
    """

    def reached(models: ById) -> Reached | None:
        if model not in models:
            return None
        latents = [models[model].figure("sliders", "factors", name, "latent") for name in (first, second)]
        strengths = [models[model].figure("sliders", "factors", name, "correlation") for name in (first, second)]
        if None in latents or None in strengths:
            return None
        text = ", ".join(
            f"{name} z{latent:.0f} (|r| {strength:.2f})"
            for name, latent, strength in zip((first, second), latents, strengths, strict=True)
        )
        coded = all(strength is not None and abs(strength) >= FOLLOWED for strength in strengths)
        return coded and (latents[0] != latents[1]) == apart, text

    return reached
