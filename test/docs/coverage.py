#!/usr/bin/python3
"""Every public function has a place in the documentation: names it in a heading or an example.

usage: coverage.py PAGE.md ...    reads the functions from src/sql; exits 1 if one is missing
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def public_functions():
    for part in sorted((ROOT / "src/sql").glob("[0-9]*.sql")):
        yield from re.findall(r"^CREATE FUNCTION prompt\.([a-z]\w*)\(", part.read_text(), re.M)


def main():
    pages = "\n".join(pathlib.Path(page).read_text() for page in sys.argv[1:])
    names = sorted(set(public_functions()))
    missing = [name for name in names if not re.search(rf"\b{name}\b", pages)]
    for name in missing:
        print(f"prompt.{name}() is in no page")
    print(f"{len(names) - len(missing)} passed, {len(missing)} failed")
    return 1 if missing or not names else 0


if __name__ == "__main__":
    sys.exit(main())
