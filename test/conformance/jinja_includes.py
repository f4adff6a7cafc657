"""Random templates of several parts: included, imported, inherited."""
from jinja_tags import shown

WITH_CONTEXT = ["", " with context", " ignore missing", " ignore missing with context"]
EXTENDED = ["'base'", "'middle'", "'mid' ~ 'dle'", "'base' if flag else 'middle'", "['absent', 'base']"]


def block(head, content, end=""):
    return f"{{% block {head} %}}{content}{{% endblock {end}%}}"


class Includes:
    def include(self, depth):
        name = f"t{len(self.templates)}"
        self.templates[name] = ""
        saved = self.locals, self.in_loop, self.macros
        self.in_loop, self.macros = 0, []
        include = self.r.choice([self.included, self.imported, self.imported_by_name, self.ignored,
                                 self.included_in_scopes, self.imported_macros, self.included_child])
        text = include(name, depth)
        self.locals, self.in_loop, self.macros = saved
        return text

    def included(self, name, depth):
        self.templates[name] = self.body(depth - 1)
        return self.tag(f"include {self.r.choice([repr(name), f'[`nope`, {name!r}]'])}"
                        f"{self.r.choice(['', '', ' ignore missing'])}")

    def ignored(self, _name, _depth):
        return self.tag("include 'absent' ignore missing")

    def imported(self, name, depth):
        self.locals = ["p"]
        self.templates[name] = ("{% macro mac(p=3, k='d') %}" + self.body(depth - 1) + "{% endmacro %}"
                                "{% set exported = 'E' ~ n %}{% set _hidden = 1 %}")
        return (self.tag(f"import '{name}' as lib{self.r.choice(['', ' with context'])}")
                + "{{ lib.mac(n) }}{{ lib.exported }}{{ lib._hidden }}")

    def imported_by_name(self, name, _depth):
        self.templates[name] = "{% macro mac(p=3) %}<{{ p }}{{ n }}>{% endmacro %}{% set other = s %}"
        more = self.r.choice(['', ', nope', ' with context'])
        return self.tag(f"from '{name}' import mac as {name}m, other{more}") + shown(name + "m(2)") + shown("other")

    def included_in_scopes(self, name, depth):
        """A variable that is set before, in a loop or by `with`, as the included template sees and changes it."""
        one, local = self.r.choice, self.name()
        self.templates[name] = (shown(local) + "{{ n }}{% set " + local + " = 9 %}" + shown(local)
                                + "{{ loop.index if loop is defined }}" + self.body(depth - 1, 1))
        how = one(WITH_CONTEXT)
        without = " without context" if depth >= 3 else ""
        return self.tag(f"set {local} = {self.expr(1)}") + one([
            self.tag(f"include '{name}'{how}"),
            self.written(f"[% for i in [1, 2] %][% set {local} = i %][% include '{name}'{how} %][% endfor %]"),
            self.written(f"[% with {local} = 5 %][% include ['absent', '{name}']{how} %][% endwith %]"),
            self.written(f"[[% include '{name}'{without} %]]"),
            self.written(f"[% set which = '{name}' %][% include which %]"),
        ]) + shown(local)

    def imported_macros(self, name, depth):
        """Macros that call each other and see variables of theirs, or of who imports them."""
        one, local = self.r.choice, self.name()
        self.templates[name] = ("{% macro outer(x) %}({{ inner(x) }}{{ caller() if caller }})" + self.body(depth - 1, 1)
                                + "{% endmacro %}{% macro inner(x) %}[{{ x }}" + shown(local) + "]{% endmacro %}"
                                "{% set k = inner(s) %}")
        contexts = [" with context", " without context", ""]
        return self.tag(f"set {local} = {self.expr(0)}") + one([
            self.written(f"[% from '{name}' import outer, inner as i, k{one(contexts)} %]"
                         "{{ outer(1) }}{{ i(2) }}{{ k }}[% call outer(3) %]C[% endcall %]"),
            self.tag(f"import '{name}' as lib{one(contexts)}")
            + "{{ lib.outer(n) }}{{ lib.k }}{{ lib.zz }}{{ lib['inner'](1) }}",
            self.tag(f"import '{name}' as lib")
            + "{{ lib is mapping }}{{ lib.outer is callable }}{% for i in l %}{{ lib.inner(i) }}{% endfor %}",
        ])

    def included_child(self, name, depth):
        parent = f"t{len(self.templates)}"
        self.templates[parent] = "{{ n }}" + block("part", "P{{ s }}")
        overriding = "<{{ super() }}>" + self.body(depth - 1, 1)
        self.templates[name] = f"{{% extends '{parent}' %}}" + block("part", overriding)
        return self.tag(f"include '{name}'")

    # ---- A child of `base` or of `middle`, which is one of `base`

    def inherited(self):
        base, middle = self.base(), self.middle()
        self.templates.update(base=base, middle=middle)
        return self.child()

    def base(self):
        r, one = self.r, self.r.choice
        text = self.body(1)
        text += block("one" + one(["", " scoped"]), self.body(1)) + self.text()
        text += block("two" + one(["", " scoped"]),
                      self.body(1) + block("inner" + one(["", " scoped"]), one(["", self.body(1, 1)]) + "{{ v }}",
                                           end=one(["", "inner "]))) + self.text()
        text += ("{% for i in [1, 2] %}" + block("three " + one(["scoped", "scoped", ""]), "{{ i }}{{ loop.index }}")
                 + "{% endfor %}")
        if r.random() < .2:
            text += block("last required", "")
        return text

    def middle(self):
        text = ("{% extends 'base' %}" + self.text() + block("two", "(" + self.body(1) + "{{ super() }})")
                + "{% set n = 'M' %}")
        if self.r.random() < .4:
            text += block("inner", "m{{ super() }}{{ self.one() }}") + block("last", "L")
        return text

    def child(self):
        r, one = self.r, self.r.choice
        text = self.text() + "{% extends " + one(EXTENDED) + " %}" + self.text()
        if r.random() < .1:
            text = (f"{{% if {self.bool_expr(1)} %}}"
                    "{% extends 'base' %}{% else %}{% extends 'middle' %}{% endif %}")
        text += self.tag("set top = " + self.expr(1)) + self.written("[% macro helper(a) %]{{ a }}[% endmacro %]")
        if r.random() < .2:
            text += self.statement(1)
        for name in r.sample(["one", "two", "three", "inner"], r.randint(0, 4)):
            text += block(name + one(["", "", " scoped"]),
                          self.body(1) + one(self.supers(name)) + "{{ top }}{{ helper(1) }}{{ v }}")
        return text

    @staticmethod
    def supers(name):
        """What a block may do with the block that it overrides."""
        return ["", "{{ super() }}", "{{ self.one() }}" if name != "one" else "", "{{ super()|upper }}",
                "{{ super.super() }}", "{% set z = super() %}{{ z }}{{ z|length }}",
                "{% for i in l %}{{ super() }}{% endfor %}", "{% filter upper %}{{ super() }}{% endfilter %}",
                "{% set top = 5 %}"]
