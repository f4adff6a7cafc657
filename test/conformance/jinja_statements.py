"""Random Jinja2 templates, for jinja_differential.py."""
from jinja_expressions import NAMES, Expressions


class Statements(Expressions):
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
                         lambda: self.filter_block(depth), lambda: self.signature(depth), lambda: self.nested_with(depth),
                         lambda: self.tree(depth), lambda: self.loop_controls(depth), lambda: self.unpacking(depth),
                         lambda: self.tag(f"print {self.expr(1)}" + r.choice(["", f", {self.expr(1)}"])),
                         lambda: "{#" + r.choice(["", "-", "+"]) + " note " + r.choice(["", "-", "+"]) + "#}",
                         lambda: self.tag("raw").replace("+%}", "%}") + "{{ x }} {% if %}" + self.tag("endraw"),
                         lambda: self.namespace(depth), lambda: self.include(depth), lambda: self.scoped_autoescape(depth),
                         lambda: self.call(depth), lambda: self.do(), lambda: self.if_(depth), lambda: self.helper())

    def filter_block(self, depth):
        r = self.r
        chain = "|".join(r.choice(["upper", "trim", "replace('a', 'b')", "indent(2)", "e", "indent(width=m, first=true)", "title", "default(s, true)",
                                   "wordwrap(7)", "truncate(9, true)", "center(20)", "striptags", "string", "safe", "lower", "replace(s, w, 1)",
                                   "list|join('.')", "forceescape", "capitalize", "urlencode", "nope"]) for _ in range(r.choice([1, 1, 2, 3])))
        return self.tag("filter " + chain) + self.body(depth - 1) + self.tag("endfilter")

    def signature(self, depth):
        """A macro with every kind of parameter, called in every way."""
        r = self.r
        name, a, b = self.name(), self.name(), self.name()
        head = r.choice([a, f"{a}, {b}=2", f"{a}=s, {b}={a}", f"{a}, {b}=n", f"{a}={b}, {b}=1", f"{a}=missing, {b}=[]", f"{a}=caller, {b}=3"])
        shown = "".join(r.sample(["{{ varargs }}", "{{ kwargs|dictsort }}", "{{ varargs|length }}", f"{{{{ {name}.name }}}}",
                                  f"{{{{ {name}.arguments }}}}", f"{{{{ {name}.catch_kwargs }}}}{{{{ {name}.catch_varargs }}}}{{{{ {name}.caller }}}}",
                                  "{{ caller() if caller }}", f"{{{{ {a} }}}}", f"{{{{ {a}|default('D') }}}}", f"{{{{ loop is defined }}}}"], r.randint(1, 4)))
        if r.random() < .3:
            shown += f"{{% if {a} is number and 0 < {a} < 4 %}}<{{{{ {name}({a} - 1) }}}}>{{% endif %}}"
        saved, saved_loop = list(self.locals), self.in_loop
        self.locals += [a, b] if b in head else [a]
        self.in_loop = 0
        text = self.tag(f"macro {name}({head})") + shown + (self.body(depth - 1, 1) if r.random() < .4 else "") + self.tag("endmacro")
        self.locals, self.in_loop = saved, saved_loop
        for _ in range(r.randint(1, 3)):
            arguments = r.choice(["", "1", "1, 2", "1, 2, 3", f"{a}=5", f"{b}=7", f"3, {b}=9", f"3, {a}=9", "1, zz=4", "*l", "**d", "*[1, 2, 3], **{'zz': 1}",
                                  "s, *q", "1, *[2], x=3", "3, caller=n", self.expr(1), f"{self.expr(0)}, {self.expr(1)}"])
            called = f"{name}({arguments})"
            text += r.choice(["{{ " + called + " }}", "{{ " + called + "|upper }}", self.tag("call " + called) + "C{{ n }}" + self.tag("endcall"),
                              self.tag("set x = " + called) + "{{ x }}", "{{ (" + called + " ~ s)|length }}"])
        return text

    def nested_with(self, depth):
        a, b = self.name(), self.r.choice(NAMES)
        saved = list(self.locals)
        text = self.tag(self.r.choice([f"with {a} = {b}, {b} = {a}", f"with {a}, {b} = {self.expr(1)}, {self.expr(0)}", f"with {b} = {b}, {a} = 1", f"with {a} = n"]))
        self.locals += [a, b]
        text += self.body(depth - 1) + self.r.choice(["", self.tag("with") + self.tag(f"set {a} = {self.expr(1)}") + "{{ " + a + " }}" + self.tag("endwith")])
        self.locals = saved
        return text + "{{ " + a + " }}" + self.tag("endwith") + "{{ " + a + " }}{{ " + b + " }}"

    def tree(self, depth):
        """A recursive loop over nested dictionaries or lists, with what `loop` tells."""
        r = self.r
        name = self.name()
        source = r.choice(["[{'v': 1, 'c': [{'v': 2}, {'v': 2, 'c': [{'v': 3}]}]}, {'v': 4, 'c': []}]", "[{'v': s, 'c': users}]", "[nested]",
                           "{'v': 1, 'c': {'v': [2]}}.items()", "[{'v': n}, {'v': m, 'c': [{'v': n}]}]", "users"])
        loop = "".join("{{ loop." + r.choice(["index", "depth", "depth0", "first", "last", "length", "revindex", "previtem.v", "nextitem.v|default('-')",
                                              "cycle('a', 'b')", f"changed({name}.v)", "previtem is defined", "index0", "revindex0", "nextitem is undefined"])
                       + " }}" for _ in range(r.randint(1, 3)))
        condition = r.choice(["", "", f" if {name}.v", f" if {name} is mapping"])
        text = self.tag(f"for {name} in {source}{condition} recursive") + loop + "{{ " + name + ".v }}"
        text += r.choice([f"{{% if {name}.c %}}({{{{ loop({name}.c) }}}}){{% endif %}}", f"{{{{ loop({name}.c|default([])) }}}}",
                          f"{{% if {name}.c is defined %}}{{% set inner = loop({name}.c) %}}[{{{{ inner|upper }}}}]{{% endif %}}",
                          f"{{% for k in {name}.c|list %}}{{{{ loop.index }}}}{{% endfor %}}", f"{{% set outer = loop %}}{{% for k in [1] %}}{{{{ outer({name}.c or []) }}}}{{% endfor %}}"])
        return text + r.choice(["", self.tag("else") + "none"]) + self.tag("endfor")

    def loop_controls(self, depth):
        r = self.r
        a, b = self.name(), self.name()
        source = r.choice(["range(6)", "l", "w.split()", "s", "d", "users", "l|select('odd')", "q|map('upper')", "missing", "[]", "users|map(attribute='name')", "nested",
                           "(n, m)", "d.keys()", "l|batch(2)", "range(3, 0, -1)", "l if flag else q", "n, m", "l|reverse", "d|items", "nothing"])
        saved = list(self.locals)
        self.locals.append(a)
        self.in_loop += 1
        text = self.tag(f"for {a} in {source}{r.choice(['', '', f' if {a}', f' if {a} is not none and loop is undefined', f' if {a} != n'])}")
        text += r.choice(["", self.tag("set outer = loop"), self.tag(f"set n = {a}")])
        text += "".join("{{ loop." + r.choice(["index", "first", "last", "length", "revindex", "previtem", "nextitem", "index is odd", "last and 'L'", "cycle(*q)", "cycle()",
                                               f"changed({a}, n)", f"changed({a}) and not loop.last", "depth0", "zz", "length - loop.index"]) + " }}" for _ in range(r.randint(0, 3)))
        text += r.choice(["", self.tag(f"if {a} == {self.expr(0)}") + self.tag(r.choice(["break", "continue"])) + self.tag("endif"),
                          self.tag("if loop.index > 2") + self.tag(r.choice(["break", "continue"])) + self.tag("endif"),
                          self.tag(f"for {b} in [1, 2, 3]") + "{{ loop.index }}{{ outer.index }}" + self.tag("if loop.first") + self.tag("continue") + self.tag("endif") + f"{{{{ {b} }}}}" + self.tag("endfor"),
                          self.tag("if not loop.last") + ", " + self.tag("endif"), self.tag("include 'absent' ignore missing with context")])
        text += "{{ " + a + " }}" + (self.body(depth - 1, 1) if r.random() < .3 else "")
        self.in_loop -= 1
        self.locals = saved
        return text + r.choice(["", self.tag("else") + self.body(depth - 1, 1)]) + self.tag("endfor") + r.choice(["", "{{ " + a + " }}{{ n }}{{ loop }}", "{{ outer }}"]).replace("{{ loop }}", "").replace("{{ outer }}", "")

    def unpacking(self, depth):
        r = self.r
        a, b, c = self.name(), self.name(), self.name()
        return r.choice([
            lambda: self.tag(f"set {a}, ({b}, {c}) = {r.choice(['1, (2, 3)', 's, [n, m]', '[1, `ab`]', 'l', '1, 2', '(n, d.items()|first)'])}") + f"{{{{ {a} }}}}{{{{ {b} }}}}{{{{ {c} }}}}",
            lambda: self.tag(f"for {a}, ({b}, {c}) in {r.choice(['[(1, (2, 3))]', '[[s, `xy`]]', 'd|items', '[]', '[(1, 2)]'])}") + f"{{{{ {a} }}}}{{{{ {b} }}}}{{{{ {c} }}}}" + self.tag("endfor"),
            lambda: self.tag(f"for {a}, {b} in {r.choice(['d.items()', 'e|dictsort', 'users|groupby(`age`)', 'q', '[`ab`, [1, 2]]', 'l|batch(2)', 'd|items if n', '[(1, 2, 3)]'])}") + f"{{{{ {a} }}}}={{{{ {b} }}}};" + self.tag("endfor"),
            lambda: self.tag(f"set {a} = namespace({r.choice(['', 'd', 'd, x=1', 'x=n', '{`x`: 2}'])})") + self.tag(f"set {a}.x = {self.expr(1)}, {self.expr(0)}") + f"{{{{ {a}.x }}}}{{{{ {a}.y }}}}",
            lambda: self.tag(f"set {a} = namespace(x=0)") + self.tag(f"for {b} in l") + self.tag(f"for {c} in [1, 2]") + self.tag(f"set {a}.x = {a}.x + {r.choice([b, c, 'loop.index', 's'])}") + self.tag("endfor") + self.tag("endfor") + f"{{{{ {a}.x }}}}",
            lambda: self.tag(f"set {a}.{b} = 1") + "x", lambda: self.tag(f"set {a} = namespace()") + self.tag(f"set {a}.t") + self.body(depth - 1, 1) + self.tag("endset") + f"{{{{ {a}.t }}}}{{{{ {a}['t'] }}}}",
            lambda: self.tag(f"set {a} = []") + self.tag(f"for {b} in l") + f"{{{{ {a}.append({b} * 2) or '' }}}}" + self.tag("endfor") + f"{{{{ {a}|join(',') }}}}",
            lambda: self.tag(f"set {a} = {{}}") + self.tag(f"for {b} in q") + self.tag(f"do {a}.update({{{b}: loop.index}})") + self.tag("endfor") + f"{{{{ {a} }}}}{{{{ {a}.{r.choice(['keys()|list', 'pop(`x`, 0)', 'get(s)', 'setdefault(`z`, [])', 'values()|sum', 'items()|list', 'popitem()', 'copy()', 'clear()', 'pop(`a`)'])} }}}}{{{{ {a} }}}}",
            lambda: self.tag(f"set {a} = l|list") + f"{{{{ {a}.{r.choice(['pop(0)', 'index(n)', 'count(1)', 'copy()', 'insert(-1, s)', 'extend([1])', 'pop(-1)', 'pop(99)', 'sort(reverse=true)', 'reverse()', 'append(l)', 'remove(99)'])} }}}}{{{{ {a} }}}}",
        ])()

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
            lambda: self.tag(f"set {name} = cycler({self.r.choice(['1, 2', '*q', 's', '', 'd, l'])})") + self.tag("for i in l") + "{{ " + f"{name}.{self.r.choice(['next()', 'current', 'reset() or 7', 'next()|string|upper'])}" + " }}" + self.tag("endfor"),
            lambda: self.tag(f"set {name}") + self.tag("set n = 1") + "{{ n }}" + self.tag("include 'absent' ignore missing") + self.tag("endset") + "{{ n }}{{ " + name + "|length }}{{ " + name + " is escaped }}",
            lambda: "{#- a {{ n }} {% if %} -#}{% raw -%}  {{ raw }}\n {%- endraw -%}  \n" + self.tag("if n -") .replace("- -%}", "-%}").replace("- +%}", "+%}").replace("- %}", "%}") + "\n  x\n  " + self.tag("endif") + "\n\n",
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
        kind = r.randint(0, 6)
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
        elif kind == 3:
            text = self.tag("include 'absent' ignore missing")
        elif kind == 4:
            local = self.name()
            self.templates[name] = "{{ " + local + " }}{{ n }}{% set " + local + " = 9 %}{{ " + local + " }}{{ loop.index if loop is defined }}" + self.body(depth - 1, 1)
            how = self.r.choice(["", " with context", " ignore missing", " ignore missing with context"])
            text = self.tag(f"set {local} = {self.expr(1)}") + self.r.choice(
                [self.tag(f"include '{name}'{how}"), self.tag(f"for i in [1, 2]") + self.tag(f"set {local} = i") + self.tag(f"include '{name}'{how}") + self.tag("endfor"),
                 self.tag(f"with {local} = 5") + self.tag(f"include ['absent', '{name}']{how}") + self.tag("endwith"), "[" + self.tag(f"include '{name}' without context" if depth >= 3 else f"include '{name}'") + "]",
                 self.tag(f"set which = '{name}'") + self.tag("include which")]) + "{{ " + local + " }}"
        elif kind == 5:
            local = self.name()
            self.templates[name] = "{% macro outer(x) %}({{ inner(x) }}{{ caller() if caller }})" + self.body(depth - 1, 1) + "{% endmacro %}{% macro inner(x) %}[{{ x }}{{ " + local + " }}]{% endmacro %}{% set k = inner(s) %}"
            text = self.tag(f"set {local} = {self.expr(0)}") + self.r.choice(
                [self.tag(f"from '{name}' import outer, inner as i, k{self.r.choice([' with context', ' without context', ''])}") + "{{ outer(1) }}{{ i(2) }}{{ k }}" + self.tag("call outer(3)") + "C" + self.tag("endcall"),
                 self.tag(f"import '{name}' as lib{self.r.choice([' with context', ' without context', ''])}") + "{{ lib.outer(n) }}{{ lib.k }}{{ lib.zz }}{{ lib['inner'](1) }}",
                 self.tag(f"import '{name}' as lib") + "{{ lib is mapping }}{{ lib.outer is callable }}{% for i in l %}{{ lib.inner(i) }}{% endfor %}"])
        else:
            other = f"t{len(self.templates)}"
            self.templates[other] = "{{ n }}{% block part %}P{{ s }}{% endblock %}"
            self.templates[name] = "{% extends '" + other + "' %}{% block part %}<{{ super() }}>" + self.body(depth - 1, 1) + "{% endblock %}"
            text = self.tag(f"include '{name}'")
        self.locals, self.in_loop, self.macros = saved_locals, saved_loop, saved_macros
        return text

    def inherited(self):
        r = self.r
        blocks = ["one", "two", "three", "inner"]
        base = self.body(1)
        for b in blocks[:2]:
            base += "{% block " + b + r.choice(["", " scoped"]) + " %}" + self.body(1)
            if b == "two":
                base += "{% block inner" + r.choice(["", " scoped"]) + " %}" + r.choice(["", self.body(1, 1)]) + "{{ v }}{% endblock " + r.choice(["", "inner "]) + "%}"
            base += "{% endblock %}" + self.text()
        base += "{% for i in [1, 2] %}{% block three " + r.choice(["scoped", "scoped", ""]) + " %}{{ i }}{{ loop.index }}{% endblock %}{% endfor %}"
        if r.random() < .2:
            base += "{% block last required %}{% endblock %}"
        middle = "{% extends 'base' %}" + self.text() + "{% block two %}(" + self.body(1) + "{{ super() }}){% endblock %}" + "{% set n = 'M' %}"
        if r.random() < .4:
            middle += "{% block inner %}m{{ super() }}{{ self.one() }}{% endblock %}{% block last %}L{% endblock %}"
        self.templates["base"], self.templates["middle"] = base, middle
        child = self.text() + "{% extends " + r.choice(["'base'", "'middle'", "'mid' ~ 'dle'", "'base' if flag else 'middle'", "['absent', 'base']"]) + " %}" + self.text()
        if r.random() < .1:
            child = "{% if " + self.bool_expr(1) + " %}{% extends 'base' %}{% else %}{% extends 'middle' %}{% endif %}"
        child += self.tag("set top = " + self.expr(1)) + self.tag(f"macro helper(a)") + "{{ a }}" + self.tag("endmacro")
        if r.random() < .2:
            child += self.statement(1)
        for b in r.sample(blocks, r.randint(0, 4)):
            child += ("{% block " + b + r.choice(["", "", " scoped"]) + " %}" + self.body(1)
                      + r.choice(["", "{{ super() }}", "{{ self.one() }}" if b != "one" else "", "{{ super()|upper }}", "{{ super.super() }}", "{% set z = super() %}{{ z }}{{ z|length }}",
                                  "{% for i in l %}{{ super() }}{% endfor %}", "{% filter upper %}{{ super() }}{% endfilter %}", "{% set top = 5 %}"])
                      + "{{ top }}{{ helper(1) }}{{ v }}{% endblock %}")
        return child

    def template(self):
        text = self.inherited() if self.r.random() < .07 else self.body(3, self.r.randint(1, 4)) if self.r.random() < .4 else self.body(2, 1)
        self.templates = {name: source.replace("`", '"') for name, source in self.templates.items()}
        return text.replace("`", '"')
