"""Random Jinja2 templates, for jinja_differential.py."""
from jinja_assignments import Assignments
from jinja_includes import Includes
from jinja_loops import Loops
from jinja_macros import Macros
from jinja_tags import Tags, shown

BLOCK_FILTERS = [
    "upper", "trim", "replace('a', 'b')", "indent(2)", "e", "indent(width=m, first=true)", "title", "default(s, true)",
    "wordwrap(7)", "truncate(9, true)", "center(20)", "striptags", "string", "safe", "lower", "replace(s, w, 1)",
    "list|join('.')", "forceescape", "capitalize", "urlencode", "nope",
]


class Statements(Tags, Assignments, Loops, Macros, Includes):
    def template(self):
        if self.r.random() < .07:
            text = self.inherited()
        elif self.r.random() < .4:
            text = self.body(3, self.r.randint(1, 4))
        else:
            text = self.body(2, 1)
        self.templates = {name: source.replace("`", '"') for name, source in self.templates.items()}
        return text.replace("`", '"')

    def statement(self, depth):
        r = self.r
        if depth <= 0 or r.random() < .4:
            return f"{self.open(False)} {self.expr(r.randint(1, 3))} {self.close(False)}"
        return self.pick(lambda: self.if_(depth), lambda: self.for_(depth), lambda: self.set(depth),
                         lambda: self.set(depth), lambda: self.for_(depth), lambda: self.macro(depth),
                         lambda: self.with_(depth), lambda: self.filter_block(depth), lambda: self.signature(depth),
                         lambda: self.nested_with(depth), lambda: self.tree(depth), lambda: self.loop_controls(depth),
                         lambda: self.unpacking(depth), self.print_, self.comment, self.raw,
                         lambda: self.namespace(depth), lambda: self.include(depth),
                         lambda: self.scoped_autoescape(depth), lambda: self.call(depth), self.do,
                         lambda: self.if_(depth), self.helper)

    def print_(self):
        return self.tag(f"print {self.expr(1)}" + self.r.choice(["", f", {self.expr(1)}"]))

    def comment(self):
        return "{#" + self.r.choice(["", "-", "+"]) + " note " + self.r.choice(["", "-", "+"]) + "#}"

    def raw(self):
        return self.tag("raw").replace("+%}", "%}") + "{{ x }} {% if %}" + self.tag("endraw")

    def filter_block(self, depth):
        chain = "|".join(self.r.choice(BLOCK_FILTERS) for _ in range(self.r.choice([1, 1, 2, 3])))
        return self.tag("filter " + chain) + self.body(depth - 1) + self.tag("endfilter")

    def scoped_autoescape(self, depth):
        return (self.tag("autoescape " + self.r.choice(["true", "false"])) + self.body(depth - 1)
                + self.tag("endautoescape"))

    def if_(self, depth):
        text = self.tag("if " + self.bool_expr(2)) + self.body(depth - 1)
        for _ in range(self.r.choice([0, 0, 0, 1, 2])):
            text += self.tag("elif " + self.bool_expr(1)) + self.body(depth - 1)
        if self.r.random() < .5:
            text += self.tag("else") + self.body(depth - 1)
        return text + self.tag("endif")

    # ---- Jinja2's own globals, captured blocks, control of whitespace, recursive loops

    def helper(self):
        name = self.name()
        return self.pick(
            lambda: self.cycler(name),
            lambda: self.captured_assignment(name),
            lambda: self.written("{#- a {{ n }} {% if %} -#}{% raw -%}  {{ raw }}\n {%- endraw -%}  \n"
                                 "[% if n %]\n  x\n  [% endif %]\n\n"),
            lambda: self.tag(f"set {name} = cycler('a', 'b', 'c')")
                    + shown(name + ".next()") + shown(name + ".next()") + shown(name + ".current"),
            lambda: self.written(f"[% set {name} = joiner({self.r.choice(['', '`; `'])}) %]"
                                 f"[% for i in l %]{shown(name + '()')}{shown('i')}[% endfor %]"),
            lambda: self.nested_recursively(name),
            lambda: self.numbers_recursively(name),
        )

    def cycler(self, name):
        text = self.tag(f"set {name} = cycler({self.r.choice(['1, 2', '*q', 's', '', 'd, l'])})")
        text += self.tag("for i in l")
        step = self.r.choice(["next()", "current", "reset() or 7", "next()|string|upper"])
        return text + shown(f"{name}.{step}") + self.tag("endfor")

    def captured_assignment(self, name):
        text = self.written(f"[% set {name} %][% set n = 1 %]{shown('n')}"
                            "[% include 'absent' ignore missing %][% endset %]")
        return text + shown("n") + shown(name + "|length") + shown(name + " is escaped")

    def nested_recursively(self, name):
        return self.written(f"[% for {name} in nested if {name} recursive %]{shown('loop.depth')}:{shown(name)}"
                            f"[% if {name} is sequence and {name} is not string and {name} is not mapping %]"
                            f"({shown(f'loop({name})')})[% endif %][% endfor %]")

    def numbers_recursively(self, name):
        return self.written(f"[% for {name} in [1, [2, [3]], 4] recursive %][% if {name} is number %]{shown(name)}"
                            f"[% else %]<{shown(f'loop({name})')}>[% endif %][% endfor %]")
