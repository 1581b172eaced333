"""The card's table of figures: one or more lines for each entry of metrics.json that is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Figures = dict[str, Any]
Row = tuple[str, str]


def rows(figures: Figures) -> list[Row]:
    """(protocol, sentence) of every entry that has a line here; an entry without its figures is left out."""
    found: list[Row] = []
    for name, lines in LINES.items():
        entry = figures.get(name)
        if entry is not None:
            found += [(entry.get("protocol", name), text) for text in lines(entry)]
    return found


def _reconstruction(f: Figures) -> Iterator[str]:
    text = f"MSE {f['mse']:.4f} (PSNR {f['psnr']:.1f} dB) on {f['pictures']:,} held-out pictures"
    if "pca_mse" in f:
        text += f"; PCA with as many components: {f['pca_mse']:.4f} ({_decibels(f['pca_psnr'])})"
    yield text


def _decibels(value: float | None) -> str:
    return "no error" if value is None else f"{value:.1f} dB"


def _perceptual(f: Figures) -> Iterator[str]:
    yield f"LPIPS (shift-tolerant) {f['lpips']:.3f} on {f['pictures']:,} held-out pictures"


def _agreement(f: Figures) -> Iterator[str]:
    chance = f" (always the most frequent: {f['most_frequent_label']:.1%})" if "most_frequent_label" in f else ""
    yield f"label of the {f['k']} nearest agrees for {f['value']:.1%}{chance}"


def _kl(f: Figures) -> Iterator[str]:
    yield f"{f['total']:.1f} nats in all; {f['active']} of {len(f['per_dimension'])} dimensions active"


def _aggregate(f: Figures) -> Iterator[str]:
    yield (
        f"AUC {f['auc']:.2f} against the prior (0.5 is a match); sliced Wasserstein {f['sliced_wasserstein']:.2f}, by "
        f"chance {f['sliced_wasserstein_null']:.2f}"
    )


def _styles(f: Figures) -> Iterator[str]:
    r2, length = f["mean_r2"], f["path_length"]
    yield (
        f"R² of the factors by a line: {r2['z']:.2f} from z, {r2['w']:.2f} from w; perceptual path length "
        f"{length['z']:.1f} in z, {length['w']:.1f} in w"
    )


def _inversion(f: Figures) -> Iterator[str]:
    yield f"R² of {f.get('space', 'z')} from the picture drawn with it: {f['r2']:.2f}"


def _samples(f: Figures) -> Iterator[str]:
    if "samplers" not in f:
        return
    for label, entry in (("training pictures", f["floor"]), ("reconstructions", f["reconstructions"])):
        yield f"{label}: {_distance(entry)}"
    for entry in f["samplers"].values():
        yield f"{entry['title']}: {_distance(entry)}"


def _distance(entry: Figures) -> str:
    return (
        f"FID (EfficientNet-Lite0) {entry['fid']:.1f}, KID {entry['kid']:.4f}, "
        f"precision {entry['precision']:.2f}, recall {entry['recall']:.2f}"
    )


def _classes(f: Figures) -> Iterator[str]:
    whole = f["entropy_of_equal_shares"]
    accuracy = f"classifier: {f['classifier_accuracy']:.1%} right on held-out pictures"
    for name, entry in f["samplers"].items():
        missing = f", {entry['missing']} classes missing" if entry["missing"] else ""
        yield f"{name}: class entropy {entry['entropy']:.2f} of {whole:.2f} nats{missing} ({accuracy})"
    if "snapshots" in f:
        steps = ", ".join(f"{label} {entry['entropy']:.2f}" for label, entry in f["snapshots"].items())
        yield f"class entropy over the training: {steps}"


def _obedience(f: Figures) -> Iterator[str]:
    yield (
        f"{f['accuracy']:.1%} of {f['draws']:,} draws are read as the class asked for "
        f"(classifier: {f['classifier_accuracy']:.1%} right on held-out pictures)"
    )


def _sliders(f: Figures) -> Iterator[str]:
    parts = [
        f"{name} z{entry['latent']} ({entry['correlation']:.2f}; "
        f"next z{entry['next_latent']} {entry['next_correlation']:.2f})"
        for name, entry in f["factors"].items()
    ]
    yield "the latent that follows each factor most, with |r|: " + ", ".join(parts)


def _disentanglement(f: Figures) -> Iterator[str]:
    mig, dci = f["mig"], f["dci"]
    yield (
        f"MIG {mig['value']:.3f} ({mig['normalised']:.3f} of a perfect code's); SAP {f['sap']['value']:.3f}; DCI "
        f"{dci['disentanglement']:.2f}, {dci['completeness']:.2f}, {dci['informativeness']:.2f}; FactorVAE "
        f"{f['factor_vae']['value']:.2f} and beta-VAE score {f['beta_vae']['value']:.2f} (chance "
        f"{f['factor_vae']['chance']:.2f})"
    )


def _seeds(f: Figures) -> Iterator[str]:
    mig, names = f["spread"]["mig"], ", ".join(f["scores"])
    yield (
        f"MIG of seeds {names}: mean {mig['mean']:.3f}, from {mig['least']:.3f} to {mig['greatest']:.3f}; {f['rule']}"
    )


def _reading(f: Figures) -> Iterator[str]:
    kept = [
        f"{name} {entry['kept']:.0%} of {entry['originals']:.2f}"
        for name, entry in f["factors"].items()
        if entry["kept"]
    ]
    yield "read off reconstructions, as a share of what is read off originals: " + ", ".join(kept)
    for name, entry in f["samplers"].items():
        most = max(entry["largest_difference"], key=entry["largest_difference"].__getitem__)
        yield (
            f"{name}: {entry['within_a_quarter']} of {entry['of']} factors are as frequent as in the data, give or "
            f"take a quarter; furthest off {most} ({entry['largest_difference'][most]:.0%})"
        )


def _groups(f: Figures) -> Iterator[str]:
    spread = f["spread"]
    seeds = f"over seeds {', '.join(f['seeds'])}"
    yield (
        f"error (MSE) on darker faces {_range(spread['darker_error'], '.4f')}, on lighter ones "
        f"{_range(spread['lighter_error'], '.4f')}, {seeds}"
    )
    yield (
        f"taken for no face: {_range(spread['darker_misjudged'], '.1%')} of the darker, "
        f"{_range(spread['lighter_misjudged'], '.1%')} of the lighter"
    )
    yield (
        f"share of darker faces: {_range(spread['dark_share_of_faces'], '.1%')} of the faces it learnt from, "
        f"{_range(spread['dark_share_after_resampling'], '.1%')} after resampling, "
        f"{_range(spread['dark_share_of_draws'], '.1%')} of its draws"
    )


def _range(entry: Figures, form: str) -> str:
    mean, least, greatest = (format(entry[name], form) for name in ("mean", "least", "greatest"))
    return mean if least == greatest else f"{mean} ({least} to {greatest})"


def _speed(f: Figures) -> Iterator[str]:
    yield (
        f"{f['decoded_per_second']:,.0f} pictures decoded and {f['encoded_per_second']:,.0f} encoded a second on one "
        f"thread, {f['batch']} at a time; a single one in {f['one_decoded_ms']:.1f} ms"
    )


def _fid(f: Figures) -> Iterator[str]:
    parts = [f"{name} {value:.1f}" for name, value in f["samplers"].items()]
    if "reconstructions" in f:
        parts.append(f"reconstructions {f['reconstructions']:.1f}")
    yield f"Inception, {f['draws']:,} against {f['real']:,}: {', '.join(parts)}; training pictures {f['floor']:.1f}"


def _parity(f: Figures) -> Iterator[str]:
    picture, latent = f["decoder"], f["encoder"]
    yield f"largest difference from torch {picture:.4f} in the picture, {latent:.4f} in the latent"


LINES: dict[str, Callable[[Figures], Iterator[str]]] = {
    "reconstruction": _reconstruction,
    "perceptual": _perceptual,
    "label_agreement": _agreement,
    "kl": _kl,
    "aggregate": _aggregate,
    "inversion": _inversion,
    "fid-inception": _fid,
    "samples": _samples,
    "classes": _classes,
    "obedience": _obedience,
    "sliders": _sliders,
    "disentanglement": _disentanglement,
    "seeds": _seeds,
    "reading": _reading,
    "groups": _groups,
    "styles": _styles,
    "speed": _speed,
    "parity": _parity,
}
