#!/usr/bin/env python3
"""The one command of this project: `python3 manage.py serve`, `test`, `check` … needs Python 3.11+ and nothing else.

On a fresh machine it makes `.venv` and installs what `uv.lock` names, checked by hash; then the command runs there. Only the standard library
is used in this file, and only words that an old Python can read, so that an old Python can say what is wrong.
"""

import hashlib
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))
LOCKS = os.path.join(ROOT, ".ci", "locks")
VENV = os.path.abspath(os.environ.get("FORMS_APP_VENV") or os.path.join(ROOT, ".venv"))
PYTHON = os.path.join(VENV, "Scripts" if os.name == "nt" else "bin", "python.exe" if os.name == "nt" else "python")


def main(arguments):
    if sys.version_info < (3, 11):
        stop(
            "This needs Python 3.11 or newer; this is Python %d.%d. Install a newer one, or call it by name, for example: python3.11 manage.py"
            % sys.version_info[:2]
        )
    command = arguments[0] if arguments else "--help"
    if command == "lock":
        return lock()
    wanted = ["run"]
    if command == "test":
        wanted += ["test", "browser"] if browser_wanted() else ["test"]
    prepare(wanted)
    if command == "test":
        return test(arguments[1:])
    return run([PYTHON, "-m", "forms_app.cli", *arguments])


def stop(sentence):
    sys.stderr.write(sentence + "\n")
    sys.exit(2)


def run(command):
    """Become the command, so that a signal to this process reaches it; Windows can only start it and wait."""
    environment = dict(os.environ, PYTHONPATH=ROOT, PYTHONUTF8="1")
    sys.stdout.flush()
    if os.name != "nt":
        os.execve(command[0], command, environment)  # noqa: S606 - no shell is wanted  # nosec B606
    try:
        return subprocess.call(command, env=environment)
    except KeyboardInterrupt:
        return 130


def browser_wanted():
    names = ["chromium", "chromium-browser", "google-chrome", "chrome"]
    return bool(os.environ.get("REQUIRE_ALL") or os.environ.get("CHROMIUM") or any(shutil.which(name) for name in names))


def prepare(wanted):
    """Make the environment and bring it up to the locks; a stamp remembers what is installed."""
    stamp = os.path.join(VENV, "installed")
    installed = read(stamp).split("\n") if os.path.exists(stamp) and os.path.exists(PYTHON) else []
    missing = [name for name in wanted if entry(name) not in installed]
    if not missing:
        return
    if not os.path.exists(PYTHON) or python_moved():
        make_environment()
        installed = []
        missing = list(wanted)
    for name in missing:
        print(
            "Installing what %s needs (once) ..."
            % {"run": "the handbook and the app", "test": "the tests", "browser": "the browser tests"}[name]
        )
        sys.stdout.flush()
        install(name)
        installed = [line for line in installed if not line.startswith(name + " ")] + [entry(name)]
        with open(stamp, "w") as file:
            file.write("\n".join(installed))


def entry(name):
    return "%s %s" % (name, hashlib.sha256(read(lock_file(name)).encode()).hexdigest())


def lock_file(name):
    return os.path.join(LOCKS, name + ".txt")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def python_moved():
    """A .venv whose Python was removed or upgraded away cannot be mended, only made anew."""
    return subprocess.call([PYTHON, "-c", "import pip"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) != 0


def make_environment():
    try:
        import ensurepip  # noqa: F401 - Debian ships Python without it
        import venv
    except ImportError:
        stop("Python's “venv” is missing. On Debian and Ubuntu: sudo apt install python3-venv. Then run this again.")
    print("Making an environment in %s (once) ..." % os.path.relpath(VENV, os.getcwd()))
    sys.stdout.flush()
    try:
        venv.create(VENV, clear=True, with_pip=True)
    except (OSError, subprocess.CalledProcessError) as error:
        stop("The environment could not be made in %s: %s. Check that the disk has room and that you may write there." % (VENV, error))


def install(name):
    command = [
        PYTHON,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "--only-binary",
        ":all:",
        "-r",
        lock_file(name),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        lines = [line for line in done.stderr.strip().splitlines() if line.strip()]
        stop("Installing failed. Is there a connection to the package index? What pip said last:\n  " + "\n  ".join(lines[-5:]))


def test(arguments):
    """Everything this machine can run; `--faults` runs the long fault injection, anything else goes to pytest."""
    if "--faults" in arguments:
        arguments = [word for word in arguments if word != "--faults"]
        os.environ["FAULTS"] = "full"
    os.chdir(ROOT)
    return run([PYTHON, "-m", "tests", *arguments])


def lock():
    """For developers with uv: solve pyproject.toml anew and export the hash-pinned files that this program installs from."""
    uv = shutil.which("uv")
    if not uv:
        stop("This needs uv (pip install uv). Only those who change the dependencies need it.")
    for command in (
        ["lock"],
        ["export", "--no-emit-project", "--no-default-groups", "--extra", "postgres", "--extra", "sso", "-o", lock_file("run")],
        ["export", "--no-emit-project", "--only-group", "test", "-o", lock_file("test")],
        ["export", "--no-emit-project", "--only-group", "browser", "-o", lock_file("browser")],
    ):
        if subprocess.call([uv, "--quiet", *command], cwd=ROOT):
            return 1
    for name in ("run", "test", "browser"):
        lines = [line for line in read(lock_file(name)).splitlines(True) if not line.startswith("#    uv export")]
        lines[0] = "# Exported from uv.lock by `python3 manage.py lock`; do not edit.\n"
        with open(lock_file(name), "w", encoding="utf-8") as file:
            file.writelines(lines)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
