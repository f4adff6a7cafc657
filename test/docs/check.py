#!/usr/bin/python3
"""Runs the SQL examples of documentation pages and compares what psql prints with what the page shows.

usage: check.py [--update] PAGE.md ...    connects by PGHOST, PGPORT, PGUSER; exits 1 on a difference

A page is one psql session in a fresh, empty database of its own.

    ```sql               is run; it must raise no error
    ```sql + ```text     (next to each other) psql must print just that text; an error may be part of it
    ```sql no-check: why is not run
    <!-- setup ... -->   holds SQL that is run and not shown

In a text block a line of just "..." stands for any lines. Of what cannot be the same twice only the form
is compared: a UUID stands for any UUID, a timestamp for any timestamp. --update writes psql's real output
into the text blocks instead of comparing.
"""

import difflib
import os
import pathlib
import re
import subprocess
import sys

FENCE = re.compile(r"^(?P<fence>```+)(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=fence)\s*$\n?", re.M | re.S)
SETUP = re.compile(r"^<!-- setup\n(?P<body>.*?)-->", re.M | re.S)
UUID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
TIME = re.compile(r"\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d(:?\d\d)?)?")


class Example:
    """One SQL block: where it starts, its SQL, and the text block that follows it, if any."""

    def __init__(self, line, sql, hidden):
        self.line, self.sql, self.hidden = line, sql, hidden
        self.shown = None  # the match of the text block
        self.output = ""


def examples_of(page_text):
    blocks = sorted(
        [(m.start(), m) for m in FENCE.finditer(page_text)] + [(m.start(), m) for m in SETUP.finditer(page_text)]
    )
    found, previous = [], None
    for start, match in blocks:
        line = page_text.count("\n", 0, start) + 1
        info = match.groupdict().get("info")
        if info is None:
            found.append(Example(line, match["body"], hidden=True))
            previous = None
        elif info.strip() == "sql":
            previous = (Example(line, match["body"], hidden=False), match.end())
            found.append(previous[0])
        elif info.strip().startswith("sql no-check"):
            if not re.match(r"sql no-check: \S", info.strip()):
                raise SystemExit(f"line {line}: no-check wants a reason, '```sql no-check: why'")
            previous = None
        elif info.strip() == "text" and previous and not page_text[previous[1] : start].strip():
            previous[0].shown = match
            previous = None
        else:
            previous = None
    return found


def run(page_name, examples):
    """Runs all examples in one psql session and keeps each one's output, errors in their places."""
    database = "docs_" + re.sub(r"[^a-z0-9]+", "_", page_name.lower())
    psql = ["psql", "-X", "--no-psqlrc"]
    for sql in (f"DROP DATABASE IF EXISTS {database}", f"CREATE DATABASE {database} TEMPLATE template0"):
        subprocess.run(psql + ["-q", "-d", "postgres", "-c", "SET client_min_messages = error", "-c", sql], check=True)
    mark = "@@ end of example @@"
    script = "".join(f"{e.sql}\n\\echo {mark}\n" for e in examples)
    done = subprocess.run(
        psql + ["-d", database],
        input=script.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PGOPTIONS": "-c client_min_messages=notice", "PGTZ": "UTC", "PAGER": ""},
    )
    outputs = done.stdout.decode("utf-8", "replace").split(mark + "\n")
    outputs += [""] * (len(examples) - len(outputs))
    for example, output in zip(examples, outputs):
        example.output = output
    # A block with a statement left open would swallow its own mark.
    return len(outputs) == len(examples) + 1


def canonical(text):
    lines = [TIME.sub("<time>", UUID.sub("<uuid>", line.rstrip())) for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        lines.pop(0)
    return lines


def matches(shown, printed):
    """Whether the printed lines are the shown ones, '...' being any number of lines."""
    pattern = "".join(
        r"(?:[^\n]*\n)*?" if line.strip() == "..." else re.escape(line) + r"\n" for line in canonical(shown)
    )
    return re.fullmatch(pattern, "".join(line + "\n" for line in canonical(printed))) is not None


def fault_of(example):
    """What is wrong with the example's output, or None."""
    if example.shown is None:
        if re.search(r"^(psql:.*)?(ERROR|FATAL|PANIC):", example.output, re.M):
            return "raises an error:\n" + example.output
        return None
    if matches(example.shown["body"], example.output):
        return None
    return "\n".join(
        difflib.unified_diff(
            canonical(example.shown["body"]), canonical(example.output), "shown", "printed", lineterm=""
        )
    )


def updated(page_text, examples):
    for example in reversed(examples):
        if example.shown and not matches(example.shown["body"], example.output):
            body = "\n".join(line.rstrip() for line in example.output.strip("\n").splitlines()) + "\n"
            start, end = example.shown.span("body")
            page_text = page_text[:start] + body + page_text[end:]
    return page_text


def main():
    arguments = sys.argv[1:]
    update = "--update" in arguments
    passed = failed = 0
    for path in map(pathlib.Path, (a for a in arguments if a != "--update")):
        text = path.read_text()
        examples = examples_of(text)
        if not examples:
            continue
        if not run(path.stem, examples):
            print(f"{path}: some example leaves a statement or a quote open")
            failed += 1
        for example in examples:
            fault = fault_of(example)
            if fault is None or (update and example.shown):
                passed += 1
            else:
                failed += 1
                print(f"{path}:{example.line}: {fault}\n")
        if update:
            path.write_text(updated(text, examples))
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
