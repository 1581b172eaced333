"""Odd uploads get clear answers."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest
from starlette.testclient import TestClient

from tests.api.pictures import VAE
from tests.unit.odd_uploads import odd_uploads

# Pillow warns about damaged metadata, which is not an error for the server.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")


def test_two_hundred_odd_uploads_get_two_hundred_clear_answers(client: TestClient) -> None:
    odd = odd_uploads()
    assert len(odd) >= 200
    assert len({each.name for each in odd}) == len(odd)
    assert len({(each.raw, *each.fields.items()) for each in odd}) == len(odd)
    kinds: Counter[int] = Counter()
    tasks = itertools.cycle(("encode", "encode", "prepare"))
    for each, task in zip(odd, tasks, strict=False):
        answer = client.post(f"/api/models/{VAE}/{task}", files={"file": ("picture", each.raw)}, data=each.fields)
        kinds[answer.status_code] += 1
        if answer.status_code == 200:
            continue
        assert answer.status_code in (413, 422), (each.name, answer.text)
        error = answer.json()["error"]
        assert error["message"].endswith("."), each.name
        assert 20 <= len(error["message"]) <= 400, (each.name, error["message"])
        assert error["field"], each.name
        assert not any(word in error["message"] for word in ("Traceback", "Error", "PIL", "NoneType")), each.name
    assert kinds[200] > 60  # most of what is a picture is read
    assert kinds[422] > 60
