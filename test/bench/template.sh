#!/bin/bash
# Rendering compared with python3-jinja2 on the same machine in the same minutes, JSON text to rendered text on both
# sides: for each workload the medians of several rounds, in which both sides take turns, their ratio, and whether the
# ratio that must hold does.
#
#   test/bench/template.sh DIRECTORY [rounds, by default 7] [seconds per measurement, by default 0.3]
#
# DIRECTORY holds the workloads: a, b and d (.jinja with .json of the same name), c1_*.jinja and c2_*.jinja with c.json.
# The exit code tells whether all ratios hold.
source "$(dirname "${BASH_SOURCE[0]}")/../../script/lib/common.sh"

case ${1:--h} in -h | --help) usage_of "$0"; exit ;; esac
directory=$1 rounds=${2:-7} seconds=${3:-0.3}
"$ROOT/script/bootstrap" bench
build=$ROOT/build-bench
cmake -S "$ROOT" -B "$build" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DPGPROMPT_BENCH=ON -DPGPROMPT_TESTS=OFF >/dev/null
cmake --build "$build" --target bench_template -j"$(nproc)" >/dev/null

/usr/bin/python3 - "$directory" "$rounds" "$seconds" "$build/bench_template" "$ROOT/test/bench/template_loop.py" <<'PYTHON'
import json
import re
import statistics
import subprocess
import sys

directory, rounds, seconds, ours_program, python_loop = sys.argv[1:]
MUST = {"a": 40, "b": 15, "c1": 6, "c2": 6, "d": 10}


def ours():
    out = subprocess.run([ours_program, directory, f"--benchmark_min_time={seconds}", "--benchmark_format=json",
                          r"--benchmark_filter=\.jinja json\+render"], check=True, capture_output=True, text=True).stdout
    scale = {"ns": 1e-3, "us": 1, "ms": 1e3}
    return {b["name"].split()[0]: b["cpu_time"] * scale[b["time_unit"]] for b in json.loads(out)["benchmarks"]}


def pythons():
    out = subprocess.run(["/usr/bin/python3", python_loop, directory, seconds, "json+render"], check=True,
                         capture_output=True, text=True).stdout
    return {name: float(time) for name, time in re.findall(r"^(\S+).* json\+render +([\d.]+) us", out, re.M)}


measured = [(ours(), pythons()) for _ in range(int(rounds))]
print(f"json+render, CPU time in us, medians of {rounds} rounds")
print(f"{'workload':20} {'ours':>10} {'python3-jinja2':>15} {'ratio':>7} {'must be':>8}")
failed = False
for name in sorted(measured[0][0]):
    mine = statistics.median(o[name] for o, _ in measured)
    theirs = statistics.median(p[name] for _, p in measured)
    must = MUST.get(re.match(r"[a-z]\d*", name).group())
    ratio = theirs / mine
    failed |= must is not None and ratio < must
    verdict = "" if must is None else "holds" if ratio >= must else "falls short"
    print(f"{name:20} {mine:10.3f} {theirs:15.3f} {ratio:6.1f}x {'' if must is None else must:>7}x {verdict}")
sys.exit(failed)
PYTHON
