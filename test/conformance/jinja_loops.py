"""Random loops: over everything, recursive ones, with break and continue, and with all that `loop` tells."""
from jinja_expressions import NAMES
from jinja_tags import shown

PAIRS = ["[(1, 2), ('a', s)]", "users|groupby('age')", "d|dictsort"]
SOURCES = [
    "range(6)", "l", "w.split()", "s", "d", "users", "l|select('odd')", "q|map('upper')", "missing", "[]",
    "users|map(attribute='name')", "nested", "(n, m)", "d.keys()", "l|batch(2)", "range(3, 0, -1)", "l if flag else q",
    "n, m", "l|reverse", "d|items", "nothing",
]
TREES = [
    "[{'v': 1, 'c': [{'v': 2}, {'v': 2, 'c': [{'v': 3}]}]}, {'v': 4, 'c': []}]", "[{'v': s, 'c': users}]", "[nested]",
    "{'v': 1, 'c': {'v': [2]}}.items()", "[{'v': n}, {'v': m, 'c': [{'v': n}]}]", "users",
]
LOOP_IN_TREE = [
    "index", "depth", "depth0", "first", "last", "length", "revindex", "previtem.v", "nextitem.v|default('-')",
    "cycle('a', 'b')", "changed({item}.v)", "previtem is defined", "index0", "revindex0", "nextitem is undefined",
]
LOOP_IN_LOOP = [
    "index", "first", "last", "length", "revindex", "previtem", "nextitem", "index is odd", "last and 'L'", "cycle(*q)",
    "cycle()", "changed({item}, n)", "changed({item}) and not loop.last", "depth0", "zz", "length - loop.index",
]


class Loops:
    def for_(self, depth):
        r = self.r
        saved = list(self.locals)
        target = r.choice([self.name(), self.name(), r.choice(NAMES), self.name() + ", " + self.name()])
        if "," in target:
            source = r.choice([self.dict_expr(1) + ".items()", self.dict_expr(1) + "|items", *PAIRS])
        else:
            source = self.list_expr(2)
        head = f"for {target} in {source}"
        names = target.split(", ")
        if r.random() < .2:
            self.locals += names
            head += " if " + self.bool_expr(1)
        text = self.tag(head)
        self.locals = saved + names
        self.in_loop += 1
        text += self.body(depth - 1)
        if r.random() < .15:
            text += self.tag("if " + self.bool_expr(1)) + self.break_or_continue() + self.tag("endif")
        if r.random() < .2:
            text += shown("loop." + r.choice(["cycle('a', 'b')", f"changed({names[0]})", "cycle(n, s, 3)"]))
        self.in_loop -= 1
        self.locals = saved
        if r.random() < .3:
            text += self.tag("else") + self.body(depth - 1)
        return text + self.tag("endfor")

    def break_or_continue(self):
        return self.tag(self.r.choice(["break", "continue"]))

    def told(self, attributes, item):
        """Of `loop`, one of the attributes."""
        return shown("loop." + self.r.choice(attributes).format(item=item))

    def loop_controls(self, depth):
        r = self.r
        a, b = self.name(), self.name()
        source = r.choice(SOURCES)
        with self.scope():
            self.locals.append(a)
            self.in_loop += 1
            condition = r.choice(["", "", f" if {a}", f" if {a} is not none and loop is undefined", f" if {a} != n"])
            text = self.tag(f"for {a} in {source}{condition}")
            text += r.choice(["", self.tag("set outer = loop"), self.tag(f"set n = {a}")])
            text += "".join(self.told(LOOP_IN_LOOP, a) for _ in range(r.randint(0, 3)))
            text += r.choice([
                "",
                self.tag(f"if {a} == {self.expr(0)}") + self.break_or_continue() + self.tag("endif"),
                self.tag("if loop.index > 2") + self.break_or_continue() + self.tag("endif"),
                self.written(f"[% for {b} in [1, 2, 3] %]{shown('loop.index')}{shown('outer.index')}"
                             f"[% if loop.first %][% continue %][% endif %]{shown(b)}[% endfor %]"),
                self.written("[% if not loop.last %], [% endif %]"),
                self.tag("include 'absent' ignore missing with context"),
            ])
            text += shown(a) + (self.body(depth - 1, 1) if r.random() < .3 else "")
        text += r.choice(["", self.tag("else") + self.body(depth - 1, 1)])
        return text + self.tag("endfor") + r.choice(["", shown(a) + shown("n"), ""])

    def tree(self, depth):
        """A recursive loop over nested dictionaries or lists, with what `loop` tells."""
        r = self.r
        name = self.name()
        source = r.choice(TREES)
        loop = "".join(self.told(LOOP_IN_TREE, name) for _ in range(r.randint(1, 3)))
        condition = r.choice(["", "", f" if {name}.v", f" if {name} is mapping"])
        text = self.tag(f"for {name} in {source}{condition} recursive") + loop + shown(name + ".v")
        text += r.choice([
            "{% if item.c %}({{ loop(item.c) }}){% endif %}",
            "{{ loop(item.c|default([])) }}",
            "{% if item.c is defined %}{% set inner = loop(item.c) %}[{{ inner|upper }}]{% endif %}",
            "{% for k in item.c|list %}{{ loop.index }}{% endfor %}",
            "{% set outer = loop %}{% for k in [1] %}{{ outer(item.c or []) }}{% endfor %}",
        ]).replace("item", name)
        return text + r.choice(["", self.tag("else") + "none"]) + self.tag("endfor")
