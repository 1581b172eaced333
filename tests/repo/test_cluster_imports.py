"""Ray is for the room server/cluster: nothing else imports it or that room, so the embedded server never does."""

from __future__ import annotations

from tests.repo.sources import imports, modules

ROOM = "server.cluster"


def test_nothing_else_imports_ray_even_inside_a_function() -> None:
    users = {
        name
        for room in ("server", "models")
        for name, path in modules(room).items()
        if any(entry.split(".")[0] == "ray" for entry in imports(path, at_the_top_only=False))
    }
    assert users == {f"{ROOM}.deployment", f"{ROOM}.host"}


def test_nothing_else_imports_that_room() -> None:
    files = {name: path for room in ("server", "models") for name, path in modules(room).items()}
    outside = {name: path for name, path in files.items() if name != ROOM and not name.startswith(f"{ROOM}.")}
    assert len(files) - len(outside) >= 6
    assert not [
        name for name, path in outside.items() if any(ROOM in entry for entry in imports(path, at_the_top_only=False))
    ]
