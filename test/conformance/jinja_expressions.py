"""Random variables and Jinja2 expressions over them, for jinja_differential.py."""
import re

WORDS = ["alpha", "Beta", "gamma-ray", "x", "", " padded ", "two words", "Ünïcode", "naïve café", "訂單", "a,b;c", "<b>&\"'",
         "line\nbreak", "tab\there", "UPPER", "mixedCase", "123", "3.5", "-7", "0x1f", "true", "%s and %d", "{} {name}",
         "ǆ ß ﬁ", "emoji 😀 here", "trailing\n", "a.b.c", "o'neil", "(see www.example.com)",
         "http://a.b-c.de:80/x?y=1 me@ex-ample.org, <ftp://x.org>", "example.info http://1.2.3.4/ http://[::1]:8 www.x"]
NAMES = ["n", "m", "f", "g", "s", "w", "l", "q", "d", "e", "users", "nested", "flag", "nothing", "missing", "big"]
KEYS = ["a", "b", "name", "age", "tags", "items", "value", "Key", "x y", "1"]


class Expressions:
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
                         lambda: self.number_expr(depth), lambda: self.dict_expr(depth), lambda: self.str_expr(depth),
                         lambda: self.loose_expr(depth))

    def loose_expr(self, depth):
        """Operators side by side without parentheses: what binds tighter shows in the result."""
        r, d = self.r, depth - 1
        a = lambda: r.choice([self.atom, lambda: self.expr(0), lambda: self.closed(self.expr(d))])()
        n = lambda: r.choice(["n", "m", "f", "2", "3", "1.5", "-1", "-m", "+n", "l|length", "(n + 1)", "big", "10", "true"])
        return self.pick(
            lambda: f"{n()} {r.choice('+-*/%')} {n()} {r.choice(['+', '-', '*', '//', '%', '~'])} {n()}",
            lambda: f"{n()} {r.choice('+-*/%')} {n()} ** {r.choice(['2', '0', 'm', '-1'])}",
            lambda: f"-{r.choice('nmf2')} ** {r.choice(['2', '3', '0', 'm'])}", lambda: f"{n()} ** -{r.choice(['1', 'm', '2'])}",
            lambda: f"2 ** {r.choice(['2 ** 3', '3 ** 0', '-1 ** 2'])}", lambda: f"- -{n()}", lambda: f"not not {a()}",
            lambda: f"{a()} and {a()} or not {a()}", lambda: f"{a()} or {a()} and {a()}",
            lambda: f"{n()} {r.choice(['<', '<=', '==', '!=', '>'])} {n()} {r.choice(['<', '>=', '==', '!='])} {n()}",
            lambda: f"{n()} in {r.choice(['l', '[1, 2, 3]', 'range(9)'])} {r.choice(['==', '!='])} {r.choice(['true', 'l', '[l]'])}",
            lambda: f"{a()} not in {r.choice(['l', 'd', 'q', 's'])} is {r.choice(['true', 'boolean', 'defined'])}",
            lambda: f"not {a()} in {r.choice(['l', 'd', 'q'])}", lambda: f"not {n()} is odd", lambda: f"{n()} is gt 2 and {n()} is odd",
            lambda: f"{n()} is divisibleby 3 or {a()}", lambda: f"{a()} is not string and {a()}", lambda: f"{n()} is number is true",
            lambda: f"{n()} is eq {n()} + 1", lambda: f"{a()} is in l|list", lambda: f"{a()} is sameas none",
            lambda: f"{a()} if {a()} else {a()} if {a()} else {a()}", lambda: f"{a()} if {a()} if {a()}",
            lambda: f"'x' ~ {n()} + {n()} ~ 'y'", lambda: f"{a()} ~ {a()} | upper", lambda: f"{n()} * {n()}|abs", lambda: f"-{n()}|abs",
            lambda: f"'a' 'b' {self.str_literal()}", lambda: r.choice(["'\\x41\\u00e9\\t\\\\'", "'\\101\\N{DIGIT ONE}'", "'\\q\\''", "'a\\\nb'"]),
            lambda: r.choice(["0o17", "1e-3", "1_0.5_0", "12e10", "0B11", "1E5", "00", "123456789012345678901234567890", ".5", "1.", "5.real"]),
            lambda: f"{a()}, {a()}", lambda: f"({a()},)", lambda: f"({n()})|string|length", lambda: f"[{a()}, {a()}][{r.choice(['0', '-1', 'true', '1.0', 'n', 'm % 2'])}]",
            lambda: f"{r.choice(['l', 'q', 's', 'nested', '[1, 2]', 'users'])}.{r.choice(['0', '1', '0.name', '99'])}",
            lambda: f"{{'a': {a()}, 'b': {{'c': [{a()}, 2]}}}}{r.choice(['.b.c[0]', '[`b`][`c`]|last', '.a', '.b.get(`c`)', '|items|list', '.zz.y', '[`b`].c.1'])}",
        )

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
            lambda: f"users|sum(attribute=`age`{r.choice(['', ', start=10', ', start=0.5'])})", lambda: f"{self.str_expr(d)}|int(base={r.choice(['16', '2', '36', '0'])})",
            lambda: f"{self.str_expr(d)}.{r.choice(['find', 'count', 'rfind'])}({self.str_expr(0)}, {r.choice(['1', '-3', '0', 'm'])}{r.choice(['', ', 5', ', -1'])})",
            lambda: f"{self.number_expr(d)}|round(method={r.choice(['`ceil`', '`floor`', '`common`'])})|int", lambda: f"({self.list_expr(d)}|groupby(0))|length",
            lambda: f"{r.choice(['n', 'm', 'big'])}.{r.choice(['bit_length()', 'real', 'numerator'])}",
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
            lambda: f"{s()}[{self.slice_part()}:{self.slice_part()}{r.choice(['', ':', ':' + self.slice_part()])}]",
            lambda: f"{s()}.{r.choice(['center(9, `*`)', 'ljust(6, `.`)', 'rjust(m, `0`)', 'splitlines(true)|join(`+`)', 'strip(`aA `)', 'split(sep=`a`, maxsplit=1)|last', 'rsplit(maxsplit=1)|first', 'startswith(`a`, 1)', 'endswith(`a`, 0, 3)', 'partition(`a`)|join(`|`)', 'replace(`a`, `b`, 1)', 'replace(``, `-`)', 'title().swapcase()', 'upper().lower()', 'strip().split()|join(`_`)', 'isupper()', 'zfill(9)', 'index(`a`)', 'split(``)'])}",
            lambda: f"{r.choice(['`{:{}}|`', '`{:>{}}`', '`{0:{1}}{0!s}`', '`{:*^{}}`'])}.format({self.str_expr(0)}, {r.choice(['8', 'm', '12', 's'])})",
            lambda: f"{r.choice(['`{a}-{b}`', '`{b!r}`', '`{a:>6}{{}}`', '`{c[0]}`', '`{d[a]}{d[b]}`', '`{}{a}`', '`{a!x}`', '`{`', '`{0}`'])}.format(a={self.expr(0)}, b={self.str_expr(0)}, c=l, d=d)",
            lambda: f"{r.choice(['`%(a)s/%(b)s`', '`%(age)d`', '`%(name)-9s|`', '`%(value)r`', '`%s`'])} % {r.choice(['d', 'e', 'users[0]', '{`a`: n, `b`: s}'])}",
            lambda: f"{r.choice(['`%*d|`', '`%-*d|`', '`%.*f`', '`%s %s`'])} % ({r.choice(['5', 'm', '2'])}, {self.int_expr(0)})",
            lambda: f"{r.choice(['`%10s|`', '`%-10s|`', '`% d`', '`%#x`', '`%#o`', '`%i`', '`%u`', '`%a`', '`%X`', '`%.0f`', '`%G`', '`%E`', '`%+.2e`', '`%010.3f`', '`%5c|`', '`%%`', '`%`', '`%z`', '`%.5d`', '`%5.1s|`', '`%ld`'])} % {r.choice(['n', 'f', 'g', 'm', 's', 'big', '(n,)', 'l', '()', '-n', '65', 'true'])}",
            lambda: f"{r.choice(['`{:,}`', '`{:_x}`', '`{:#X}`', '`{:#o}`', '`{:+d}`', '`{: }`', '`{:=+8}`', '`{:e}`', '`{:E}`', '`{:G}`', '`{:n}`', '`{:%}`', '`{:c}`', '`{:s}`', '`{:<8}|`', '`{:^8,}|`', '`{:0>8}`', '`{:010,}`', '`{:.0f}`', '`{:#.3g}`', '`{:.10g}`', '`{:-}`', '`{:08b}`', '`{:_b}`', '`{:1}`', '`{:.2}`', '`{:z}`', '`{:x<5d}`'])}.format({r.choice([self.int_expr(0), 'f', 'g', 'n', '-n', 's', 'true', 'none', '1234567', '1e10', '-0.0', '0.0001234', '12345.678', '65'])})",
            lambda: f"{r.choice(['`%s-%s`', '`%(a)s`', '`%d`', '`%s`', '`{}`'])}|format({r.choice(['n, s', 'a=s', 'n', '(1, 2)', 'l', ''])})",
            lambda: f"{s()}|{r.choice(['truncate(length=6, end=`~`)', 'truncate(9, killwords=true, leeway=2)', 'truncate(5, leeway=0)', 'indent(width=3, first=true)', 'indent(`--`, true, true)', 'wordwrap(width=6, wrapstring=`/`)', 'replace(`a`, `<`)|e', 'center(width=11)', 'e|e', 'safe|e', 'forceescape|safe', 'trim(`a`)', 'trim(chars=` x`)', 'urlencode', 'd(`dd`, true)', 'default(value=`v`, boolean=true)', 'title|swapcase', 'striptags|length|string', 'list|join', 'list|reverse|join', 'first', 'last', 'urlize(8)', 'urlize(nofollow=true)', 'urlize(target=`_t`)', 'urlize(rel=`x`)', 'filesizeformat', 'upper|lower|title|trim', 'count', 'string|upper', 'sort|join', 'unique|join', 'batch(3)|map(`join`)|join(`/`)', 'slice(2)|map(`join`)|join(`/`)', 'attr(`upper`)()', 'int(`x`)', 'wordcount', 'pprint', 'safe|replace(`a`, `<`)', 'tojson|safe|length'])}",
            lambda: f"{self.expr(d)}|tojson(indent={r.choice(['0', '3', 'none', 'm'])})", lambda: f"{r.choice(['d', '{`a b`: `c&d`, `x`: 1}', '[(`a`, 1), (`b`, `é`)]', 'q', 'e'])}|urlencode",
            lambda: f"{self.dict_expr(d)}|xmlattr({r.choice(['false', 'autospace=false', 'true'])})",
        )

    def slice_part(self):
        return self.r.choice(["", "", "1", "2", "-1", "-2", "m", "n", "0", "10", "none", "-m", "true"])

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
            lambda: f"{x()}[{self.slice_part()}:{self.slice_part()}{r.choice(['', ':', ':' + self.slice_part()])}]",
            lambda: f"{x()}|map({r.choice(['`replace`, `a`, `b`', '`default`, `-`, true', '`join`, `+`', '`truncate`, 4, true', '`abs`', '`round`, 1', '`first`', '`tojson`', '`nope`', '`string`', '`center`, 5', 'attribute=0', 'attribute=`a.b`, default=1', 'attribute=`name`', '`attr`, `upper`', '`list`', '`sum`', '`max`', '`lower`', '`float`', '`format`, 1', '`length`', '', '1'])})|list",
            lambda: f"{x()}|{r.choice(['select', 'reject'])}({r.choice(['`divisibleby`, 2', '`even`', '`lt`, 3', '`ne`, 1', '`mapping`', '`sequence`', '`iterable`', '`lower`', '`upper`', '`true`', '`false`', '`sameas`, none', '`in`, `abc`', '`boolean`', '`float`', '`integer`', '`==`, 2', '`>`, 1', '`nope`', '`undefined`', '`escaped`', '`callable`', '`greaterthan`, 1'])})|list",
            lambda: f"{r.choice(['users', 'nested', 'users[:2]', '[d, e]'])}|{r.choice(['selectattr', 'rejectattr'])}({r.choice(['`tags.0`', '`a`', '`age`, `odd`', '`name`, `in`, q', '`nick`, `undefined`', '`age`, `lt`, 5', '`name`, `string`', '`name`, `lower`', '`b`, `none`', '`age`, `eq`, 3', '`tags`, `length`', '`zz.y`', '0'])})|{r.choice(['list', 'map(attribute=`name`)|list', 'list|length', 'map(attribute=`age`)|sum'])}",
            lambda: f"{x()}|{r.choice(['sort(true)', 'sort(true, true)', 'sort(attribute=0)', 'unique(attribute=0)|list', 'unique(case_sensitive=true)|list', 'batch(linecount=2, fill_with=0)|list', 'slice(slices=3)|list', 'slice(1)|list', 'batch(1)|list', 'reverse|first', 'first', 'last', 'sort|first', 'sort|reverse|list', 'join(`,`)|list', 'list|list', 'map(`upper`)|join', 'list|string|list', 'unique|sort|list', 'reverse|list|length', 'random is defined', 'e', 'safe', 'sort(attribute=`age`)', 'items|list', 'dictsort', 'count'])}",
            lambda: f"users|{r.choice(['map(attribute=`tags`)|map(`join`, `,`)|list', 'map(attribute=`tags`)|sum(start=[])', 'groupby(`age`)|map(attribute=`grouper`)|list', 'groupby(`age`)|map(attribute=`list`)|map(`length`)|list', 'groupby(`name`, case_sensitive=true)|list', 'groupby(`tags.0`)|list', 'groupby(attribute=`nick`, default=none)|length', 'unique(attribute=`age`)|map(attribute=`name`)|list', 'min(attribute=`age`)', 'max(attribute=`name`, case_sensitive=true)', 'sort(attribute=`name`, case_sensitive=true)', 'sort(false, false, `age`)', 'sort(attribute=`tags.0`)', 'join(`, `, attribute=`name`)', 'join(attribute=`age`)', 'batch(2)|map(`length`)|list', 'map(`items`)|map(`list`)|list', 'map(`dictsort`)|first', 'map(attribute=`name`)|map(`upper`)|reject(`in`, q)|sort|join(`;`)', 'selectattr(`age`)|map(attribute=`age`)|max', 'first|items', 'last|dictsort(true)', 'rejectattr(`nick`, `defined`)|map(attribute=`name`)|first|default(`none`)'])}",
            lambda: f"{self.dict_expr(d)}|{r.choice(['dictsort(true, `key`)', 'dictsort(by=`value`, reverse=true)', 'items|map(`first`)|list', 'items|map(`last`)|select|list', 'map(`upper`)|list', 'first', 'last', 'length', 'items|first', 'list|sort', 'string|list', 'join', 'unique|list', 'batch(2)|list', 'dictsort(case_sensitive=true)|map(`last`)|list', 'items|sort|list', 'items|rejectattr(1)|list', 'items|groupby(1)|list'])}",
            lambda: f"range({r.choice(['3, 0', '1, 10, m', '-3', '5, -5, -3', 'm, n', 'n', '2.5', 's', '0, 10, 0'])}){r.choice(['', '[1]', '[::2]', '|list', '|last', '|sum', '|reverse|list'])}",
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
            lambda: f"dict({r.choice(['a=1', 'x=s, y=n', 'd', 'e, z=f', '[(1, 2)]', '**d', 'd, **e', 'd|items', '{1: 2}', ''])})",
            lambda: r.choice(["d.copy()", "nested", "users|first", "(users|last)", "d|dictsort", "{'a': {'b': l}}", "users[-1].get('tags')", "dict(d.items())"]),
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
