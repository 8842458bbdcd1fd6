"""Where the key comes from: the environment, or a file of its own that only its owner can read, outside the store.

A key is 64 hexadecimal digits on a line. While the key is rotated there are two lines: the new one, then the old one.
"""

import os
import secrets
import stat
from pathlib import Path

from forms_app.store.errors import WrongKey
from forms_app.store.files import sync_directory, write_whole
from forms_app.store.sealing import KEY_BYTES, key_id

VARIABLE = "FORMS_APP_KEY"
MODE = 0o600


def new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def load_key(path: str | Path | None, *, create: bool = True) -> bytes:
    """The current key, which `create` makes on first use."""
    return load_keys(path, create=create)[0]


def load_keys(path: str | Path | None, *, create: bool = True) -> tuple[bytes, ...]:
    """The keys of FORMS_APP_KEY if it is set, else of the file: the current one first."""
    if text := os.environ.get(VARIABLE):
        return _parse(text, VARIABLE)
    if path is None:
        raise WrongKey(f"There is no key: neither {VARIABLE} is set nor a key file named.")
    path = Path(path)
    if create and not path.exists() and not path.is_symlink():
        _write_first(path)
    return _parse(_read(path), str(path))


def add_key(path: Path) -> tuple[bytes, ...]:
    """Put a new key before the old one; where two are there already, a rotation was stopped and goes on with them."""
    keys = _parse(_read(path), str(path))
    if len(keys) == 1:
        keys = (new_key(), *keys)
        _write(path, keys)
    return keys


def retire_old_key(path: Path) -> Path | None:
    """Leave only the current key, and the old one in a file beside it, which old backups need. Names that file."""
    current, *old = _parse(_read(path), str(path))
    if not old:
        return None
    retired = path.with_name(f"{path.name}.retired-{key_id(old[0]).hex()}")
    _write(retired, old)
    _write(path, [current])
    return retired


def _write(path: Path, keys: "tuple[bytes, ...] | list[bytes]") -> None:
    write_whole(path, "".join(f"{key.hex()}\n" for key in keys).encode(), mode=MODE)


def _write_first(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, MODE)
    except FileExistsError:
        return  # another process was first; its key counts
    except OSError as error:
        raise WrongKey(f"The key file {path} cannot be made: {error.strerror}.") from error
    with os.fdopen(file, "w", encoding="ascii") as out:
        out.write(new_key().hex() + "\n")
        out.flush()
        os.fsync(out.fileno())
    sync_directory(path.parent)


def _read(path: Path) -> str:
    try:
        # Not blocking: a pipe in the file's place must not hold up the start.
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise WrongKey(f"The key file {path} cannot be read: {error.strerror}.") from error
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise WrongKey(f"The key file {path} is not a regular file.")
    with os.fdopen(file, encoding="ascii", errors="replace") as source:
        about = os.fstat(source.fileno())
        if about.st_mode & 0o077:
            raise WrongKey(f"The key file {path} can be read by others (mode {about.st_mode & 0o777:04o}): make it 0600.")
        if about.st_uid != os.geteuid():
            raise WrongKey(f"The key file {path} belongs to another user.")
        return source.read(1000)


def _parse(text: str, origin: str) -> tuple[bytes, ...]:
    keys = tuple(_key(word) for word in text.replace(",", " ").split())
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise WrongKey(f"{origin} holds no key: {2 * KEY_BYTES} hexadecimal digits are expected.")
    return keys


def _key(word: str) -> bytes:
    try:
        return bytes.fromhex(word)
    except ValueError:
        return b""
