#!/usr/bin/python3
"""Renders random templates with python3-jinja2 and with this engine, and compares.

usage: jinja_differential.py RUNNER [COUNT [SEED]] [--keep FILE]

RUNNER is the built test/tools/render_conformance. COUNT templates (500) are made from a grammar with SEED (1), rendered
by python3-jinja2, and handed to the runner as a file of cases; its exit code is this program's. Left out are cases on
which Python itself is not definite, or that differ on purpose:
  - results that show a memory address (generators, macros, functions); what is computed of one, such as its length,
    remains;
  - `a.keys() - b`, which is a set in Python, in the order of its hashes (and an error here);
  - RecursionError and MemoryError, for which the engine has limits of its own.
A difference that is known:
  - 0 divided by a negative integer beyond 64 bits is 0.0, not -0.0.
Differences on purpose, which the grammar does not make:
  - a negative number to a fractional power is an error, not a complex number;
  - `include ... without context` within a macro or a block that captures is captured, too (Jinja2 writes it before);
  - a printed expression of constants alone that slices what has no slices is an error, as it is with variables
    (Jinja2 folds `{{ 2[::2] }}` to nothing; folding is off here);
  - a number that is too large for a float, 1e400, is infinite (Jinja2 fails with a NameError);
  - within `autoescape` with a condition that is no constant, `~` keeps markup safe (Jinja2 escapes it once more);
  - a filter that is lazy in Jinja2 fails on a bad item even if no one asks for that item;
  - `'{a.b}'.format(a={'b': 1})` is 1, as in Jinja2's sandbox;
  - bytes: there is no `.encode()`;
  - a filter block whose filter gives a number prints it everywhere (in a captured text Jinja2 fails to join it).
"""
import json
import random
import re
import subprocess
import sys
import tempfile
import urllib.parse

sys.dont_write_bytecode = True

import jinja2

from jinja_statements import Statements


UNDEFINED = {"StrictUndefined": jinja2.StrictUndefined, "ChainableUndefined": jinja2.ChainableUndefined,
             "DebugUndefined": jinja2.DebugUndefined}


@jinja2.pass_context
def not_folded(context, value):
    """As a template's finalizer keeps Jinja2 from evaluating what is printed when it compiles."""
    return value


def shows_an_object(out):
    """Even if it was escaped, changed to upper case, split into characters or wrapped."""
    out = urllib.parse.unquote(out)
    plain = re.sub(r"\W|_", "", re.sub(r"&(amp;)*[lg]t;", "", out, flags=re.I)).lower()
    return (re.search(r"<function|<macro|&lt;(function|macro)", out, re.I)
            or re.search("at0x[0-9a-f]{6}|builtinmethod|boundmethod", plain))


def random_options(rng):
    opts = {}
    for name in ("trim_blocks", "lstrip_blocks"):
        if rng.random() < .5:
            opts[name] = True
    if rng.random() < .1:
        opts["keep_trailing_newline"] = True
    if rng.random() < .1:
        opts["autoescape"] = True
    if rng.random() < .25:
        opts["undefined"] = rng.choice(list(UNDEFINED))
    return opts


def environment_of(opts, templates):
    """Without the optimizer, which joins constants as if autoescape were off, or the folding of printed constants."""
    arguments = {**opts, "undefined": UNDEFINED.get(opts.get("undefined"), jinja2.Undefined)}
    return jinja2.Environment(optimized=False, finalize=not_folded, loader=jinja2.DictLoader(templates),
                              extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"], **arguments)


def make_case(seed):
    """The case of a seed; None if it is left out."""
    rng = random.Random(seed)
    generator = Statements(rng)
    template, variables = generator.template(), generator.context()
    opts = random_options(rng)
    case = {"name": f"seed {seed}", "template": template, "vars": variables, "opts": opts, "hf_tojson": False,
            "templates": generator.templates}
    try:
        compiled = environment_of(opts, generator.templates).from_string(template)
        out = compiled.render(json.loads(json.dumps(variables)))
    except (RecursionError, MemoryError):
        return None
    except Exception as error:  # whatever it is, an error is expected of the engine, too
        case["err"] = f"{type(error).__name__}: {error}"
        return case
    if shows_an_object(out) or re.search(r"(items|keys)\(\)\)* - ", template):
        return None
    case["out"] = out
    return case


def main():
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    keep = None
    if "--keep" in sys.argv:
        keep = arguments.pop()
    runner, count = arguments[0], int(arguments[1]) if len(arguments) > 1 else 500
    seed = int(arguments[2]) if len(arguments) > 2 else 1
    path = keep or tempfile.NamedTemporaryFile(suffix=".jsonl", delete=False).name
    made = errors = 0
    with open(path, "w") as file:
        for i in range(count):
            case = make_case(seed * 1_000_000 + i)
            if case is None:
                continue
            made += 1
            errors += "err" in case
            file.write(json.dumps(case) + "\n")
    print(f"{made} cases, {errors} of them errors, seeds {seed * 1_000_000} to {seed * 1_000_000 + count - 1}",
          flush=True)
    sys.exit(subprocess.run([runner, path], check=False).returncode)


main()
