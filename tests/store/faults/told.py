"""What the fault tests counted, for the table that ends a run."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Told:
    """One line of the table that ends a run: what was done, how often, and how much was confirmed, refused and lost."""

    fault: str
    trials: int
    confirmed: int | None
    refused: int | None
    lost: int
    also: str


TOLD: list[Told] = []


def tell(fault: str, trials: int, *, confirmed: int | None = None, refused: int | None = None, lost: int = 0, also: str = "") -> None:
    TOLD.append(Told(fault, trials, confirmed, refused, lost, also))


def told() -> list[str]:
    """The table, line by line."""
    lines = [f"{'fault':46} {'trials':>7} {'confirmed':>10} {'refused':>8} {'lost':>5}"]
    for one in TOLD:
        confirmed, refused = ("" if count is None else f"{count:,}" for count in (one.confirmed, one.refused))
        lines.append(f"{one.fault:46} {one.trials:7,} {confirmed:>10} {refused:>8} {one.lost:5} {one.also}".rstrip())
    return lines
