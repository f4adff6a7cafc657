"""Jinja2 expressions that give strings: filters, methods, and Python's two languages of formats."""

# A backquote stands for a double quote.
FILTERS = [
    'upper', 'lower', 'title', 'capitalize', 'trim', 'escape', 'e', 'string', 'reverse', 'striptags', 'urlencode',
    'safe', 'forceescape', 'urlize', 'pprint',
]
FILTERS_WITH_ARGUMENTS = [
    'truncate(length=6, end=`~`)', 'truncate(9, killwords=true, leeway=2)', 'truncate(5, leeway=0)',
    'indent(width=3, first=true)', 'indent(`--`, true, true)', 'wordwrap(width=6, wrapstring=`/`)',
    'replace(`a`, `<`)|e', 'center(width=11)', 'e|e', 'safe|e', 'forceescape|safe', 'trim(`a`)', 'trim(chars=` x`)',
    'urlencode', 'd(`dd`, true)', 'default(value=`v`, boolean=true)', 'title|swapcase', 'striptags|length|string',
    'list|join', 'list|reverse|join', 'first', 'last', 'urlize(8)', 'urlize(nofollow=true)', 'urlize(target=`_t`)',
    'urlize(rel=`x`)', 'filesizeformat', 'upper|lower|title|trim', 'count', 'string|upper', 'sort|join', 'unique|join',
    'batch(3)|map(`join`)|join(`/`)', 'slice(2)|map(`join`)|join(`/`)', 'attr(`upper`)()', 'int(`x`)', 'wordcount',
    'pprint', 'safe|replace(`a`, `<`)', 'tojson|safe|length',
]
TRUNCATE = ['5', '8, true', '10, false, `..`', '4, true, ``, 0', '12']
INDENT = ['', '2', '2, true', '3, false, true', 'width=`> `', '2, first=true, blank=true']
WORDWRAP = ['5', '8', '10, false', '12, true, `|`', '7, break_on_hyphens=false']
URLENCODED = ['d', '{`a b`: `c&d`, `x`: 1}', '[(`a`, 1), (`b`, `é`)]', 'q', 'e']

CASE_METHODS = ['upper', 'lower', 'title', 'capitalize', 'swapcase', 'casefold']
METHODS_WITH_ARGUMENTS = [
    'center(9, `*`)', 'ljust(6, `.`)', 'rjust(m, `0`)', 'splitlines(true)|join(`+`)', 'strip(`aA `)',
    'split(sep=`a`, maxsplit=1)|last', 'rsplit(maxsplit=1)|first', 'startswith(`a`, 1)', 'endswith(`a`, 0, 3)',
    'partition(`a`)|join(`|`)', 'replace(`a`, `b`, 1)', 'replace(``, `-`)', 'title().swapcase()', 'upper().lower()',
    'strip().split()|join(`_`)', 'isupper()', 'zfill(9)', 'index(`a`)', 'split(``)',
]
SUBSCRIPTS = ['0', '-1', '1:', ':2', '::-1', '1:4', '-3:', '::2', '5', ':-1']

PERCENT_PAIRS = ['`%s|%s`', '`%d %s`', '`%5.2f|%r`', '`%-6s|%+d`', '`%x %o`', '`%05d%%%s`', '`%g %e`', '`%c%s`']
PERCENT_NAMES = ['`%(a)s/%(b)s`', '`%(age)d`', '`%(name)-9s|`', '`%(value)r`', '`%s`']
PERCENT_STARS = ['`%*d|`', '`%-*d|`', '`%.*f`', '`%s %s`']
PERCENT_SINGLES = [
    '`%10s|`', '`%-10s|`', '`% d`', '`%#x`', '`%#o`', '`%i`', '`%u`', '`%a`', '`%X`', '`%.0f`', '`%G`', '`%E`',
    '`%+.2e`', '`%010.3f`', '`%5c|`', '`%%`', '`%`', '`%z`', '`%.5d`', '`%5.1s|`', '`%ld`',
]
PERCENT_VALUES = ['n', 'f', 'g', 'm', 's', 'big', '(n,)', 'l', '()', '-n', '65', 'true']

BRACE_PAIRS = ['`{} {}`', '`{0}{1}{0}`', '`{0!r:>10}|{1}`', '`{:>8}|{:<6}|`', '`{:^9}{}`']
BRACE_NAMES = [
    '`{a}-{b}`', '`{b!r}`', '`{a:>6}{{}}`', '`{c[0]}`', '`{d[a]}{d[b]}`', '`{}{a}`', '`{a!x}`', '`{`', '`{0}`',
]
BRACE_NESTED = ['`{:{}}|`', '`{:>{}}`', '`{0:{1}}{0!s}`', '`{:*^{}}`']
BRACE_NUMBERS = [
    '`{:05d}`', '`{:+,}`', '`{:x}`', '`{:#b}`', '`{:.2f}`', '`{:10.3e}`', '`{:g}`', '`{:.1%}`', '`{:_}`', '`{:,.2f}`',
    '`{:>+8.1f}`', '`{:.3}`', '`{:08.2f}`',
]
BRACE_SINGLES = [
    '`{:,}`', '`{:_x}`', '`{:#X}`', '`{:#o}`', '`{:+d}`', '`{: }`', '`{:=+8}`', '`{:e}`', '`{:E}`', '`{:G}`', '`{:n}`',
    '`{:%}`', '`{:c}`', '`{:s}`', '`{:<8}|`', '`{:^8,}|`', '`{:0>8}`', '`{:010,}`', '`{:.0f}`', '`{:#.3g}`',
    '`{:.10g}`', '`{:-}`', '`{:08b}`', '`{:_b}`', '`{:1}`', '`{:.2}`', '`{:z}`', '`{:x<5d}`',
]
BRACE_VALUES = ['f', 'g', 'n', '-n', 's', 'true', 'none', '1234567', '1e10', '-0.0', '0.0001234', '12345.678', '65']


class Strings:
    def str_expr(self, depth):
        return self.closed(self.open_str_expr(depth))

    def open_str_expr(self, depth):
        if depth <= 0:
            return self.r.choice(["s", "w", self.str_literal(), self.str_literal()])
        return self.pick(*self.usual_strings(depth - 1), *self.unusual_strings(depth - 1))

    def usual_strings(self, d):
        one = self.r.choice
        s = lambda: self.str_expr(d)
        return [
            lambda: one(["s", "w", self.str_literal()]),
            lambda: f"({s()} ~ {self.expr(d)})",
            lambda: f"({s()} + {s()})",
            lambda: f"{s()} * {one(['0', '2', '3', 'm'])}",
            lambda: f"{s()}|{one(FILTERS)}",
            lambda: f"{s()}|replace({s()}, {self.str_expr(0)}{one(['', ', 1', ', 2'])})",
            lambda: f"{s()}|truncate({one(TRUNCATE)})",
            lambda: f"{s()}|center({one(['9', '20', '3'])})",
            lambda: f"{s()}|indent({one(INDENT)})",
            lambda: f"{s()}|wordwrap({one(WORDWRAP)})",
            lambda: f"{s()}.{one(['strip', 'lstrip', 'rstrip'])}({one(['', '`a `', 'none', self.str_literal()])})",
            lambda: f"{s()}.{one(CASE_METHODS)}()",
            lambda: f"{s()}.{one(['ljust', 'rjust', 'center', 'zfill'])}({one(['8', '12', '0'])})",
            lambda: f"{s()}.{one(['removeprefix', 'removesuffix'])}({self.str_expr(0)})",
            lambda: f"{s()}.replace({self.str_expr(0)}, {self.str_expr(0)})",
            lambda: f"{s()}.expandtabs({one(['', '4', '0'])})",
            lambda: f"{s()}.join({self.list_expr(d)}|map('string'))",
            lambda: f"{s()}[{one(SUBSCRIPTS)}]",
            lambda: f"({self.list_expr(d)}|join{one(['', '(`, `)', '(s)', '(`-`)'])})",
            lambda: f"{one(PERCENT_PAIRS)} % ({one([self.int_expr(d), self.number_expr(d)])}, {self.expr(0)})",
            lambda: f"{one(['`%s`', '`%5s|`', '`%r`', '`%.3s`', '`%d`'])}|format({self.expr(d)})",
            lambda: f"{one(BRACE_PAIRS)}.format({self.str_expr(0)}, {self.expr(0)})",
            lambda: f"{one(BRACE_NUMBERS)}.format({one([self.int_expr(0), 'f', 'g', 'n'])})",
            lambda: f"{self.expr(d)}|string",
            lambda: f"{self.expr(d)}|tojson{one(['', '(2)', '(indent=1)'])}",
            lambda: f"{self.int_expr(d)}|filesizeformat{one(['', '(true)'])}",
            lambda: f"({s()} if {self.bool_expr(d)} else {s()})",
            lambda: f"{self.expr(0)}|default({s()}{one(['', ', true'])})",
            lambda: f"({self.list_expr(d)}|{one(['first', 'last', 'min', 'max'])})",
            lambda: f"{self.dict_expr(d)}|xmlattr",
        ]

    def unusual_strings(self, d):
        """Arguments at their bounds and by name, and formats that are refused."""
        one = self.r.choice
        s = lambda: self.str_expr(d)
        return [
            lambda: f"{s()}[{self.slice_part()}:{self.slice_part()}{one(['', ':', ':' + self.slice_part()])}]",
            lambda: f"{s()}.{one(METHODS_WITH_ARGUMENTS)}",
            lambda: f"{one(BRACE_NESTED)}.format({self.str_expr(0)}, {one(['8', 'm', '12', 's'])})",
            lambda: f"{one(BRACE_NAMES)}.format(a={self.expr(0)}, b={self.str_expr(0)}, c=l, d=d)",
            lambda: f"{one(PERCENT_NAMES)} % {one(['d', 'e', 'users[0]', '{`a`: n, `b`: s}'])}",
            lambda: f"{one(PERCENT_STARS)} % ({one(['5', 'm', '2'])}, {self.int_expr(0)})",
            lambda: f"{one(PERCENT_SINGLES)} % {one(PERCENT_VALUES)}",
            lambda: f"{one(BRACE_SINGLES)}.format({one([self.int_expr(0), *BRACE_VALUES])})",
            lambda: f"{one(['`%s-%s`', '`%(a)s`', '`%d`', '`%s`', '`{}`'])}"
                    f"|format({one(['n, s', 'a=s', 'n', '(1, 2)', 'l', ''])})",
            lambda: f"{s()}|{one(FILTERS_WITH_ARGUMENTS)}",
            lambda: f"{self.expr(d)}|tojson(indent={one(['0', '3', 'none', 'm'])})",
            lambda: f"{one(URLENCODED)}|urlencode",
            lambda: f"{self.dict_expr(d)}|xmlattr({one(['false', 'autospace=false', 'true'])})",
        ]
