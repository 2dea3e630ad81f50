"""The report and the learning curves of what is finished so far, also while the study runs.

`python -m recursive_roar.report [RESULTS]`
"""

import argparse
import sys
from pathlib import Path

from recursive_roar.errors import UserError
from recursive_roar.report.learning_curves import write_learning_curves
from recursive_roar.report.record import recorded_study
from recursive_roar.steps.partial import write_partial_report


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m recursive_roar.report", description=__doc__)
    parser.add_argument("results", type=Path, nargs="?", default=Path("results"), help="folder of the study's results")
    results = parser.parse_args().results
    try:
        study = recorded_study(results)
        print(write_partial_report(study))
        print(f"Learning curves: {write_learning_curves(study, results / 'partial')}")
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    _main()
