"""Pseudonyms are keyed, stable, and their key is never in the project."""

import secrets
import stat
from pathlib import Path

import pandas as pd
import pytest

from pipeline.core.errors import InputError
from pipeline.core.pseudonym import ID_LENGTH, KEY_VARIABLE, cleaned, in_digits, load_key, pseudonym, pseudonyms


def test_another_key_or_space_gives_another_id() -> None:
    ids = {pseudonym(key, space, "7") for key in (b"a" * 32, b"b" * 32) for space in ("contact", "user")}
    assert len(ids) == 4
    assert all(len(i) == ID_LENGTH and int(i, 16) >= 0 for i in ids)


def test_ids_are_trimmed_and_e_mails_known_in_any_case() -> None:
    cells = pd.Series([" A@B.example", "a@b.example ", " ", None], dtype="str")
    assert cleaned(cells, "email").dropna().tolist() == ["a@b.example"] * 2
    assert cleaned(cells, "contact").dropna().tolist() == ["A@B.example", "a@b.example"]


@pytest.mark.parametrize("key", [b"k" * 32, b"k" * 64, b"k" * 65, ("ü" * 40).encode()])
def test_many_at_once_are_the_same_as_one_by_one(key: bytes) -> None:
    values = ["a", "", "ü€", "x" * 200, "a"]
    found = pseudonyms(key, "user", pd.Series(values, dtype="str"))
    assert list(in_digits(found)) == [pseudonym(key, "user", v) for v in values]
    assert len(in_digits(pseudonyms(key, "user", pd.Series([], dtype="str")))) == 0


def test_the_key_comes_from_the_environment_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pseudonym.key").write_text("f" * 64, encoding="ascii")
    monkeypatch.setenv(KEY_VARIABLE, "e" * 40)
    assert load_key(tmp_path) == b"e" * 40
    monkeypatch.delenv(KEY_VARIABLE)
    assert load_key(tmp_path) == b"f" * 64


def test_a_secret_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    folder = tmp_path / "secrets"
    first = load_key(tmp_path / "mine", folder)
    assert load_key(tmp_path / "mine", folder) == first
    assert load_key(tmp_path / "other", folder) != first
    assert stat.S_IMODE((folder / "mine.key").stat().st_mode) == 0o600


def test_two_processes_that_make_a_key_at_once_have_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    made: list[bytes] = []
    digits = secrets.token_hex

    def while_the_other_makes_one(size: int) -> str:
        monkeypatch.setattr(secrets, "token_hex", digits)
        made.append(load_key(tmp_path / "mine", tmp_path))
        return digits(size)

    monkeypatch.setattr(secrets, "token_hex", while_the_other_makes_one)
    assert load_key(tmp_path / "mine", tmp_path) == made[0] == load_key(tmp_path / "mine", tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.key"]


def test_who_only_reads_makes_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    with pytest.raises(InputError, match=r"mine.key: no such key, and PERSONAS_PSEUDONYM_KEY is not set"):
        load_key(tmp_path / "mine", tmp_path / "secrets", make=False)
    assert not (tmp_path / "secrets").exists()


def test_a_short_key_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    (tmp_path / "pseudonym.key").write_text("abc", encoding="ascii")
    with pytest.raises(InputError, match="has 3 characters, at least 32"):
        load_key(tmp_path)


@pytest.mark.parametrize(("key", "length"), [("k" * 31, 31), ("guess!", 6), (" " * 40, 0)])
def test_a_short_key_in_the_environment_is_refused_and_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, length: int
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, key)
    with pytest.raises(
        InputError, match=f"{KEY_VARIABLE}: the pseudonym key has {length} characters, at least 32"
    ) as told:
        load_key(tmp_path)
    assert not key.strip() or key not in str(told.value).replace("secrets", "")


def test_a_key_may_hold_any_letters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    (tmp_path / "pseudonym.key").write_text("ü" * 40 + "\n", encoding="utf-8")
    assert load_key(tmp_path, tmp_path) == ("ü" * 40).encode()
