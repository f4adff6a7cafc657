"""Random texts and numbers through every filter, method and format that has corners, by Python and by the core.

usage: run.py RUNNER [COUNT [SEED]]

COUNT cases each (3,000) of: filters and methods on texts made of pieces that are hard to wrap, link, escape or
change in case; arithmetic, rounding and printing of numbers of all sizes; str.format and the operator % with
random specs. RUNNER is the built test/tools/render_conformance.
"""
import json
import random
import re
import struct
import subprocess
import sys
import tempfile

import jinja2

PIECES = ["a", "b", "A", "Z", "é", "ß", "1", "9", "_", "-", "--", " ", "  ", "\n", "\t", ".", ",", "!", "'", '"', "(", ")",
          "[", "<", ">", "&", "&amp;", "&lt", "&#39;", "&copy", "<b>", "</p>", "<!--", "-->", "http://", "https://", "www.",
          "x.com", "a@b.org", "mailto:", "/", "?q=1", "#f", "\u00a0", "\u2028", "\r\n", "\x0b", "\x1c", "日", "😀", "ǆ", "Σ",
          "ı", "İ", "ﬁ", "%", "%20", "+", "=", ":", ";", "word", "longerword", "e-mail", "{", "}", "\\", "\u0301", "ʼn", "Ⅷ",
          "½", "²", "\x7f"]
# N is a small number.
ON_TEXT = """
    s|wordwrap(N) . s|wordwrap(N,false) . s|wordwrap(N,break_on_hyphens=false) . s|wordwrap(N,true,"|") . s|urlize
    s|urlize(N) . s|striptags . s|title . s|capitalize . s|upper . s|lower . s.swapcase() . s.title() . s.casefold()
    s|indent(N) . s|indent(N,true,true) . s.splitlines() . s.splitlines(true) . s|truncate(N,leeway=0,end="")
    s|truncate(N,true,"~",0) . s|truncate(N) . s|urlencode . {"k":s}|urlencode . s.split() . s.rsplit(none,1) . s|trim
    s.strip() . s|wordcount . s|e . s|tojson . [s] . "%a" % s . s|length . s|center(N) . s|reverse . s[::-1] . s[N:]
    s.isalpha()~s.isalnum()~s.isdigit()~s.isdecimal()~s.isnumeric()~s.islower()~s.isupper()~s.istitle()~s.isspace()
    s.isidentifier()~s.isprintable()~s.isascii() . s|int . s|float . s.expandtabs(N) . s|list|sort . s|unique|list
    [s,t]|sort . [s,t]|unique|list . [s,t]|min . s < t . s|replace(t[:1],"~") . s.partition(t[:1] or "x") . s.strip(t)
    s|pprint . {s:1}|xmlattr . {"a":s}|xmlattr . s.zfill(N) . s|forceescape . s|filesizeformat . s is lower . s is upper
"""
ON_NUMBERS = """
    a . a|round . a|round(N) . a|round(-N) . a|round(N,"floor") . a|round(N,"ceil") . a|int . a|float . a|string . a|tojson
    a+b . a-b . a*b . a/b . a//b . a%b . a**2 . (a<b)~(a==b)~(a>=b) . [a,b]|sort . [a,b]|max . (a|string)|float
    (a|string)|int . a|abs . -a . a|filesizeformat . a|filesizeformat(true) . a is odd . a is divisibleby b . a in [b,a]
    {a:1}[b]|default("-") . [a,b]|sum . [a,b,a]|unique|list . "%s"|format(a) . a//1 . a%1 . a**-1 . a**0.5 if a > 0
    2**b if b|abs<600
"""
FORMATTED = [0, 1, -1, 7, 255, -255, 1234567, 10**20, -10**25, 2**63, 0.0, -0.0, 1.5, -2.675, 0.1, 1e16, 1e15, 123456.789,
             1e-7, 1e22, 5e-324, 1.7976931348623157e308, 99999.5, 0.00001234, "", "a", "hello", "Ünï", "日本語", "it's", "a\nb",
             True, False, None, [1, "a"], {"k": 1}, [], 2.5, 3.5, 1e100, -1e-5]


def expressions(text):
    return [part.strip() for line in text.strip().splitlines() for part in line.split(" . ")]


def text(r):
    return "".join(r.choice(PIECES) for _ in range(r.randint(0, 14)))


def number(r):
    kind = r.random()
    if kind < .3:
        real = struct.unpack("d", struct.pack("Q", r.getrandbits(64)))[0]
        return real if real - real == 0 else 1.5
    if kind < .6:
        return round(r.uniform(-1000, 1000), r.randint(0, 6))
    if kind < .7:
        return r.randint(-1000, 1000) * .5
    if kind < .8:
        return float(10 ** r.randint(0, 25))
    return r.randint(-10 ** r.randint(1, 40), 10 ** r.randint(1, 40))


def spec(r):
    """A format spec as str.format has it, not always a valid one."""
    parts = [r.choice(["", "*", "0", "é", "<"]) + r.choice("<>^=") if r.random() < .4 else "",
             r.choice("+- ") if r.random() < .3 else "", "z" * (r.random() < .1), "#" * (r.random() < .2),
             "0" * (r.random() < .2), str(r.randint(0, 25)) if r.random() < .5 else "", r.choice(",_") if r.random() < .25 else "",
             "." + str(r.choice([0, 1, 2, 3, 5, 10, 17, 20])) if r.random() < .4 else "",
             r.choice("bcdeEfFgGnosxX%sddffgg") if r.random() < .7 else ""]
    return "".join(parts)


def percent_spec(r):
    return ("%" + "".join(r.choice("-+ #0") for _ in range(r.choice([0, 0, 1, 1, 2]))) + r.choice(["", "", "5", "12", "0"]) +
            r.choice(["", "", ".0", ".1", ".3", ".10", "."]) + r.choice("diouxXeEfFgGcrsa%"))


def cases(r, count):
    environment = jinja2.Environment()

    def by_jinja2(template, variables):
        return lambda: environment.from_string(template).render(variables)

    for of, values in ((expressions(ON_TEXT), lambda: {"s": text(r), "t": text(r)}),
                       (expressions(ON_NUMBERS), lambda: {"a": number(r), "b": number(r)})):
        for _ in range(count):
            template = "{{ " + re.sub(r"\bN\b", str(r.randint(1, 12)), r.choice(of)) + " }}"
            variables = values()
            yield template, variables, "jinja2", by_jinja2(template, variables)
    for _ in range(count):
        value = r.choice(FORMATTED)
        if r.random() < .5:
            template = "{v" + r.choice(["", "", "", "!r", "!s", "!a"]) + ":" + spec(r) + "}"
            yield template, {"v": value}, "f-string", lambda: template.format_map({"v": value})
        else:
            percent = percent_spec(r)
            yield "{{ " + json.dumps(percent) + " % (v,) }}", {"v": value}, "jinja2", lambda: percent % (value,)


def main():
    runner = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 3000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        for template, variables, language, render in cases(random.Random(seed), count):
            case = {"template": template, "vars": variables, "opts": {}, "format": language}
            try:
                case["out"] = render()
            except Exception as error:  # whatever Python raises, we are to raise something, too
                case["err"] = type(error).__name__ + ": " + str(error)
            file.write(json.dumps(case) + "\n")
        file.flush()
        result = subprocess.run([runner, "-v", file.name], capture_output=True, text=True)
        print(result.stdout.replace(file.name, "texts and numbers"), result.stderr, end="")
        return result.returncode


if __name__ == "__main__":
    sys.exit(main())
