"""Random Jinja2 expressions, for jinja_differential.py."""
import re

from jinja_calls import Calls
from jinja_collections import Collections
from jinja_strings import Strings
from jinja_values import NAMES, WORDS, Values

# A backquote stands for a double quote.
LOOP_ATTRIBUTES = [
    "index", "index0", "first", "last", "length", "revindex", "revindex0", "previtem", "nextitem", "depth", "depth0",
]
INT_LITERALS = ["0", "1", "2", "3", "-1", "7", "10", "100", "1_000", "0x1F", "0b101", "9223372036854775807"]
UNUSUAL_NUMBERS = [
    "0o17", "1e-3", "1_0.5_0", "12e10", "0B11", "1E5", "00", "123456789012345678901234567890", ".5", "1.", "5.real",
]
UNUSUAL_STRINGS = ["'\\x41\\u00e9\\t\\\\'", "'\\101\\N{DIGIT ONE}'", "'\\q\\''", "'a\\\nb'"]
OPERANDS = ["n", "m", "f", "2", "3", "1.5", "-1", "-m", "+n", "l|length", "(n + 1)", "big", "10", "true"]
MEMBERS = ['.b.c[0]', '[`b`][`c`]|last', '.a', '.b.get(`c`)', '|items|list', '.zz.y', '[`b`].c.1']
ROUND = ['', '1', '2', '0', '1, `floor`', '1, `ceil`', '-1']
TESTS = [
    'defined', 'undefined', 'none', 'string', 'number', 'mapping', 'sequence', 'iterable', 'boolean', 'integer',
    'float', 'true', 'false', 'callable', 'upper', 'lower', 'escaped',
]
INT_TESTS = ['odd', 'even', 'divisibleby 3', 'divisibleby(2)', 'eq 3', 'gt 4', 'in [1, 2, 3]', 'sameas 1']
STRING_TESTS = [
    'isdigit', 'isalpha', 'isupper', 'islower', 'isspace', 'isalnum', 'istitle', 'isdecimal', 'isnumeric',
    'isidentifier', 'isprintable', 'isascii',
]
FILTERS_OF_ANYTHING = [
    'upper', 'length', 'list', 'int', 'float', 'string', 'first', 'trim', 'title', 'abs', 'e', 'tojson', 'pprint',
    'wordcount', 'items|list',
]


class Expressions(Values, Strings, Collections, Calls):
    """Methods named ..._expr give an expression of that kind, of at most the given depth; none is sure to succeed.

    A backquote stands for a double quote, which f-strings cannot hold.
    """

    def __init__(self, rng):
        self.r = rng
        self.locals = []
        self.macros = []
        self.in_loop = 0
        self.templates = {}
        self.counter = 0

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
                         lambda: self.number_expr(depth), lambda: self.dict_expr(depth), lambda: self.str_expr(depth),
                         lambda: self.loose_expr(depth), lambda: self.odd_call_expr(depth))

    # ---- Names and literals

    def atom(self):
        r = self.r
        options = [lambda: r.choice(NAMES), lambda: self.int_literal(), lambda: self.str_literal(),
                   lambda: r.choice(["true", "false", "none", "True", "None"])]
        if self.locals:
            options += [lambda: r.choice(self.locals)] * 3
        if self.in_loop:
            options.append(lambda: "loop." + r.choice(LOOP_ATTRIBUTES))
        return r.choice(options)()

    def int_literal(self):
        return self.r.choice([*INT_LITERALS, str(self.r.randint(0, 60))])

    def str_literal(self):
        text = self.r.choice(WORDS).replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
        if '"' in text:
            return "'" + text.replace("'", "\\'") + "'"
        return self.r.choice(['"%s"', "'%s'"]) % text if "'" not in text else '"%s"' % text

    # ---- Operators side by side without parentheses: what binds tighter shows in the result

    def loose_expr(self, depth):
        one, d = self.r.choice, depth - 1
        a = lambda: one([self.atom, lambda: self.expr(0), lambda: self.closed(self.expr(d))])()
        n = lambda: one(OPERANDS)
        return self.pick(*self.loose_arithmetic(a, n), *self.loose_conditions(a, n), *self.loose_literals(a, n))

    def loose_arithmetic(self, a, n):
        one = self.r.choice
        return [
            lambda: f"{n()} {one('+-*/%')} {n()} {one(['+', '-', '*', '//', '%', '~'])} {n()}",
            lambda: f"{n()} {one('+-*/%')} {n()} ** {one(['2', '0', 'm', '-1'])}",
            lambda: f"-{one('nmf2')} ** {one(['2', '3', '0', 'm'])}",
            lambda: f"{n()} ** -{one(['1', 'm', '2'])}",
            lambda: f"2 ** {one(['2 ** 3', '3 ** 0', '-1 ** 2'])}",
            lambda: f"- -{n()}",
        ]

    def loose_conditions(self, a, n):
        one = self.r.choice
        return [
            lambda: f"not not {a()}",
            lambda: f"{a()} and {a()} or not {a()}",
            lambda: f"{a()} or {a()} and {a()}",
            lambda: f"{n()} {one(['<', '<=', '==', '!=', '>'])} {n()} {one(['<', '>=', '==', '!='])} {n()}",
            lambda: f"{n()} in {one(['l', '[1, 2, 3]', 'range(9)'])} {one(['==', '!='])} {one(['true', 'l', '[l]'])}",
            lambda: f"{a()} not in {one(['l', 'd', 'q', 's'])} is {one(['true', 'boolean', 'defined'])}",
            lambda: f"not {a()} in {one(['l', 'd', 'q'])}",
            lambda: f"not {n()} is odd",
            lambda: f"{n()} is gt 2 and {n()} is odd",
            lambda: f"{n()} is divisibleby 3 or {a()}",
            lambda: f"{a()} is not string and {a()}",
            lambda: f"{n()} is number is true",
            lambda: f"{n()} is eq {n()} + 1",
            lambda: f"{a()} is in l|list",
            lambda: f"{a()} is sameas none",
            lambda: f"{a()} if {a()} else {a()} if {a()} else {a()}",
            lambda: f"{a()} if {a()} if {a()}",
        ]

    def loose_literals(self, a, n):
        """With filters, subscripts, tuples and literals in all their spellings."""
        one = self.r.choice
        return [
            lambda: f"'x' ~ {n()} + {n()} ~ 'y'",
            lambda: f"{a()} ~ {a()} | upper",
            lambda: f"{n()} * {n()}|abs",
            lambda: f"-{n()}|abs",
            lambda: f"'a' 'b' {self.str_literal()}",
            lambda: one(UNUSUAL_STRINGS),
            lambda: one(UNUSUAL_NUMBERS),
            lambda: f"{a()}, {a()}",
            lambda: f"({a()},)",
            lambda: f"({n()})|string|length",
            lambda: f"[{a()}, {a()}][{one(['0', '-1', 'true', '1.0', 'n', 'm % 2'])}]",
            lambda: f"{one(['l', 'q', 's', 'nested', '[1, 2]', 'users'])}.{one(['0', '1', '0.name', '99'])}",
            lambda: f"{{'a': {a()}, 'b': {{'c': [{a()}, 2]}}}}{one(MEMBERS)}",
        ]

    # ---- Numbers

    def number_expr(self, depth):
        return self.closed(self.open_number_expr(depth))

    def open_number_expr(self, depth):
        one, d = self.r.choice, depth - 1
        number = lambda otherwise: self.number_expr(d) if d > 0 else otherwise
        return self.pick(
            lambda: one(["f", "g", "1.5", "2.25", "0.1", "1e3", "3.0"]),
            lambda: f"({number('f')} {one(['+', '-', '*', '/'])} {self.int_expr(d)})",
            lambda: f"({number('g')} {one(['//', '%'])} {self.int_expr(d)})",
            lambda: f"{number('f')}|round({one(ROUND)})",
            lambda: f"{self.str_expr(d)}|float({one(['', '1.5', 'none'])})",
            lambda: f"({self.list_expr(d)}|sum)",
            lambda: f"{self.int_expr(d)}|abs",
            lambda: f"{self.int_expr(d)} ** {one(['2', '3', '0', '-1'])}",
            lambda: f"({self.int_expr(d)}|abs) ** 0.5",
        )

    def int_expr(self, depth):
        return self.closed(self.open_int_expr(depth))

    def open_int_expr(self, depth):
        one, d = self.r.choice, depth - 1
        if depth <= 0:
            return one(["n", "m", self.int_literal(), "l|length", "s|length", "big"])
        return self.pick(
            lambda: one(["n", "m", self.int_literal()]),
            lambda: f"({self.int_expr(d)} {one(['+', '-', '*', '//', '%'])} {self.int_expr(d)})",
            lambda: f"-{self.int_expr(0)}",
            lambda: f"({self.list_expr(d)}|{one(['length', 'count'])})",
            lambda: f"{self.str_expr(d)}|length",
            lambda: f"{self.str_expr(d)}|int({one(['', '7', 'default=3', '0, 16'])})",
            lambda: f"{self.number_expr(d)}|int",
            lambda: f"{self.str_expr(d)}.{one(['count', 'find', 'rfind', 'index'])}({self.str_expr(0)})",
            lambda: f"{self.str_expr(d)}|wordcount",
            lambda: f"{self.list_expr(d)}.{one(['count', 'index'])}({self.atom()})",
            lambda: f"users|sum(attribute=`age`{one(['', ', start=10', ', start=0.5'])})",
            lambda: f"{self.str_expr(d)}|int(base={one(['16', '2', '36', '0'])})",
            lambda: f"{self.str_expr(d)}.{one(['find', 'count', 'rfind'])}"
                    f"({self.str_expr(0)}, {one(['1', '-3', '0', 'm'])}{one(['', ', 5', ', -1'])})",
            lambda: f"{self.number_expr(d)}|round(method={one(['`ceil`', '`floor`', '`common`'])})|int",
            lambda: f"({self.list_expr(d)}|groupby(0))|length",
            lambda: f"{one(['n', 'm', 'big'])}.{one(['bit_length()', 'real', 'numerator'])}",
        )

    # ---- Conditions

    def bool_expr(self, depth):
        return self.closed(self.open_bool_expr(depth))

    def open_bool_expr(self, depth):
        one, d = self.r.choice, depth - 1
        if depth <= 0:
            return one(["flag", "true", "false", "n > 3", "s", "l"])
        b = lambda: self.bool_expr(d)
        return self.pick(
            lambda: f"({b()} {one(['and', 'or'])} {b()})",
            lambda: f"not {b()}",
            lambda: f"(not {b()})",
            lambda: f"{self.expr(d)} {one(['==', '!='])} {self.expr(d)}",
            lambda: f"{self.int_expr(d)} {one(['<', '<=', '>', '>='])} {one([self.int_expr(d), self.number_expr(d)])}",
            lambda: f"{self.str_expr(d)} {one(['<', '>='])} {self.str_expr(d)}",
            lambda: f"1 < {self.int_expr(d)} <= 20",
            lambda: f"{self.expr(d)} {one(['in', 'not in'])} "
                    f"{one([self.list_expr(d), self.str_expr(d), self.dict_expr(d)])}",
            lambda: f"{self.expr(d)} is {one(['', 'not '])}{one(TESTS)}",
            lambda: f"{self.int_expr(d)} is {one(INT_TESTS)}",
            lambda: f"{self.str_expr(d)}.{one(['startswith', 'endswith'])}({one([self.str_expr(0), '(`a`, `b`)'])})",
            lambda: f"{self.str_expr(d)}.{one(STRING_TESTS)}()",
        )

    # ---- Values of any kind

    def any_expr(self, depth):
        r, one, d = self.r, self.r.choice, depth - 1
        return self.pick(
            lambda: f"{one(['d', 'e', 'users[0]', 'nested', 'missing'])}"
                    f".{one(['a', 'b', 'name', 'items', 'missing', 'value'])}",
            lambda: f"{one(['d', 'e', 'nested', 'l', 'q', 's'])}"
                    f"[{one(['0', '1', '-1', '`a`', '`name`', 'n', '`zzz`', '99'])}]",
            lambda: f"{self.dict_expr(d)}.get({self.str_literal()}{one(['', ', 5', ', s'])})",
            lambda: f"({self.expr(d)} if {self.bool_expr(d)})",
            lambda: f"({self.expr(d)} if {self.bool_expr(d)} else {self.expr(d)})",
            lambda: f"({self.expr(d)} {one(['and', 'or'])} {self.expr(d)})",
            lambda: f"({self.expr(d)})",
            lambda: f"{self.list_expr(d)}|{one(['first', 'last', 'sum', 'min', 'max', 'length'])}",
            lambda: f"{self.expr(d)}|default({self.expr(d)})",
            lambda: f"{self.expr(d)}|{one(FILTERS_OF_ANYTHING)}",
            lambda: f"{self.expr(d)} {one(['+', '-', '*', '/', '//', '%', '~'])} {self.expr(0)}",
            lambda: f"{one(self.macros)}({self.arguments(r.randint(0, 3), 0)})" if self.macros else "n",
            lambda: f"d|attr({one(['`a`', '`items`', '`zz`'])})",
        )

    def arguments(self, count, depth):
        return ", ".join(self.expr(depth) for _ in range(count))
