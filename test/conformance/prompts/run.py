"""Prompts as people write them, rendered by the languages' own implementations and by the core.

    run.py CONFORMANCE_DIR

CONFORMANCE_DIR has the runner render_conformance. The cases are in *.txt beside this file, the format by the
file's name; a case is a line '=== name', perhaps with JSON options, the variables as JSON, '---' and the template.
The oracles: python3-jinja2 (jinja2, chat: as chat templates are run), Python's str.format (f-string), handlebars.js
and mustache.js by node. Expected is what the oracle makes of it, or an error where it raises one.
"""
import datetime
import json
import os
import re
import subprocess
import sys
import tempfile

import jinja2
import jinja2.sandbox

HERE = os.path.dirname(os.path.abspath(__file__))
EXTENSIONS = ["jinja2.ext.loopcontrols", "jinja2.ext.do"]
NOW = datetime.datetime(2026, 7, 26, 12, 0, 0)
SECONDS = 1785067200
UNDEFINED = {name: getattr(jinja2, name) for name in ("StrictUndefined", "ChainableUndefined", "DebugUndefined")}


def cases_of(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for part in re.split(r"^=== ", text, flags=re.MULTILINE)[1:]:
        head, rest = part.split("\n", 1)
        name, brace, options = head.partition(" {")
        variables, template = re.split(r"^---\n", rest, maxsplit=1, flags=re.MULTILINE)
        yield {"name": name, "opts": json.loads(brace.strip() + options) if brace else {},
               "vars": json.loads(variables), "template": template.removesuffix("\n")}


def by_jinja2(case):
    options = dict(case["opts"])
    if "undefined" in options:
        options["undefined"] = UNDEFINED[options["undefined"]]
    environment = jinja2.Environment(extensions=EXTENSIONS, **options)
    return environment.from_string(case["template"]).render(case["vars"])


def by_chat(case):
    def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
    environment.filters["tojson"] = tojson
    environment.globals["raise_exception"] = raise_exception
    environment.globals["strftime_now"] = NOW.strftime
    # Models declare it to find the assistant's turns; it renders as its body.
    template = re.sub(r"{%(-?)\s*(end)?generation\s*(-?)%}", r"{%\1 \2with \3%}", case["template"])
    return environment.from_string(template).render(case["vars"])


def by_str_format(case):
    class Fields(dict):
        pass
    return case["template"].format_map(Fields(case["vars"]))


def by_node(cases, language):
    """Renders many cases with one process; a list of {out} or {err}."""
    script = """
        const language = process.argv[1];
        const library = require(language);
        const cases = JSON.parse(require('fs').readFileSync(0, 'utf8'));
        console.log(JSON.stringify(cases.map((c) => {
            try {
                if (language === 'mustache') return {out: library.render(c.template, c.vars, c.opts.partials || {})};
                const fresh = library.create();
                for (const [name, text] of Object.entries(c.opts.partials || {})) fresh.registerPartial(name, text);
                const {partials, ...options} = c.opts;
                return {out: fresh.compile(c.template, options)(c.vars)};
            } catch (error) {
                return {err: `${error.message}`};
            }
        })));
    """
    environment = dict(os.environ, NODE_PATH="/usr/share/nodejs:/usr/lib/nodejs")
    result = subprocess.run(["node", "-e", script, language], input=json.dumps(cases), stdout=subprocess.PIPE,
                            text=True, env=environment, check=True)
    return json.loads(result.stdout)


def expected(cases, render):
    results = []
    for case in cases:
        try:
            results.append({"out": render(case)})
        except Exception as error:  # whatever the oracle raises, we are to raise something, too
            results.append({"err": type(error).__name__ + ": " + str(error)})
    return results


def main():
    tools = sys.argv[1]
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for file in sorted(os.listdir(HERE)):
            kind = file.removesuffix(".txt")
            if kind == file:
                continue
            cases = list(cases_of(os.path.join(HERE, file)))
            if kind in ("handlebars", "mustache"):
                answers = by_node(cases, kind)
            else:
                answers = expected(cases, {"jinja2": by_jinja2, "chat": by_chat, "fstring": by_str_format}[kind])
            path = os.path.join(folder, kind + ".jsonl")
            with open(path, "w", encoding="utf-8") as out:
                for case, answer in zip(cases, answers):
                    line = {**case, **answer, "format": "f-string" if kind == "fstring" else kind}
                    if kind == "chat":
                        line["format"] = "jinja2"
                        del line["opts"]  # as the runner takes chat templates
                    elif "partials" in case["opts"]:
                        line["partials"] = line["opts"].pop("partials")
                    out.write(json.dumps(line, ensure_ascii=False) + "\n")
            result = subprocess.run([os.path.join(tools, "render_conformance"), *sys.argv[2:], "--now", str(SECONDS),
                                     path], capture_output=True, text=True)
            shown = result.stdout.replace(folder + "/", "")
            print(shown, end="")
            if result.stderr or result.returncode not in (0, 1):
                print(result.stderr)
                failed += 1
            sums = re.search(r"(\d+) passed, (\d+) failed, (\d+) not expressible", shown)
            if sums:
                passed += int(sums.group(1))
                failed += int(sums.group(2)) + int(sums.group(3))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main())
