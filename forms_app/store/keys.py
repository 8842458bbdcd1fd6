"""Where the key comes from: the environment, or a file of its own that only its owner can read, outside the store."""

import os
import secrets
import stat
from pathlib import Path

from forms_app.store.errors import WrongKey
from forms_app.store.files import sync_directory
from forms_app.store.sealing import KEY_BYTES

VARIABLE = "FORMS_APP_KEY"


def new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def load_key(path: str | Path | None, *, create: bool = True) -> bytes:
    """The key of FORMS_APP_KEY if it is set, else of the file, which is made on first use when `create` allows it."""
    if text := os.environ.get(VARIABLE):
        return _parse(text, VARIABLE)
    if path is None:
        raise WrongKey(f"There is no key: neither {VARIABLE} is set nor a key file named.")
    path = Path(path)
    if create and not path.exists() and not path.is_symlink():
        _write_new(path)
    return _parse(_read(path), str(path))


def _write_new(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        return  # another process was first; its key counts
    with open(file, "w", encoding="ascii") as out:
        out.write(new_key().hex() + "\n")
        out.flush()
        os.fsync(out.fileno())
    sync_directory(path.parent)


def _read(path: Path) -> str:
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError as error:
        raise WrongKey(f"The key file {path} cannot be read: {error.strerror}.") from error
    with open(file, encoding="ascii", errors="replace") as source:
        about = os.fstat(source.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise WrongKey(f"The key file {path} is not a regular file.")
        if about.st_mode & 0o077:
            raise WrongKey(
                f"The key file {path} can be read by others (mode {about.st_mode & 0o777:04o}); make it 0600."
            )
        if about.st_uid != os.geteuid():
            raise WrongKey(f"The key file {path} belongs to another user.")
        return source.read(1000)


def _parse(text: str, origin: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise WrongKey(f"{origin} holds no key: {2 * KEY_BYTES} hexadecimal digits are expected.")
    return key
