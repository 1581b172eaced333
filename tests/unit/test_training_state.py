"""A training's state on disk: it comes back bit for bit, is never half there, and nothing in it can run."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from models.training import state

pytestmark = [pytest.mark.needs_torch, pytest.mark.usefixtures("one_thread")]

Parts = tuple[dict[str, nn.Module], dict[str, torch.optim.Optimizer]]


def parts(seed: int, steps: int = 0) -> Parts:
    """A small network with running statistics and weights laid out channels-last, some Adam steps old."""
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(36, 2))
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    head = nn.Linear(2, 1)
    adam = torch.optim.Adam([*net.parameters(), *head.parameters()], 0.01)
    for _ in range(steps):
        adam.zero_grad()
        head(net(torch.randn(8, 3, 5, 5))).square().mean().backward()
        adam.step()
    return {"net": net, "head": head}, {"adam": adam}


def assert_same(one: Parts, other: Parts) -> None:
    for name, module in one[0].items():
        found = other[0][name].state_dict()
        for key, value in module.state_dict().items():
            assert torch.equal(value, found[key]), key
    slots, others = (each[1]["adam"].state_dict()["state"] for each in (one, other))
    assert slots.keys() == others.keys()
    for index in slots:
        for slot, value in slots[index].items():
            assert torch.equal(value, others[index][slot]), (index, slot)


def header(path: Path) -> dict[str, dict[str, object]]:
    """A safetensors file's own table of contents."""
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    found: dict[str, dict[str, object]] = json.loads(raw[8 : 8 + length])
    return found


class TestRoundTrip:
    def test_weights_statistics_and_moments_come_back_bit_for_bit(self, tmp_path: Path) -> None:
        trained, fresh = parts(1, steps=5), parts(2)
        state.save(tmp_path / "state.safetensors", 5, *trained)
        assert state.load(tmp_path / "state.safetensors", *fresh) == 5
        assert state.finished_steps(tmp_path / "state.safetensors") == 5
        assert_same(trained, fresh)

    def test_before_the_first_step_there_are_no_moments_yet(self, tmp_path: Path) -> None:
        untrained, fresh = parts(1), parts(2)
        state.save(tmp_path / "state.safetensors", 0, *untrained)
        assert state.load(tmp_path / "state.safetensors", *fresh) == 0
        assert_same(untrained, fresh)

    def test_the_optimisers_rate_is_the_recipes_not_the_files(self, tmp_path: Path) -> None:
        trained, fresh = parts(1, steps=1), parts(2)
        fresh[1]["adam"].param_groups[0]["lr"] = 0.5
        state.save(tmp_path / "state.safetensors", 1, *trained)
        state.load(tmp_path / "state.safetensors", *fresh)
        assert fresh[1]["adam"].param_groups[0]["lr"] == 0.5

    def test_one_network_can_be_taken_alone(self, tmp_path: Path) -> None:
        trained, fresh = parts(1, steps=2), parts(2)
        state.save(tmp_path / "state.safetensors", 2, *trained)
        state.restore(tmp_path / "state.safetensors", "head", fresh[0]["head"])
        assert torch.equal(trained[0]["head"].state_dict()["weight"], fresh[0]["head"].state_dict()["weight"])

    def test_the_file_is_a_table_of_plain_tensors_and_nothing_else(self, tmp_path: Path) -> None:
        path = tmp_path / "state.safetensors"
        state.save(path, 5, *parts(1, steps=1))
        said = header(path)
        assert said.pop("__metadata__") == {"step": "5"}
        assert {name.split("/")[0] for name in said} == {"module", "optimiser"}
        assert {each["dtype"] for each in said.values()} <= {"F32", "I64"}
        sizes = [struct.calcsize("f" if each["dtype"] == "F32" else "q") for each in said.values()]
        counts = [int(torch.tensor(each["shape"]).prod()) for each in said.values()]
        (length,) = struct.unpack("<Q", path.read_bytes()[:8])
        # Every byte is the header's or a tensor's: there is no room for anything that could be unpickled.
        assert path.stat().st_size == 8 + length + sum(a * b for a, b in zip(sizes, counts, strict=True))


class TestDamage:
    def test_a_failed_save_leaves_the_old_state(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path, old = tmp_path / "state.safetensors", parts(1, steps=1)
        state.save(path, 1, *old)

        def full(tensors: state.Tensors, file: Path, metadata: dict[str, str]) -> None:
            file.write_bytes(b"half")
            raise OSError("No space left on device")

        monkeypatch.setattr(state, "save_file", full)
        with pytest.raises(OSError, match="No space"):
            state.save(path, 2, *parts(1, steps=2))
        fresh = parts(2)
        assert state.load(path, *fresh) == 1
        assert_same(old, fresh)

    def test_what_a_kill_left_beside_it_does_not_matter(self, tmp_path: Path) -> None:
        path, trained = tmp_path / "state.safetensors", parts(1, steps=1)
        path.with_suffix(".tmp").write_bytes(b"half")
        state.save(path, 1, *trained)
        assert [each.name for each in tmp_path.iterdir()] == ["state.safetensors"]
        assert state.load(path, *parts(2)) == 1

    @pytest.mark.parametrize("kept", [0, 4, 200, -1])
    def test_a_file_cut_short_is_refused_with_a_sentence(self, kept: int, tmp_path: Path) -> None:
        path = tmp_path / "state.safetensors"
        state.save(path, 1, *parts(1, steps=1))
        path.write_bytes(path.read_bytes()[:kept])
        with pytest.raises(state.DamagedState, match=r"is not a whole training state .*Remove the file to train"):
            state.load(path, *parts(2))
        with pytest.raises(state.DamagedState, match=r"state\.safetensors"):
            state.finished_steps(path)

    @pytest.mark.parametrize("metadata", [None, {"note": ""}, {"step": "many"}])
    def test_a_file_that_names_no_step_is_refused(self, metadata: dict[str, str] | None, tmp_path: Path) -> None:
        path = tmp_path / "state.safetensors"
        save_file({"module/net/x": torch.zeros(1)}, path, metadata=metadata)
        with pytest.raises(state.DamagedState, match="it names no step"):
            state.finished_steps(path)

    def test_the_state_of_other_networks_is_refused_by_name(self, tmp_path: Path) -> None:
        path = tmp_path / "state.safetensors"
        state.save(path, 1, *parts(1, steps=1))
        modules, optimisers = parts(2)
        with pytest.raises(state.DamagedState, match="no weights that fit the head of this recipe"):
            state.load(path, {**modules, "head": nn.Linear(3, 1)}, optimisers)
        with pytest.raises(state.DamagedState, match="no weights that fit the critic"):
            state.restore(path, "critic", nn.Linear(2, 1))


class TestLog:
    def test_trimming_keeps_what_was_logged_up_to_a_step(self, tmp_path: Path) -> None:
        path = tmp_path / "log.jsonl"
        state.trim_log(path, 5)
        assert not path.exists()
        for step in (2, 4, 6):
            state.append_log(path, {"step": step, "loss": 0.1 * step})
        before = path.read_text().splitlines()
        state.trim_log(path, 4)
        assert path.read_text().splitlines() == before[:2]
