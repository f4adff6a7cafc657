#!/usr/bin/python3
"""Renders random templates with python3-jinja2 and with this engine, and compares.

usage: jinja_differential.py RUNNER [COUNT [SEED]] [--keep FILE]

RUNNER is the built test/tools/render_conformance. COUNT templates (500) are made from a grammar with SEED (1), rendered
by python3-jinja2, and handed to the runner as a file of cases; its exit code is this program's. Left out are cases on
which Python itself is not definite, or that differ on purpose:
  - results that show a memory address (generators, macros, functions);
  - pprint of markup, which shows the name of Python's class;
  - `a.keys() - b`, which is a set in Python, in the order of its hashes (and an error here);
  - RecursionError and MemoryError, for which the engine has limits of its own.
Differences on purpose, which the grammar does not make:
  - a negative number to a fractional power is an error, not a complex number;
  - `include ... without context` within a macro or a block that captures is captured, too (Jinja2 writes it before);
  - a printed expression of constants alone that slices what has no slices is an error, as it is with variables
    (Jinja2 folds `{{ 2[::2] }}` to nothing; folding is off here);
  - a filter block whose filter gives a number prints it everywhere (in a captured text Jinja2 fails to join it).
"""
import json
import random
import re
import subprocess
import sys
import tempfile

import jinja2

WORDS = ["alpha", "Beta", "gamma-ray", "x", "", " padded ", "two words", "Ünïcode", "naïve café", "訂單", "a,b;c", "<b>&\"'",
         "line\nbreak", "tab\there", "UPPER", "mixedCase", "123", "3.5", "-7", "0x1f", "true", "%s and %d", "{} {name}",
         "ǆ ß ﬁ", "emoji 😀 here", "trailing\n", "a.b.c", "o'neil", "(see www.example.com)",
         "http://a.b-c.de:80/x?y=1 me@ex-ample.org, <ftp://x.org>", "example.info http://1.2.3.4/ http://[::1]:8 www.x"]
NAMES = ["n", "m", "f", "g", "s", "w", "l", "q", "d", "e", "users", "nested", "flag", "nothing", "missing", "big"]
KEYS = ["a", "b", "name", "age", "tags", "items", "value", "Key", "x y", "1"]


class Generator:
    def __init__(self, rng):
        self.r = rng
        self.locals = []
        self.macros = []
        self.in_loop = 0
        self.templates = {}
        self.counter = 0

    # ---- Values

    def scalar(self):
        r = self.r
        return r.choice([lambda: r.randint(-20, 50), lambda: round(r.uniform(-100, 100), r.randint(0, 4)),
                         lambda: r.choice(WORDS), lambda: r.random() < .5, lambda: None,
                         lambda: r.randint(-5, 5), lambda: r.choice([1e16, 1.5e-7, 0.1, -0.0, 123456789.125, 1e22, 2.5])])()

    def json_value(self, depth=2):
        r = self.r
        if depth == 0 or r.random() < .5:
            return self.scalar()
        if r.random() < .5:
            return [self.json_value(depth - 1) for _ in range(r.randint(0, 4))]
        return {r.choice(KEYS): self.json_value(depth - 1) for _ in range(r.randint(0, 4))}

    def context(self):
        r = self.r
        return {
            "n": r.randint(-10, 40), "m": r.randint(0, 9), "f": round(r.uniform(-50, 50), 3), "g": r.choice([0.5, 2.0, 1e17, -3.25]),
            "s": r.choice(WORDS), "w": " ".join(r.choice(WORDS) for _ in range(r.randint(0, 6))),
            "l": [r.randint(-9, 9) for _ in range(r.randint(0, 6))],
            "q": [r.choice(WORDS) for _ in range(r.randint(0, 5))],
            "d": {k: self.scalar() for k in r.sample(KEYS, r.randint(0, 5))},
            "e": {k: r.randint(0, 9) for k in r.sample(KEYS, r.randint(1, 4))},
            "users": [{"name": r.choice(WORDS), "age": r.randint(1, 9), "tags": r.sample(WORDS, r.randint(0, 3)),
                       **({"nick": r.choice(WORDS)} if r.random() < .4 else {})} for _ in range(r.randint(0, 4))],
            "nested": self.json_value(3), "flag": r.random() < .5, "nothing": None,
            "big": r.choice([10 ** 20, -10 ** 25, 2 ** 63, 2 ** 63 - 1, -2 ** 63]),
        }

    # ---- Expressions: a backquote stands for a double quote, which f-strings cannot hold.

    def pick(self, *options):
        return self.r.choice(options)()

    def closed(self, text):
        """In parentheses, unless nothing behind it could bind tighter; now and then without, as people write it."""
        if self.r.random() < .01 or re.fullmatch(r"\w+|`[^`]*`|'[^'\\\\]*'|\[[^\[\]]*\]|\([^()]*\)", text):
            return text
        return f"({text})"

    def expr(self, depth=3):
        if depth <= 0:
            return self.atom()
        return self.pick(lambda: self.int_expr(depth), lambda: self.str_expr(depth), lambda: self.list_expr(depth),
                         lambda: self.bool_expr(depth), lambda: self.any_expr(depth), lambda: self.str_expr(depth),
                         lambda: self.number_expr(depth), lambda: self.dict_expr(depth), lambda: self.str_expr(depth))

    def atom(self):
        r = self.r
        options = [lambda: r.choice(NAMES), lambda: self.int_literal(), lambda: self.str_literal(),
                   lambda: r.choice(["true", "false", "none", "True", "None"])]
        if self.locals:
            options += [lambda: r.choice(self.locals)] * 3
        if self.in_loop:
            options.append(lambda: "loop." + r.choice(["index", "index0", "first", "last", "length", "revindex", "revindex0",
                                                       "previtem", "nextitem", "depth", "depth0"]))
        return r.choice(options)()

    def int_literal(self):
        return self.r.choice(["0", "1", "2", "3", "-1", "7", "10", "100", "1_000", "0x1F", "0b101", "9223372036854775807",
                              str(self.r.randint(0, 60))])

    def str_literal(self):
        text = self.r.choice(WORDS).replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
        if '"' in text:
            return "'" + text.replace("'", "\\'") + "'"
        return self.r.choice(['"%s"', "'%s'"]) % text if "'" not in text else '"%s"' % text

    def number_expr(self, depth):
        return self.closed(self.open_number_expr(depth))

    def open_number_expr(self, depth):
        r, d = self.r, depth - 1
        return self.pick(
            lambda: r.choice(["f", "g", "1.5", "2.25", "0.1", "1e3", "3.0"]),
            lambda: f"({self.number_expr(d) if d > 0 else 'f'} {r.choice(['+', '-', '*', '/'])} {self.int_expr(d)})",
            lambda: f"({self.number_expr(d) if d > 0 else 'g'} {r.choice(['//', '%'])} {self.int_expr(d)})",
            lambda: f"{self.number_expr(d) if d > 0 else 'f'}|round({r.choice(['', '1', '2', '0', '1, `floor`', '1, `ceil`', '-1'])})",
            lambda: f"{self.str_expr(d)}|float({r.choice(['', '1.5', 'none'])})",
            lambda: f"({self.list_expr(d)}|sum)",
            lambda: f"{self.int_expr(d)}|abs",
            lambda: f"{self.int_expr(d)} ** {r.choice(['2', '3', '0', '-1'])}",
            lambda: f"({self.int_expr(d)}|abs) ** 0.5",
        )

    def int_expr(self, depth):
        return self.closed(self.open_int_expr(depth))

    def open_int_expr(self, depth):
        r, d = self.r, depth - 1
        if depth <= 0:
            return r.choice(["n", "m", self.int_literal(), "l|length", "s|length", "big"])
        return self.pick(
            lambda: r.choice(["n", "m", self.int_literal()]),
            lambda: f"({self.int_expr(d)} {r.choice(['+', '-', '*', '//', '%'])} {self.int_expr(d)})",
            lambda: f"-{self.int_expr(0)}",
            lambda: f"({self.list_expr(d)}|{r.choice(['length', 'count'])})",
            lambda: f"{self.str_expr(d)}|length",
            lambda: f"{self.str_expr(d)}|int({r.choice(['', '7', 'default=3', '0, 16'])})",
            lambda: f"{self.number_expr(d)}|int",
            lambda: f"{self.str_expr(d)}.{r.choice(['count', 'find', 'rfind', 'index'])}({self.str_expr(0)})",
            lambda: f"{self.str_expr(d)}|wordcount",
            lambda: f"{self.list_expr(d)}.{r.choice(['count', 'index'])}({self.atom()})",
        )

    def str_expr(self, depth):
        return self.closed(self.open_str_expr(depth))

    def open_str_expr(self, depth):
        r, d = self.r, depth - 1
        if depth <= 0:
            return r.choice(["s", "w", self.str_literal(), self.str_literal()])
        s = lambda: self.str_expr(d)
        return self.pick(
            lambda: r.choice(["s", "w", self.str_literal()]),
            lambda: f"({s()} ~ {self.expr(d)})", lambda: f"({s()} + {s()})", lambda: f"{s()} * {r.choice(['0', '2', '3', 'm'])}",
            lambda: f"{s()}|{r.choice(['upper', 'lower', 'title', 'capitalize', 'trim', 'escape', 'e', 'string', 'reverse', 'striptags', 'urlencode', 'safe', 'forceescape', 'urlize', 'pprint'])}",
            lambda: f"{s()}|replace({s()}, {self.str_expr(0)}{r.choice(['', ', 1', ', 2'])})",
            lambda: f"{s()}|truncate({r.choice(['5', '8, true', '10, false, `..`', '4, true, ``, 0', '12'])})",
            lambda: f"{s()}|center({r.choice(['9', '20', '3'])})",
            lambda: f"{s()}|indent({r.choice(['', '2', '2, true', '3, false, true', 'width=`> `', '2, first=true, blank=true'])})",
            lambda: f"{s()}|wordwrap({r.choice(['5', '8', '10, false', '12, true, `|`', '7, break_on_hyphens=false'])})",
            lambda: f"{s()}.{r.choice(['strip', 'lstrip', 'rstrip'])}({r.choice(['', '`a `', 'none', self.str_literal()])})",
            lambda: f"{s()}.{r.choice(['upper', 'lower', 'title', 'capitalize', 'swapcase', 'casefold'])}()",
            lambda: f"{s()}.{r.choice(['ljust', 'rjust', 'center', 'zfill'])}({r.choice(['8', '12', '0'])})",
            lambda: f"{s()}.{r.choice(['removeprefix', 'removesuffix'])}({self.str_expr(0)})",
            lambda: f"{s()}.replace({self.str_expr(0)}, {self.str_expr(0)})",
            lambda: f"{s()}.expandtabs({r.choice(['', '4', '0'])})",
            lambda: f"{s()}.join({self.list_expr(d)}|map('string'))",
            lambda: f"{s()}[{r.choice(['0', '-1', '1:', ':2', '::-1', '1:4', '-3:', '::2', '5', ':-1'])}]",
            lambda: f"({self.list_expr(d)}|join{r.choice(['', '(`, `)', '(s)', '(`-`)'])})",
            lambda: f"{r.choice(['`%s|%s`', '`%d %s`', '`%5.2f|%r`', '`%-6s|%+d`', '`%x %o`', '`%05d%%%s`', '`%g %e`', '`%c%s`'])} % ({r.choice([self.int_expr(d), self.number_expr(d)])}, {self.expr(0)})",
            lambda: f"{r.choice(['`%s`', '`%5s|`', '`%r`', '`%.3s`', '`%d`'])}|format({self.expr(d)})",
            lambda: f"{r.choice(['`{} {}`', '`{0}{1}{0}`', '`{0!r:>10}|{1}`', '`{:>8}|{:<6}|`', '`{:^9}{}`'])}.format({self.str_expr(0)}, {self.expr(0)})",
            lambda: f"{r.choice(['`{:05d}`', '`{:+,}`', '`{:x}`', '`{:#b}`', '`{:.2f}`', '`{:10.3e}`', '`{:g}`', '`{:.1%}`', '`{:_}`', '`{:,.2f}`', '`{:>+8.1f}`', '`{:.3}`', '`{:08.2f}`'])}.format({r.choice([self.int_expr(0), 'f', 'g', 'n'])})",
            lambda: f"{self.expr(d)}|string", lambda: f"{self.expr(d)}|tojson{r.choice(['', '(2)', '(indent=1)'])}",
            lambda: f"{self.int_expr(d)}|filesizeformat{r.choice(['', '(true)'])}",
            lambda: f"({s()} if {self.bool_expr(d)} else {s()})", lambda: f"{self.expr(0)}|default({s()}{r.choice(['', ', true'])})",
            lambda: f"({self.list_expr(d)}|{r.choice(['first', 'last', 'min', 'max'])})", lambda: f"{self.dict_expr(d)}|xmlattr",
        )

    def list_expr(self, depth):
        return self.closed(self.open_list_expr(depth))

    def open_list_expr(self, depth):
        r, d = self.r, depth - 1
        if depth <= 0:
            return r.choice(["l", "q", "users", "[1, 2, 3]", "['b', 'A', 'c']", "[]", "range(4)", "(1, 'x')"])
        x = lambda: self.list_expr(d)
        return self.pick(
            lambda: r.choice(["l", "q", "users", "nested"]),
            lambda: "[" + ", ".join(self.expr(d) for _ in range(r.randint(0, 4))) + "]",
            lambda: "(" + ", ".join(self.expr(d) for _ in range(r.randint(2, 3))) + ")",
            lambda: f"range({r.choice(['5', '2, 7', '9, 0, -2', 'm', '0'])})", lambda: f"({x()} + {x()})",
            lambda: f"{x()}[{r.choice(['1:', ':2', '::-1', '-2:', '::2', ':', '1:3'])}]",
            lambda: f"{x()}|{r.choice(['list', 'sort', 'reverse|list', 'unique|list', 'sort(reverse=true)', 'sort(case_sensitive=true)', 'unique(true)|list'])}",
            lambda: f"{x()}|map({r.choice(['`upper`', '`string`', '`length`', '`int`', '`title`', '`default`, `-`', '`e`'])})|list",
            lambda: f"users|map(attribute={r.choice(['`name`', '`age`', '`nick`', '`tags.0`'])}{r.choice(['', ', default=`?`'])})|list",
            lambda: f"{x()}|{r.choice(['select', 'reject'])}({r.choice(['', '`odd`', '`defined`', '`string`', '`number`', '`gt`, 2', '`in`, l', '`equalto`, 1', '`none`'])})|list",
            lambda: f"users|{r.choice(['selectattr', 'rejectattr'])}({r.choice(['`nick`', '`age`, `gt`, 4', '`name`, `equalto`, s', '`tags`', '`nick`, `defined`'])})|list",
            lambda: f"users|sort(attribute={r.choice(['`age`', '`name`', '`age,name`'])}{r.choice(['', ', reverse=true'])})",
            lambda: f"{x()}|{r.choice(['batch(2)', 'batch(3, `-`)', 'slice(2)', 'slice(3, `+`)'])}|list",
            lambda: f"{self.dict_expr(d)}|{r.choice(['items|list', 'dictsort', 'list', 'dictsort(false, `value`)', 'dictsort(reverse=true)'])}",
            lambda: f"{self.dict_expr(d)}.{r.choice(['items', 'keys', 'values'])}()", lambda: f"{self.str_expr(d)}.split({r.choice(['', '` `', '`,`', 'none, 1', '`a`, 1'])})",
            lambda: f"{self.str_expr(d)}.{r.choice(['rsplit(` `, 1)', 'splitlines()', 'partition(` `)', 'rpartition(`a`)', 'rsplit(none, 1)'])}",
            lambda: f"{self.str_expr(d)}|list", lambda: f"users|groupby({r.choice(['`age`', '`name`', '`nick`, default=`zz`'])})",
            lambda: f"{x()} * {r.choice(['0', '2'])}",
        )

    def dict_expr(self, depth):
        return self.closed(self.open_dict_expr(depth))

    def open_dict_expr(self, depth):
        r, d = self.r, depth - 1
        if depth <= 0:
            return r.choice(["d", "e", "{}", "{'k': n}"])
        return self.pick(
            lambda: r.choice(["d", "e", "users[0]"]),
            lambda: "{" + ", ".join(f"{self.key_literal()}: {self.expr(d)}" for _ in range(r.randint(0, 3))) + "}",
            lambda: f"dict({r.choice(['a=1', 'x=s, y=n', 'd', 'e, z=f', '[(1, 2)]'])})",
        )

    def key_literal(self):
        return self.r.choice(["'a'", "'b'", "1", "'name'", "1.5", "true", "none", "(1, 2)", "'items'", "n", "s"])

    def bool_expr(self, depth):
        return self.closed(self.open_bool_expr(depth))

    def open_bool_expr(self, depth):
        r, d = self.r, depth - 1
        if depth <= 0:
            return r.choice(["flag", "true", "false", "n > 3", "s", "l"])
        b = lambda: self.bool_expr(d)
        return self.pick(
            lambda: f"({b()} {r.choice(['and', 'or'])} {b()})", lambda: f"not {b()}", lambda: f"(not {b()})",
            lambda: f"{self.expr(d)} {r.choice(['==', '!='])} {self.expr(d)}",
            lambda: f"{self.int_expr(d)} {r.choice(['<', '<=', '>', '>='])} {r.choice([self.int_expr(d), self.number_expr(d)])}",
            lambda: f"{self.str_expr(d)} {r.choice(['<', '>='])} {self.str_expr(d)}",
            lambda: f"1 < {self.int_expr(d)} <= 20",
            lambda: f"{self.expr(d)} {r.choice(['in', 'not in'])} {r.choice([self.list_expr(d), self.str_expr(d), self.dict_expr(d)])}",
            lambda: f"{self.expr(d)} is {r.choice(['', 'not '])}{r.choice(['defined', 'undefined', 'none', 'string', 'number', 'mapping', 'sequence', 'iterable', 'boolean', 'integer', 'float', 'true', 'false', 'callable', 'upper', 'lower', 'escaped'])}",
            lambda: f"{self.int_expr(d)} is {r.choice(['odd', 'even', 'divisibleby 3', 'divisibleby(2)', 'eq 3', 'gt 4', 'in [1, 2, 3]', 'sameas 1'])}",
            lambda: f"{self.str_expr(d)}.{r.choice(['startswith', 'endswith'])}({r.choice([self.str_expr(0), '(`a`, `b`)'])})",
            lambda: f"{self.str_expr(d)}.{r.choice(['isdigit', 'isalpha', 'isupper', 'islower', 'isspace', 'isalnum', 'istitle', 'isdecimal', 'isnumeric', 'isidentifier', 'isprintable', 'isascii'])}()",
        )

    def any_expr(self, depth):
        r, d = self.r, depth - 1
        return self.pick(
            lambda: f"{r.choice(['d', 'e', 'users[0]', 'nested', 'missing'])}.{r.choice(['a', 'b', 'name', 'items', 'missing', 'value'])}",
            lambda: f"{r.choice(['d', 'e', 'nested', 'l', 'q', 's'])}[{r.choice(['0', '1', '-1', '`a`', '`name`', 'n', '`zzz`', '99'])}]",
            lambda: f"{self.dict_expr(d)}.get({self.str_literal()}{r.choice(['', ', 5', ', s'])})",
            lambda: f"({self.expr(d)} if {self.bool_expr(d)})", lambda: f"({self.expr(d)} if {self.bool_expr(d)} else {self.expr(d)})",
            lambda: f"({self.expr(d)} {r.choice(['and', 'or'])} {self.expr(d)})", lambda: f"({self.expr(d)})",
            lambda: f"{self.list_expr(d)}|{r.choice(['first', 'last', 'sum', 'min', 'max', 'length'])}",
            lambda: f"{self.expr(d)}|default({self.expr(d)})", lambda: f"{self.expr(d)}|{r.choice(['upper', 'length', 'list', 'int', 'float', 'string', 'first', 'trim', 'title', 'abs', 'e', 'tojson', 'pprint', 'wordcount', 'items|list'])}",
            lambda: f"{self.expr(d)} {r.choice(['+', '-', '*', '/', '//', '%', '~'])} {self.expr(0)}",
            lambda: f"{r.choice(self.macros)}({', '.join(self.expr(0) for _ in range(r.randint(0, 3)))})" if self.macros else "n",
            lambda: f"d|attr({r.choice(['`a`', '`items`', '`zz`'])})",
        )

    # ---- Templates

    def open(self, block=True):
        return ("{%" if block else "{{") + self.r.choice(["", "", "", "-", "+" if block else ""])

    def close(self, block=True):
        return self.r.choice(["", "", "", "-", "+" if block else ""]) + ("%}" if block else "}}")

    def tag(self, text):
        return f"{self.open()} {text} {self.close()}"

    def text(self):
        r = self.r
        return "".join(r.choice(["hello", " ", "\n", "  \n", "{ ", "}", "a b", "\n\n", "    ", "<p>", "% ", "#", "é", "\t", "x\r\ny"])
                       for _ in range(r.randint(0, 4)))

    def name(self):
        self.counter += 1
        return f"v{self.counter}"

    def body(self, depth, count=None):
        saved, saved_macros = list(self.locals), list(self.macros)
        parts = [self.text() + self.statement(depth) for _ in range(count or self.r.randint(1, 3))]
        self.locals, self.macros = saved, saved_macros
        return "".join(parts) + self.text()

    def statement(self, depth):
        r = self.r
        if depth <= 0 or r.random() < .4:
            return f"{self.open(False)} {self.expr(r.randint(1, 3))} {self.close(False)}"
        return self.pick(lambda: self.if_(depth), lambda: self.for_(depth), lambda: self.set(depth), lambda: self.set(depth),
                         lambda: self.for_(depth), lambda: self.macro(depth), lambda: self.with_(depth),
                         lambda: self.tag("filter " + r.choice(["upper", "trim", "replace('a', 'b')", "indent(2)", "e"]))
                         + self.body(depth - 1) + self.tag("endfilter"),
                         lambda: "{#" + r.choice(["", "-", "+"]) + " note " + r.choice(["", "-", "+"]) + "#}",
                         lambda: self.tag("raw").replace("+%}", "%}") + "{{ x }} {% if %}" + self.tag("endraw"),
                         lambda: self.namespace(depth), lambda: self.include(depth), lambda: self.scoped_autoescape(depth),
                         lambda: self.call(depth), lambda: self.do(), lambda: self.if_(depth), lambda: self.helper())

    def scoped_autoescape(self, depth):
        return self.tag("autoescape " + self.r.choice(["true", "false"])) + self.body(depth - 1) + self.tag("endautoescape")

    def if_(self, depth):
        text = self.tag("if " + self.bool_expr(2)) + self.body(depth - 1)
        for _ in range(self.r.choice([0, 0, 0, 1, 2])):
            text += self.tag("elif " + self.bool_expr(1)) + self.body(depth - 1)
        if self.r.random() < .5:
            text += self.tag("else") + self.body(depth - 1)
        return text + self.tag("endif")

    def for_(self, depth):
        r = self.r
        saved = list(self.locals)
        target = r.choice([self.name(), self.name(), r.choice(NAMES), self.name() + ", " + self.name()])
        source = self.list_expr(2) if "," not in target else r.choice(
            [self.dict_expr(1) + ".items()", self.dict_expr(1) + "|items", "[(1, 2), ('a', s)]", "users|groupby('age')", "d|dictsort"])
        head = f"for {target} in {source}"
        names = target.split(", ")
        if r.random() < .2:
            self.locals += names
            head += " if " + self.bool_expr(1)
        text = self.tag(head)
        self.locals = saved + names
        self.in_loop += 1
        body = self.body(depth - 1)
        if r.random() < .15:
            body += self.tag("if " + self.bool_expr(1)) + self.tag(r.choice(["break", "continue"])) + self.tag("endif")
        if r.random() < .2:
            body += "{{ loop." + r.choice(["cycle('a', 'b')", f"changed({names[0]})", "cycle(n, s, 3)"]) + " }}"
        self.in_loop -= 1
        self.locals = saved
        text += body
        if r.random() < .3:
            text += self.tag("else") + self.body(depth - 1)
        return text + self.tag("endfor")

    def set(self, depth):
        r = self.r
        name = r.choice([self.name(), r.choice(NAMES), self.name()])
        if r.random() < .2:
            text = self.tag("set " + name + r.choice(["", " | upper", " | trim | length"])) + self.body(depth - 1) + self.tag("endset")
        elif r.random() < .1:
            other = self.name()
            text = self.tag(f"set {name}, {other} = {self.expr(1)}, {self.expr(1)}")
            self.locals.append(other)
        else:
            text = self.tag(f"set {name} = {self.expr(2)}")
        self.locals.append(name)
        return text

    def with_(self, depth):
        saved = list(self.locals)
        a, b = self.name(), self.r.choice([self.name(), self.r.choice(NAMES)])
        text = self.tag(f"with {a} = {self.expr(2)}, {b} = {self.expr(1)}")
        self.locals += [a, b]
        text += self.body(depth - 1) + self.tag("endwith")
        self.locals = saved
        return text

    def macro(self, depth):
        r = self.r
        name = self.name()
        parameters = [self.name() for _ in range(r.randint(0, 3))]
        shown = [p if r.random() < .6 else f"{p}={self.expr(1)}" for p in parameters]
        shown.sort(key=lambda p: "=" in p)
        saved, saved_loop = list(self.locals), self.in_loop
        self.locals += parameters + r.choice([[], [], ["varargs"], ["kwargs"], ["caller"]])
        self.in_loop = 0
        text = self.tag(f"macro {name}({', '.join(shown)})") + self.body(depth - 1)
        if r.random() < .3:
            text += "{{ caller() if caller is defined }}"
        text += self.tag("endmacro")
        self.locals, self.in_loop = saved, saved_loop
        self.macros.append(name)
        keyword = f", {parameters[-1]}={self.expr(0)}" if parameters and r.random() < .3 else ""
        return text + "{{ " + f"{name}({', '.join(self.expr(1) for _ in range(r.randint(0, max(0, len(parameters) - bool(keyword)))))}{keyword})".replace("(, ", "(") + " }}"

    def call(self, depth):
        name = self.name()
        text = self.tag(f"macro {name}(x=1)") + "[{{ caller(" + self.r.choice(["", "x", "x, 2"]) + ") }}|{{ x }}]" + self.tag("endmacro")
        parameter = self.name()
        saved, saved_loop = list(self.locals), self.in_loop
        self.locals.append(parameter)
        self.in_loop = 0
        text += self.tag(f"call({parameter}=0, y=2) {name}({self.r.choice(['', self.expr(1)])})") + self.body(depth - 1) + self.tag("endcall")
        self.locals, self.in_loop = saved, saved_loop
        return text

    def namespace(self, depth):
        name = self.name()
        return (self.tag(f"set {name} = namespace(total={self.expr(0)}, seen=[])") + self.tag(f"for i in {self.list_expr(1)}")
                + self.tag(f"set {name}.total = {self.r.choice([name + '.total ~ i', 'i', 'loop.index', self.expr(1)])}")
                + self.tag("endfor") + "{{ " + name + ".total }}{{ " + name + ".nope }}")

    def do(self):
        name = self.name()
        return (self.tag(f"set {name} = {self.r.choice(['[1, 2]', '[]', 'l|list'])}")
                + self.tag(f"do {name}.{self.r.choice(['append(n)', 'extend(q)', 'insert(0, s)', 'pop()', 'reverse()', 'sort()', 'clear()', 'remove(1)'])}")
                + "{{ " + name + " }}")

    def helper(self):
        name = self.name()
        return self.r.choice([
            lambda: self.tag(f"set {name} = cycler('a', 'b', 'c')") + "{{ " + f"{name}.next() }}}}{{{{ {name}.next() }}}}{{{{ {name}.current" + " }}",
            lambda: self.tag(f"set {name} = joiner({self.r.choice(['', '`; `'])})") + self.tag("for i in l") + "{{ " + name + "() }}{{ i }}" + self.tag("endfor"),
            lambda: self.tag(f"for {name} in nested if {name} recursive") + "{{ loop.depth }}:{{ " + name + " }}"
            + self.tag(f"if {name} is sequence and {name} is not string and {name} is not mapping") + "({{ loop(" + name + ") }})" + self.tag("endif") + self.tag("endfor"),
            lambda: self.tag(f"for {name} in [1, [2, [3]], 4] recursive") + self.tag(f"if {name} is number") + "{{ " + name + " }}" + self.tag("else") + "<{{ loop(" + name + ") }}>" + self.tag("endif") + self.tag("endfor"),
        ])()

    def include(self, depth):
        r = self.r
        name = f"t{len(self.templates)}"
        self.templates[name] = ""
        saved_locals, saved_loop, saved_macros = self.locals, self.in_loop, self.macros
        self.in_loop, self.macros = 0, []
        kind = r.randint(0, 3)
        if kind == 0:
            self.templates[name] = self.body(depth - 1)
            text = self.tag(f"include {r.choice([repr(name), '[`nope`, ' + repr(name) + ']'])}{r.choice(['', '', ' ignore missing'])}")
        elif kind == 1:
            self.locals = ["p"]
            self.templates[name] = "{% macro mac(p=3, k='d') %}" + self.body(depth - 1) + "{% endmacro %}{% set exported = 'E' ~ n %}{% set _hidden = 1 %}"
            text = self.tag(f"import '{name}' as lib{r.choice(['', ' with context'])}") + "{{ lib.mac(n) }}{{ lib.exported }}{{ lib._hidden }}"
        elif kind == 2:
            self.templates[name] = "{% macro mac(p=3) %}<{{ p }}{{ n }}>{% endmacro %}{% set other = s %}"
            text = self.tag(f"from '{name}' import mac as {name}m, other{r.choice(['', ', nope', ' with context'])}") + "{{ " + name + "m(2) }}{{ other }}"
        else:
            text = self.tag("include 'absent' ignore missing")
        self.locals, self.in_loop, self.macros = saved_locals, saved_loop, saved_macros
        return text

    def inherited(self):
        r = self.r
        blocks = ["one", "two", "three"]
        base = self.body(1)
        for b in blocks[:2]:
            base += "{% block " + b + r.choice(["", " scoped"]) + " %}" + self.body(1) + "{% endblock %}" + self.text()
        base += "{% for i in [1, 2] %}{% block three scoped %}{{ i }}{{ loop.index }}{% endblock %}{% endfor %}"
        middle = "{% extends 'base' %}" + self.text() + "{% block two %}(" + self.body(1) + "{{ super() }}){% endblock %}" + "{% set n = 'M' %}"
        self.templates["base"], self.templates["middle"] = base, middle
        child = self.text() + "{% extends " + r.choice(["'base'", "'middle'"]) + " %}" + self.text()
        child += self.tag("set top = " + self.expr(1)) + self.tag(f"macro helper(a)") + "{{ a }}" + self.tag("endmacro")
        for b in r.sample(blocks, r.randint(0, 3)):
            child += "{% block " + b + " %}" + self.body(1) + r.choice(["", "{{ super() }}", "{{ self.one() }}" if b != "one" else ""]) + "{{ top }}{{ helper(1) }}{% endblock %}"
        return child

    def template(self):
        text = self.inherited() if self.r.random() < .07 else self.body(3, self.r.randint(1, 4))
        self.templates = {name: source.replace("`", '"') for name, source in self.templates.items()}
        return text.replace("`", '"')


UNDEFINED = {"StrictUndefined": jinja2.StrictUndefined, "ChainableUndefined": jinja2.ChainableUndefined}


@jinja2.pass_context
def not_folded(context, value):
    """As a template's finalizer keeps Jinja2 from evaluating what is printed when it compiles."""
    return value


def shows_an_object(out):
    """Even if it was escaped, changed to upper case, split into characters or wrapped."""
    plain = re.sub(r"\W|_", "", re.sub(r"&(amp;)*[lg]t;", "", out, flags=re.I)).lower()
    return re.search(r"<function|<macro|Markup\(|&lt;(function|macro)", out, re.I) or re.search("at0x[0-9a-f]{6}|builtinmethod|boundmethod", plain)


def make_case(seed):
    rng = random.Random(seed)
    generator = Generator(rng)
    template, variables = generator.template(), generator.context()
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
    arguments = {**opts, "undefined": UNDEFINED.get(opts.get("undefined"), jinja2.Undefined)}
    # Without the optimizer, which joins constants as if autoescape were off, and without the folding of printed constants.
    environment = jinja2.Environment(optimized=False, finalize=not_folded, loader=jinja2.DictLoader(generator.templates),
                                     extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"], **arguments)
    case = {"name": f"seed {seed}", "template": template, "vars": variables, "opts": opts, "hf_tojson": False,
            "templates": generator.templates}
    try:
        out = environment.from_string(template).render(json.loads(json.dumps(variables)))
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
    print(f"{made} cases, {errors} of them errors, seeds {seed * 1_000_000} to {seed * 1_000_000 + count - 1}", flush=True)
    sys.exit(subprocess.run([runner, path], check=False).returncode)


main()
