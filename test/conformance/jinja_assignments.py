"""Random assignments: set, with, do, namespaces, and unpacking wherever something is assigned."""
from jinja_expressions import NAMES
from jinja_tags import shown

# A backquote stands for a double quote.
NESTED_VALUES = ['1, (2, 3)', 's, [n, m]', '[1, `ab`]', 'l', '1, 2', '(n, d.items()|first)']
NESTED_ITEMS = ['[(1, (2, 3))]', '[[s, `xy`]]', 'd|items', '[]', '[(1, 2)]']
PAIRS = [
    'd.items()', 'e|dictsort', 'users|groupby(`age`)', 'q', '[`ab`, [1, 2]]', 'l|batch(2)', 'd|items if n',
    '[(1, 2, 3)]',
]
LIST_CHANGES = ['append(n)', 'extend(q)', 'insert(0, s)', 'pop()', 'reverse()', 'sort()', 'clear()', 'remove(1)']
LIST_METHODS = [
    'pop(0)', 'index(n)', 'count(1)', 'copy()', 'insert(-1, s)', 'extend([1])', 'pop(-1)', 'pop(99)',
    'sort(reverse=true)', 'reverse()', 'append(l)', 'remove(99)',
]
DICT_METHODS = [
    'keys()|list', 'pop(`x`, 0)', 'get(s)', 'setdefault(`z`, [])', 'values()|sum', 'items()|list', 'popitem()',
    'copy()', 'clear()', 'pop(`a`)',
]


class Assignments:
    def set(self, depth):
        r = self.r
        name = r.choice([self.name(), r.choice(NAMES), self.name()])
        if r.random() < .2:
            text = (self.tag("set " + name + r.choice(["", " | upper", " | trim | length"])) + self.body(depth - 1)
                    + self.tag("endset"))
        elif r.random() < .1:
            other = self.name()
            text = self.tag(f"set {name}, {other} = {self.expr(1)}, {self.expr(1)}")
            self.locals.append(other)
        else:
            text = self.tag(f"set {name} = {self.expr(2)}")
        self.locals.append(name)
        return text

    def with_(self, depth):
        a, b = self.name(), self.r.choice([self.name(), self.r.choice(NAMES)])
        with self.scope():
            text = self.tag(f"with {a} = {self.expr(2)}, {b} = {self.expr(1)}")
            self.locals += [a, b]
            return text + self.body(depth - 1) + self.tag("endwith")

    def nested_with(self, depth):
        one = self.r.choice
        a, b = self.name(), one(NAMES)
        text = self.tag(one([f"with {a} = {b}, {b} = {a}", f"with {a}, {b} = {self.expr(1)}, {self.expr(0)}",
                             f"with {b} = {b}, {a} = 1", f"with {a} = n"]))
        with self.scope():
            self.locals += [a, b]
            text += self.body(depth - 1)
            text += one(["", self.tag("with") + self.tag(f"set {a} = {self.expr(1)}") + shown(a) + self.tag("endwith")])
        return text + shown(a) + self.tag("endwith") + shown(a) + shown(b)

    def unpacking(self, depth):
        one = self.r.choice
        a, b, c = self.name(), self.name(), self.name()
        return self.pick(
            lambda: self.tag(f"set {a}, ({b}, {c}) = {one(NESTED_VALUES)}") + shown(a) + shown(b) + shown(c),
            lambda: self.written(f"[% for {a}, ({b}, {c}) in {one(NESTED_ITEMS)} %]{shown(a)}{shown(b)}{shown(c)}"
                                 "[% endfor %]"),
            lambda: self.written(f"[% for {a}, {b} in {one(PAIRS)} %]{shown(a)}={shown(b)};[% endfor %]"),
            lambda: self.tuple_in_namespace(a),
            lambda: self.total_in_namespace(a, b, c),
            lambda: self.tag(f"set {a}.{b} = 1") + "x",
            lambda: self.block_in_namespace(a, depth),
            lambda: self.appended(a, b),
            lambda: self.updated(a, b),
            lambda: self.tag(f"set {a} = l|list") + shown(f"{a}.{one(LIST_METHODS)}") + shown(a),
        )

    def tuple_in_namespace(self, a):
        text = self.tag(f"set {a} = namespace({self.r.choice(['', 'd', 'd, x=1', 'x=n', '{`x`: 2}'])})")
        text += self.tag(f"set {a}.x = {self.expr(1)}, {self.expr(0)}")
        return text + shown(a + ".x") + shown(a + ".y")

    def total_in_namespace(self, a, b, c):
        text = self.written(f"[% set {a} = namespace(x=0) %][% for {b} in l %][% for {c} in [1, 2] %]")
        added = self.r.choice([b, c, "loop.index", "s"])
        return text + self.written(f"[% set {a}.x = {a}.x + {added} %][% endfor %][% endfor %]") + shown(a + ".x")

    def block_in_namespace(self, a, depth):
        text = self.written(f"[% set {a} = namespace() %][% set {a}.t %]") + self.body(depth - 1, 1)
        return text + self.tag("endset") + shown(a + ".t") + shown(a + "['t']")

    def appended(self, a, b):
        append = shown(f"{a}.append({b} * 2) or ''")
        return self.written(f"[% set {a} = [] %][% for {b} in l %]{append}[% endfor %]") + shown(a + "|join(',')")

    def updated(self, a, b):
        text = self.written(f"[% set {a} = {{}} %]"
                            f"[% for {b} in q %][% do {a}.update({{{b}: loop.index}}) %][% endfor %]")
        return text + shown(a) + shown(f"{a}.{self.r.choice(DICT_METHODS)}") + shown(a)

    def namespace(self, depth):
        name = self.name()
        text = self.tag(f"set {name} = namespace(total={self.expr(0)}, seen=[])")
        text += self.tag(f"for i in {self.list_expr(1)}")
        total = self.r.choice([name + ".total ~ i", "i", "loop.index", self.expr(1)])
        text += self.tag(f"set {name}.total = {total}") + self.tag("endfor")
        return text + shown(name + ".total") + shown(name + ".nope")

    def do(self):
        name = self.name()
        return (self.tag(f"set {name} = {self.r.choice(['[1, 2]', '[]', 'l|list'])}")
                + self.tag(f"do {name}.{self.r.choice(LIST_CHANGES)}") + shown(name))
