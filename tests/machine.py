"""What this machine has. A test whose needs are not met is skipped with the reason, and fails where nothing may be missing (`REQUIRE_ALL=1`)."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest

REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), "")


def missing(what: str) -> NoReturn:
    """Something that a test needs is not here."""
    if REQUIRE_ALL:
        pytest.fail(what)
    pytest.skip(what)
