"""Whether a directory is a fit place for a store: ours, private, on a disk of this machine. Nothing is touched."""

import os
import re
from pathlib import Path

from forms_app.store.errors import BadAddress

# Their locks or their syncs do not hold what SQLite needs of them.
NETWORK_FILE_SYSTEMS = {
    "9p", "afs", "ceph", "cifs", "coda", "davfs", "fuse.davfs2", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs",
    "fuse.sshfs", "gfs2", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "smb3", "smbfs", "vboxsf",
}  # fmt: skip
SYNCHRONIZED_FOLDERS = re.compile(r"^(dropbox|onedrive|google ?drive|icloud ?drive|nextcloud)\b", re.IGNORECASE)
HARMLESS = ("lost+found",)


def check_place(directory: Path, file_name: str, *, create: bool) -> None:
    path = directory / file_name
    _check_form(directory, path)
    if not path.exists():
        if not create:
            raise BadAddress(f"There is no store in {directory}.")
        if directory.exists() and (strangers := _strangers(directory)):
            raise BadAddress(f"{directory} is no store and not empty (it holds {strangers[0]}); name an empty directory.")
    _check_owner(directory)
    _check_owner(path)
    existing = _nearest_existing(directory)
    if (kind := file_system(existing)) in NETWORK_FILE_SYSTEMS:
        raise BadAddress(f"{directory} is on a network file system ({kind}); a store needs a disk of this machine.")
    if any(SYNCHRONIZED_FOLDERS.match(part) for part in directory.absolute().parts):
        raise BadAddress(f"{directory} is in a folder that is synchronized with a cloud; a store must not be.")


def _check_form(directory: Path, path: Path) -> None:
    try:
        if directory.is_symlink() or path.is_symlink():
            raise BadAddress(f"{directory} is or holds a symbolic link; name the store's own directory.")
        if directory.exists() and not directory.is_dir():
            raise BadAddress(f"{directory} is not a directory; a store is one.")
        if path.exists() and not path.is_file():
            raise BadAddress(f"{path} is not a regular file.")
        if path.exists() and path.stat().st_nlink > 1:
            raise BadAddress(f"{path} has a second name (a hard link); a store must have one.")
    except (OSError, ValueError) as error:
        raise BadAddress(f"{directory} cannot be opened: {error}.") from error


def _strangers(directory: Path) -> list[str]:
    names = sorted(entry.name for entry in directory.iterdir())
    return [name for name in names if name not in HARMLESS and not name.startswith(".")]


def _check_owner(path: Path) -> None:
    if not path.exists():
        return
    about = path.stat()
    if about.st_uid != os.geteuid():
        raise BadAddress(f"{path} belongs to another user (id {about.st_uid}); run as that user.")
    if about.st_mode & 0o022:
        raise BadAddress(f"{path} can be written by others (mode {about.st_mode & 0o777:04o}); make it private first.")
    if not os.access(path, os.W_OK):
        raise BadAddress(f"{path} cannot be written.")


def _nearest_existing(directory: Path) -> Path:
    path = directory.absolute()
    while not path.exists():
        path = path.parent
    return path


def file_system(path: Path) -> str:
    """The type of the file system that holds `path`, or "" where the system does not tell."""
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    device = path.stat().st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in lines:
        before, _, after = line.partition(" - ")
        if before.split()[2] == wanted:
            return after.split()[0]
    return ""
