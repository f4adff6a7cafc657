"""For oracles that ask a server: queries by psql (PGHOST and the like from the environment), and a tally."""

import csv
import io
import math
import subprocess
import sys


def rows(query, database=None):
    """The rows of a query as lists of texts; SQL null is the empty text. Doubles come with all their digits."""
    command = ["psql", "-X", "-q", "--csv", "-t", "-v", "ON_ERROR_STOP=1"]
    done = subprocess.run(
        command + (["-d", database] if database else []), input=query.encode(), stdout=subprocess.PIPE, check=True
    )
    return list(csv.reader(io.StringIO(done.stdout.decode())))


class Tally:
    """Counts comparisons, prints those that fail, and ends the program as the caller of a runner expects."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, what, got, expected, tolerance=1e-10):
        """Texts must be equal, numbers agree to the tolerance, relative to the expected one."""
        if isinstance(expected, str):
            good = got == expected
        else:
            got = float(got)
            good = got == expected or math.isclose(got, expected, rel_tol=tolerance, abs_tol=1e-300)
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"{what}: got {got!r}, expected {expected!r}")

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed or not self.passed else 0)
