"""Keyed pseudonyms: the only form in which a person's identifier leaves `ingest`.

HMAC-SHA-256 (RFC 2104) under a key that is never in params, git or the DVC cache, so that an identifier cannot be
guessed by hashing a list of e-mail addresses.
"""

import hmac
import os
import secrets
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.core.errors import InputError

KEY_VARIABLE = "PERSONAS_PSEUDONYM_KEY"
KEY_FILE = "pseudonym.key"
SECRETS_FOLDER = Path(".personas")
ID_LENGTH = 16
"""Hex digits of a pseudonym: 64 bits, a clash among 10 million ids has a chance below 1 in 300,000."""
LEAST_CHARACTERS = 32
"""Of a key: 128 bits where they are hex digits."""
CASELESS_SPACES = frozenset(("email",))
"""Spaces in which `A@B.example` and `a@b.example` are one identifier."""
_BLOCK = 64
"""Block size of SHA-256 in bytes."""


def load_key(dataset: Path, secrets_folder: Path = SECRETS_FOLDER, make: bool = True) -> bytes:
    """The dataset's key: from the environment, else from the dataset's own key file, else a secret made once.

    Only the sample carries its key with it, so that a fresh clone elsewhere gives the same tables. Raises `InputError`
    for a key that is short enough to be guessed, and where there is none if `make` is false.
    """
    from_environment = os.environ.get(KEY_VARIABLE)
    if from_environment:
        _refuse_short(f"environment variable {KEY_VARIABLE}", from_environment)
        return from_environment.encode()
    own = dataset / KEY_FILE
    path = own if own.is_file() else secrets_folder / f"{dataset.name}.key"
    if not path.is_file():
        if not make:
            raise InputError(
                f"{path}: no such key, and {KEY_VARIABLE} is not set. Only the key of the run tells who is who: "
                "copy it from the machine where stage `ingest` ran."
            )
        _make_key(path)
    key = path.read_text(encoding="utf-8", errors="replace").strip()
    _refuse_short(str(path), key)
    return key.encode()


def _make_key(path: Path) -> None:
    """A new secret in `path`, whole at once; of several processes that make one the first's is everybody's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    own = path.with_name(f"{path.name}.{os.getpid()}")
    own.touch(mode=0o600)
    try:
        own.write_text(secrets.token_hex(32) + "\n", encoding="ascii")
        path.hardlink_to(own)
    except FileExistsError:
        pass
    except OSError:  # some disks have no hard links
        own.replace(path)
    finally:
        own.unlink(missing_ok=True)


def _refuse_short(where: str, key: str) -> None:
    found = len(key.strip())
    if found < LEAST_CHARACTERS:
        raise InputError(
            f"{where}: the pseudonym key has {found} characters, at least {LEAST_CHARACTERS} are needed. Make one with "
            '`python -c "import secrets; print(secrets.token_hex(32))"`; a new key gives new ids.'
        )


def cleaned(cells: pd.Series, space: str) -> pd.Series:
    """Cells as identifiers of `space`, one rule wherever ids are read: trimmed, e-mails in lower case.

    Missing where blank.
    """
    values = cells.str.strip()
    values = values.str.lower() if space in CASELESS_SPACES else values
    return values.mask(values == "")


def pseudonym(key: bytes, space: str, value: str) -> str:
    """A stable id of `value` in the identity space `space`, `ID_LENGTH` hex digits.

    >>> pseudonym(b"k" * 32, "email", "a@example.org") == pseudonym(b"k" * 32, "email", "a@example.org")
    True
    >>> pseudonym(b"k" * 32, "email", "1") == pseudonym(b"k" * 32, "contact", "1")
    False
    """
    return hmac.digest(key, f"{space}\x1f{value}".encode(), "sha256").hex()[:ID_LENGTH]


def pseudonyms(key: bytes, space: str, values: pd.Series) -> np.ndarray:
    """`pseudonym` of each text, as the numbers of 64 bits that the digits stand for, in the same order.

    In two fifths of the time: the blocks that all values share are hashed once.

    >>> found = pseudonyms(b"k" * 32, "email", pd.Series(["a@example.org"]))
    >>> in_digits(found)[0] == pseudonym(b"k" * 32, "email", "a@example.org")
    True
    """
    block = (sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inner, outer = (sha256(bytes(b ^ pad for b in block)) for pad in (0x36, 0x5C))
    inner.update(f"{space}\x1f".encode())
    start, finish = inner.copy, outer.copy
    found = []
    for value in pa.array(values, pa.large_string()).cast(pa.large_binary()).to_pylist():
        first, second = start(), finish()
        first.update(value)
        second.update(first.digest())
        found.append(second.digest())
    return np.frombuffer(b"".join(found), dtype=">u8")[:: sha256().digest_size // 8].astype("uint64")


def in_digits(numbers: np.ndarray) -> pd.api.extensions.ExtensionArray:
    """The `ID_LENGTH` hex digits of each number as an array of texts, all made at once.

    >>> in_digits(np.array([255], dtype="uint64"))[0]
    '00000000000000ff'
    """
    digits = numbers.astype(">u8").tobytes().hex().encode("ascii")
    ends = np.arange(len(numbers) + 1, dtype="int64") * ID_LENGTH
    texts = pa.LargeStringArray.from_buffers(len(numbers), pa.py_buffer(ends), pa.py_buffer(digits))
    return pd.array(texts, dtype="str")
