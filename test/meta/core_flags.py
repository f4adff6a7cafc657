"""Prints the flags with which the core is compiled, from CMake's compile_commands.json (argument 1)."""

import json
import shlex
import sys

entry = next(e for e in json.load(open(sys.argv[1])) if "/src/core/" in e["file"])
words = shlex.split(entry["command"])[1:]
flags = []
while words:
    word = words.pop(0)
    if word == "-o":
        words.pop(0)
    elif word != "-c" and word != entry["file"]:
        flags.append(word)
print(" ".join(flags))
