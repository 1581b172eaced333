"""Settings from the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.errors import SettingError
from server.settings import PREFIX, Settings, from_environment


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(PREFIX + name.upper(), raising=False)


def test_defaults_are_safe() -> None:
    settings = from_environment()
    assert settings.loopback
    assert settings.host == "127.0.0.1"
    assert settings.data.is_absolute()


def test_values_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in {
        "HOST": "::1",
        "PORT": "9000",
        "DATA": str(tmp_path),
        "ALLOWED_HOSTS": "a.example, b.example:8443",
        "ROOT_PATH": "/latent",
        "WORKERS": "3",
    }.items():
        monkeypatch.setenv(PREFIX + name, value)
    settings = from_environment()
    assert settings.loopback
    assert (settings.port, settings.data, settings.workers) == (9000, tmp_path, 3)
    assert settings.allowed_hosts == ("a.example", "b.example:8443")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "abc"),
        ("PORT", "70000"),
        ("WORKERS", "0"),
        ("RUNTIME", "tensorflow"),
        ("DEVICE", "tpu"),
        ("ROOT_PATH", "latent"),
        ("ROOT_PATH", "/latent/"),
        ("VIEWER_TOKEN", "short"),
    ],
)
def test_a_wrong_value_is_told_with_its_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(SettingError, match=PREFIX + name) as wrong:
        from_environment()
    assert "short" not in wrong.value.message  # a token is never repeated


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org", "::"])  # noqa: S104 (what is tested)
def test_another_interface_needs_two_different_tokens(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv(PREFIX + "HOST", host)
    with pytest.raises(SettingError, match="VIEWER_TOKEN"):
        from_environment()
    monkeypatch.setenv(PREFIX + "VIEWER_TOKEN", "v" * 16)
    with pytest.raises(SettingError, match="OWNER_TOKEN"):
        from_environment()
    monkeypatch.setenv(PREFIX + "OWNER_TOKEN", "v" * 16)
    with pytest.raises(SettingError, match="differ"):
        from_environment()
    monkeypatch.setenv(PREFIX + "OWNER_TOKEN", "o" * 16)
    assert not from_environment().loopback


def test_every_setting_is_described() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
