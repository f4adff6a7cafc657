"""Jinja2 expressions that give lists and dictionaries."""

# A backquote stands for a double quote.
ORDERS = [
    'list', 'sort', 'reverse|list', 'unique|list', 'sort(reverse=true)', 'sort(case_sensitive=true)',
    'unique(true)|list',
]
LIST_FILTERS = [
    'sort(true)', 'sort(true, true)', 'sort(attribute=0)', 'unique(attribute=0)|list',
    'unique(case_sensitive=true)|list', 'batch(linecount=2, fill_with=0)|list', 'slice(slices=3)|list', 'slice(1)|list',
    'batch(1)|list', 'reverse|first', 'first', 'last', 'sort|first', 'sort|reverse|list', 'join(`,`)|list', 'list|list',
    'map(`upper`)|join', 'list|string|list', 'unique|sort|list', 'reverse|list|length', 'random is defined', 'e',
    'safe', 'sort(attribute=`age`)', 'items|list', 'dictsort', 'count',
]
MAPPED = ['`upper`', '`string`', '`length`', '`int`', '`title`', '`default`, `-`', '`e`']
MAPPED_WITH_ARGUMENTS = [
    '`replace`, `a`, `b`', '`default`, `-`, true', '`join`, `+`', '`truncate`, 4, true', '`abs`', '`round`, 1',
    '`first`', '`tojson`', '`nope`', '`string`', '`center`, 5', 'attribute=0', 'attribute=`a.b`, default=1',
    'attribute=`name`', '`attr`, `upper`', '`list`', '`sum`', '`max`', '`lower`', '`float`', '`format`, 1', '`length`',
    '', '1',
]
SELECTED = ['', '`odd`', '`defined`', '`string`', '`number`', '`gt`, 2', '`in`, l', '`equalto`, 1', '`none`']
SELECTED_BY_TESTS = [
    '`divisibleby`, 2', '`even`', '`lt`, 3', '`ne`, 1', '`mapping`', '`sequence`', '`iterable`', '`lower`', '`upper`',
    '`true`', '`false`', '`sameas`, none', '`in`, `abc`', '`boolean`', '`float`', '`integer`', '`==`, 2', '`>`, 1',
    '`nope`', '`undefined`', '`escaped`', '`callable`', '`greaterthan`, 1',
]
SELECTED_USERS = ['`nick`', '`age`, `gt`, 4', '`name`, `equalto`, s', '`tags`', '`nick`, `defined`']
SELECTED_ATTRIBUTES = [
    '`tags.0`', '`a`', '`age`, `odd`', '`name`, `in`, q', '`nick`, `undefined`', '`age`, `lt`, 5', '`name`, `string`',
    '`name`, `lower`', '`b`, `none`', '`age`, `eq`, 3', '`tags`, `length`', '`zz.y`', '0',
]
SELECTED_THEN = ['list', 'map(attribute=`name`)|list', 'list|length', 'map(attribute=`age`)|sum']
USERS_FILTERS = [
    'map(attribute=`tags`)|map(`join`, `,`)|list', 'map(attribute=`tags`)|sum(start=[])',
    'groupby(`age`)|map(attribute=`grouper`)|list', 'groupby(`age`)|map(attribute=`list`)|map(`length`)|list',
    'groupby(`name`, case_sensitive=true)|list', 'groupby(`tags.0`)|list',
    'groupby(attribute=`nick`, default=none)|length', 'unique(attribute=`age`)|map(attribute=`name`)|list',
    'min(attribute=`age`)', 'max(attribute=`name`, case_sensitive=true)', 'sort(attribute=`name`, case_sensitive=true)',
    'sort(false, false, `age`)', 'sort(attribute=`tags.0`)', 'join(`, `, attribute=`name`)', 'join(attribute=`age`)',
    'batch(2)|map(`length`)|list', 'map(`items`)|map(`list`)|list', 'map(`dictsort`)|first',
    'map(attribute=`name`)|map(`upper`)|reject(`in`, q)|sort|join(`;`)', 'selectattr(`age`)|map(attribute=`age`)|max',
    'first|items', 'last|dictsort(true)', 'rejectattr(`nick`, `defined`)|map(attribute=`name`)|first|default(`none`)',
]
DICT_FILTERS = [
    'dictsort(true, `key`)', 'dictsort(by=`value`, reverse=true)', 'items|map(`first`)|list',
    'items|map(`last`)|select|list', 'map(`upper`)|list', 'first', 'last', 'length', 'items|first', 'list|sort',
    'string|list', 'join', 'unique|list', 'batch(2)|list', 'dictsort(case_sensitive=true)|map(`last`)|list',
    'items|sort|list', 'items|rejectattr(1)|list', 'items|groupby(1)|list',
]
DICT_AS_LIST = ['items|list', 'dictsort', 'list', 'dictsort(false, `value`)', 'dictsort(reverse=true)']
SPLIT_METHODS = ['rsplit(` `, 1)', 'splitlines()', 'partition(` `)', 'rpartition(`a`)', 'rsplit(none, 1)']
RANGES = ['3, 0', '1, 10, m', '-3', '5, -5, -3', 'm, n', 'n', '2.5', 's', '0, 10, 0']
RANGES_THEN = ['', '[1]', '[::2]', '|list', '|last', '|sum', '|reverse|list']

DICT_CALLS = ['a=1', 'x=s, y=n', 'd', 'e, z=f', '[(1, 2)]', '**d', 'd, **e', 'd|items', '{1: 2}', '']
DICTS = [
    "d.copy()", "nested", "users|first", "(users|last)", "d|dictsort", "{'a': {'b': l}}", "users[-1].get('tags')",
    "dict(d.items())",
]
KEY_LITERALS = ["'a'", "'b'", "1", "'name'", "1.5", "true", "none", "(1, 2)", "'items'", "n", "s"]


class Collections:
    def slice_part(self):
        return self.r.choice(["", "", "1", "2", "-1", "-2", "m", "n", "0", "10", "none", "-m", "true"])

    def list_expr(self, depth):
        return self.closed(self.open_list_expr(depth))

    def open_list_expr(self, depth):
        if depth <= 0:
            return self.r.choice(["l", "q", "users", "[1, 2, 3]", "['b', 'A', 'c']", "[]", "range(4)", "(1, 'x')"])
        return self.pick(*self.usual_lists(depth - 1), *self.unusual_lists(depth - 1))

    def usual_lists(self, d):
        r, one = self.r, self.r.choice
        x = lambda: self.list_expr(d)
        return [
            lambda: one(["l", "q", "users", "nested"]),
            lambda: "[" + ", ".join(self.expr(d) for _ in range(r.randint(0, 4))) + "]",
            lambda: "(" + ", ".join(self.expr(d) for _ in range(r.randint(2, 3))) + ")",
            lambda: f"range({one(['5', '2, 7', '9, 0, -2', 'm', '0'])})",
            lambda: f"({x()} + {x()})",
            lambda: f"{x()}[{one(['1:', ':2', '::-1', '-2:', '::2', ':', '1:3'])}]",
            lambda: f"{x()}|{one(ORDERS)}",
            lambda: f"{x()}|map({one(MAPPED)})|list",
            lambda: f"users|map(attribute={one(['`name`', '`age`', '`nick`', '`tags.0`'])}"
                    f"{one(['', ', default=`?`'])})|list",
            lambda: f"{x()}|{one(['select', 'reject'])}({one(SELECTED)})|list",
            lambda: f"users|{one(['selectattr', 'rejectattr'])}({one(SELECTED_USERS)})|list",
            lambda: f"users|sort(attribute={one(['`age`', '`name`', '`age,name`'])}{one(['', ', reverse=true'])})",
            lambda: f"{x()}|{one(['batch(2)', 'batch(3, `-`)', 'slice(2)', 'slice(3, `+`)'])}|list",
            lambda: f"{self.dict_expr(d)}|{one(DICT_AS_LIST)}",
            lambda: f"{self.dict_expr(d)}.{one(['items', 'keys', 'values'])}()",
            lambda: f"{self.str_expr(d)}.split({one(['', '` `', '`,`', 'none, 1', '`a`, 1'])})",
            lambda: f"{self.str_expr(d)}.{one(SPLIT_METHODS)}",
            lambda: f"{self.str_expr(d)}|list",
            lambda: f"users|groupby({one(['`age`', '`name`', '`nick`, default=`zz`'])})",
            lambda: f"{x()} * {one(['0', '2'])}",
        ]

    def unusual_lists(self, d):
        """Arguments at their bounds and by name, longer chains, and filters and tests that do not exist."""
        one = self.r.choice
        x = lambda: self.list_expr(d)
        return [
            lambda: f"{x()}[{self.slice_part()}:{self.slice_part()}{one(['', ':', ':' + self.slice_part()])}]",
            lambda: f"{x()}|map({one(MAPPED_WITH_ARGUMENTS)})|list",
            lambda: f"{x()}|{one(['select', 'reject'])}({one(SELECTED_BY_TESTS)})|list",
            lambda: f"{one(['users', 'nested', 'users[:2]', '[d, e]'])}|{one(['selectattr', 'rejectattr'])}"
                    f"({one(SELECTED_ATTRIBUTES)})|{one(SELECTED_THEN)}",
            lambda: f"{x()}|{one(LIST_FILTERS)}",
            lambda: f"users|{one(USERS_FILTERS)}",
            lambda: f"{self.dict_expr(d)}|{one(DICT_FILTERS)}",
            lambda: f"range({one(RANGES)}){one(RANGES_THEN)}",
        ]

    def dict_expr(self, depth):
        return self.closed(self.open_dict_expr(depth))

    def open_dict_expr(self, depth):
        r, d = self.r, depth - 1
        if depth <= 0:
            return r.choice(["d", "e", "{}", "{'k': n}"])
        return self.pick(
            lambda: r.choice(["d", "e", "users[0]"]),
            lambda: "{" + ", ".join(f"{self.key_literal()}: {self.expr(d)}" for _ in range(r.randint(0, 3))) + "}",
            lambda: f"dict({r.choice(DICT_CALLS)})",
            lambda: r.choice(DICTS),
        )

    def key_literal(self):
        return self.r.choice(KEY_LITERALS)
