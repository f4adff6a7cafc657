"""Random macros, and calls of them."""
from jinja_tags import shown

ARGUMENTS = [
    "", "1", "1, 2", "1, 2, 3", "{a}=5", "{b}=7", "3, {b}=9", "3, {a}=9", "1, zz=4", "*l", "**d",
    "*[1, 2, 3], **{{'zz': 1}}", "s, *q", "1, *[2], x=3", "3, caller=n",
]
PARAMETERS = [
    "{a}", "{a}, {b}=2", "{a}=s, {b}={a}", "{a}, {b}=n", "{a}={b}, {b}=1", "{a}=missing, {b}=[]", "{a}=caller, {b}=3",
]


class Macros:
    def macro(self, depth):
        r = self.r
        name = self.name()
        parameters = [self.name() for _ in range(r.randint(0, 3))]
        declared = [p if r.random() < .6 else f"{p}={self.expr(1)}" for p in parameters]
        declared.sort(key=lambda p: "=" in p)
        with self.scope():
            self.locals += parameters + r.choice([[], [], ["varargs"], ["kwargs"], ["caller"]])
            self.in_loop = 0
            text = self.tag(f"macro {name}({', '.join(declared)})") + self.body(depth - 1)
            if r.random() < .3:
                text += "{{ caller() if caller is defined }}"
            text += self.tag("endmacro")
        self.macros.append(name)
        by_name = [f"{parameters[-1]}={self.expr(0)}"] if parameters and r.random() < .3 else []
        by_place = [self.expr(1) for _ in range(r.randint(0, max(0, len(parameters) - len(by_name))))]
        return text + shown(f"{name}({', '.join(by_place + by_name)})")

    def call(self, depth):
        name = self.name()
        text = self.tag(f"macro {name}(x=1)") + "[" + shown(f"caller({self.r.choice(['', 'x', 'x, 2'])})") + "|{{ x }}]"
        text += self.tag("endmacro")
        parameter = self.name()
        with self.scope():
            self.locals.append(parameter)
            self.in_loop = 0
            text += self.tag(f"call({parameter}=0, y=2) {name}({self.r.choice(['', self.expr(1)])})")
            return text + self.body(depth - 1) + self.tag("endcall")

    def signature(self, depth):
        """A macro with every kind of parameter, called in every way."""
        r = self.r
        name, a, b = self.name(), self.name(), self.name()
        parameters = r.choice(PARAMETERS).format(a=a, b=b)
        told = ["{{ varargs }}", "{{ kwargs|dictsort }}", "{{ varargs|length }}", shown(name + ".name"),
                shown(name + ".arguments"),
                shown(name + ".catch_kwargs") + shown(name + ".catch_varargs") + shown(name + ".caller"),
                "{{ caller() if caller }}", shown(a), shown(a + "|default('D')"), "{{ loop is defined }}"]
        content = "".join(r.sample(told, r.randint(1, 4)))
        if r.random() < .3:
            content += f"{{% if {a} is number and 0 < {a} < 4 %}}<{shown(f'{name}({a} - 1)')}>{{% endif %}}"
        with self.scope():
            self.locals += [a, b] if b in parameters else [a]
            self.in_loop = 0
            text = self.tag(f"macro {name}({parameters})") + content
            text += (self.body(depth - 1, 1) if r.random() < .4 else "") + self.tag("endmacro")
        return text + "".join(self.called(name, a, b) for _ in range(r.randint(1, 3)))

    def called(self, name, a, b):
        r = self.r
        arguments = r.choice([*(text.format(a=a, b=b) for text in ARGUMENTS), self.expr(1),
                              f"{self.expr(0)}, {self.expr(1)}"])
        call = f"{name}({arguments})"
        return r.choice([shown(call), shown(call + "|upper"),
                         self.tag("call " + call) + "C{{ n }}" + self.tag("endcall"),
                         self.tag("set x = " + call) + "{{ x }}",
                         shown(f"({call} ~ s)|length")])
