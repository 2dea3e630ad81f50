"""What stopping at a precision does to the coverage of 95 % intervals, by simulation of normal scores."""

import numpy as np
from record import record
from scipy.special import stdtrit

from recursive_roar.scoring.precision import extended

STUDIES, PRECISION, MOST = 20_000, 0.05, 20
SPREADS = (0.02, 0.05, 0.1, 0.2)  # standard deviation of RACU over seeds
BEGUN_WITH = (3, 5)
EXPLAINERS = (1, 4)  # all must be precise enough


def half_more(n: int) -> int:
    """Seeds that the package plans after `n`."""
    return len(extended(range(n), MOST))


RULES = {"half as many more": half_more, "one more": lambda n: n + 1}


def simulate(spread: float, begun: int, explainers: int, following: object) -> dict[str, float]:
    """Coverage of the final intervals, mean number of seeds and share of studies that became precise."""
    scores = np.random.default_rng(0).normal(0, spread, (STUDIES, explainers, MOST))
    n, running, covered, seeds, precise = begun, np.ones(STUDIES, bool), 0.0, 0.0, 0
    while True:
        half = stdtrit(n - 1, 0.975) * scores[..., :n].std(axis=2, ddof=1) / np.sqrt(n)
        reached = (half <= PRECISION).all(axis=1)
        stops = running & (reached | (n == MOST))
        covered += (np.abs(scores[..., :n].mean(axis=2)) <= half)[stops].mean(axis=1).sum()
        seeds, precise = seeds + n * stops.sum(), precise + (stops & reached).sum()
        running &= ~stops
        if not running.any():
            return {"coverage": covered / STUDIES, "mean_seeds": seeds / STUDIES, "precise": precise / STUDIES}
        n = following(n)


def main() -> None:
    rows = [
        {"rule": name, "explainers": explainers, "begun_with": begun, "spread": spread}
        | simulate(spread, begun, explainers, following)
        for name, following in RULES.items()
        for explainers in EXPLAINERS
        for begun in BEGUN_WITH
        for spread in SPREADS
    ]
    record("stopping", rows)


if __name__ == "__main__":
    main()
