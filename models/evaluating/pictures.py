"""How well held-out pictures come back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.analysis import perceptual
from models.evaluating.opened import SEED, Figures, Opened, Pictures
from models.latent import fidelity

Floats = NDArray[np.float32]
PAIRS = 500  # for the perceptual distance
FITTED = 60_000  # training pictures at most that the linear baseline is fitted to
SMALL = 1000  # values of a picture up to which its covariance is decomposed outright
SKETCHED = 10_000  # training pictures for larger ones
ROUNDS = 4  # of the subspace iteration


def reconstruction(opened: Opened) -> Figures:
    """Mean squared error of all held-out pictures, beside PCA with as many components as the latent has."""
    test = opened.test.images
    mse = mean_squared_error(opened.redrawn, test)
    figures: Figures = {"pictures": len(test), "mse": mse, "psnr": float(fidelity.psnr(mse))}
    if opened.manifest.kind != "pca":
        pca, fitted = linear_error(opened.train.images, test, opened.recipe.latent)
        figures |= {"pca_mse": pca, "pca_psnr": float(fidelity.psnr(pca)) if pca else None, "pca_fitted_to": fitted}
    return figures


def perception(opened: Opened) -> Figures:
    """LPIPS (shift-tolerant, AlexNet) of the first held-out pictures and their reconstructions."""
    distance = perceptual.load()
    pairs = min(PAIRS, len(opened.test.images))
    found = distance(_unit(opened.redrawn[:pairs]), _unit(opened.test.images[:pairs]))
    return {"pictures": pairs, "lpips": float(found.mean())}


def mean_squared_error(pictures: Pictures, others: Pictures) -> float:
    """Over all values, both (N, H, W, C) uint8, as of pictures in [0, 1]."""
    chunks = range(0, len(pictures), 500)
    sums = [np.square(_unit(pictures[i : i + 500]) - _unit(others[i : i + 500])).sum(dtype=np.float64) for i in chunks]
    return float(np.sum(sums) / pictures.size)


def linear_error(train: Pictures, test: Pictures, components: int) -> tuple[float, int]:
    """Error of PCA fitted to training pictures, in the measure above -> that and the pictures it was fitted to.

    Large pictures: subspace iteration (Halko et al. 2011, arXiv:0909.4061) on fewer of them.
    """
    size = int(np.prod(train.shape[1:]))
    if components >= size:
        return 0.0, 0
    fitted = train[: FITTED if size <= SMALL else SKETCHED].reshape(-1, size)
    mean = fitted.mean(0, dtype=np.float64).astype(np.float32) / np.float32(255)
    x = _unit(fitted)
    x -= mean
    if size <= SMALL:
        basis = np.linalg.eigh((x.T @ x).astype(np.float64))[1][:, -components:].astype(np.float32)
    else:
        random = np.random.default_rng(SEED)
        basis = random.standard_normal((size, components + 10), np.float32)
        for _ in range(ROUNDS):
            basis = np.linalg.qr(x.T @ (x @ basis))[0]
        vectors = np.linalg.svd(x @ basis, full_matrices=False)[2]
        basis = basis @ vectors[:components].T
    total = 0.0
    for start in range(0, len(test), 500):
        y = _unit(test[start : start + 500].reshape(-1, size)) - mean
        total += float(np.square(y - y @ basis @ basis.T).sum(dtype=np.float64))
    return total / test.size, len(fitted)


def _unit(pictures: Pictures) -> Floats:
    return pictures.astype(np.float32) / np.float32(255)
