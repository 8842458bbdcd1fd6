"""`manage.py test`: the whole suite with branch coverage, and the bar that rules, store and permissions must reach.

With arguments it is plain pytest, for working on one test.
"""

from __future__ import annotations

import sys

import coverage
import pytest

BAR = 95  # per cent of lines and branches
GUARDED = (
    "handbook/*",
    "store/*",
    "records/*",
    "school_year.py",
    "students.py",
    "deadlines.py",
    "checklists.py",
    "permissions.py",
    "plain_text.py",
    "days.py",
    "access.py",
)


def main(arguments: list[str]) -> int:
    if arguments:
        return int(pytest.main(arguments))
    measured = coverage.Coverage(data_file=None)
    measured.start()
    ended = int(pytest.main([]))
    measured.stop()
    if ended:
        return ended
    print(f"\nBranch coverage of rules, store and permissions (at least {BAR} %):")
    reached = measured.report(include=[f"forms_app/{name}" for name in GUARDED], show_missing=True, skip_covered=True)
    if reached < BAR:
        print(f"Coverage is {reached:.1f} %, under the bar of {BAR} %.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
