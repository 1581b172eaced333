"""All routers, in the order in which the API's document lists them."""

from __future__ import annotations

from server.routes import (
    about,
    class_link,
    coverage,
    density,
    explaining,
    export,
    facts,
    grids,
    groups,
    hand,
    inversion,
    jobs,
    live,
    maps,
    measures,
    metrics,
    models,
    neighbours,
    own_sets,
    paths,
    pictures,
    representations,
    samples,
    selections,
    sets,
    videos,
)

ROUTERS = tuple(
    module.router
    for module in (
        about,
        class_link,
        models,
        sets,
        maps,
        own_sets,
        pictures,
        explaining,
        measures,
        facts,
        selections,
        neighbours,
        density,
        coverage,
        groups,
        representations,
        export,
        samples,
        grids,
        hand,
        live,
        jobs,
        videos,
        inversion,
        paths,
        metrics,
    )
)
# What goes on though whoever asked has gone: pictures that are kept, jobs, and what is no request that computes.
LASTING = (about.router, own_sets.router, live.router, jobs.router)
