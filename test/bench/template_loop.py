#!/usr/bin/python3
"""Times (CPU time) python3-jinja2 on the workloads that template_bench.cpp measures.

usage: template_loop.py DIRECTORY [SECONDS [WHAT]]    WHAT: render, json+render or parse; by default all three
"""
import json
import pathlib
import sys
import time

import jinja2


def per_run(function, seconds):
    function()
    runs, begin = 0, time.process_time()
    while time.process_time() - begin < seconds:
        function()
        runs += 1
    return (time.process_time() - begin) / runs * 1e6


def main():
    directory = pathlib.Path(sys.argv[1])
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    what = sys.argv[3] if len(sys.argv) > 3 else None
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)
    environment.filters["tojson"] = lambda value, indent=None: json.dumps(value, ensure_ascii=False, indent=indent)
    environment.globals["raise_exception"] = lambda message: None
    for path in sorted(directory.glob("*.jinja")):
        name = path.stem
        data = directory / ("c.json" if name.startswith("c") else name[0] + ".json")
        if not data.exists():
            continue
        source, text = path.read_text(), data.read_text()
        template = environment.from_string(source)
        values = json.loads(text)
        functions = {"render": lambda: template.render(values), "json+render": lambda: template.render(json.loads(text)),
                     "parse": lambda: environment.compile(source)}
        times = [f"{name} {per_run(function, seconds):12.3f} us" for name, function in functions.items()
                 if what in (None, name)]
        print(f"{path.name:24} " + "   ".join(times))


main()
