"""What every statement of a random template is written with: tags, text between them, new names and their scopes."""
import contextlib
import re

from jinja_expressions import Expressions

TEXTS = ["hello", " ", "\n", "  \n", "{ ", "}", "a b", "\n\n", "    ", "<p>", "% ", "#", "é", "\t", "x\r\ny"]


def shown(expression):
    return "{{ " + expression + " }}"


class Tags(Expressions):
    def open(self, block=True):
        return ("{%" if block else "{{") + self.r.choice(["", "", "", "-", "+" if block else ""])

    def close(self, block=True):
        return self.r.choice(["", "", "", "-", "+" if block else ""]) + ("%}" if block else "}}")

    def tag(self, text):
        return f"{self.open()} {text} {self.close()}"

    def written(self, text):
        """The text with tags in the place of [% ... %]: each controls whitespace as it happens. Not for random text."""
        return re.sub(r"\[% (.*?) %\]", lambda match: self.tag(match[1]), text)

    def text(self):
        return "".join(self.r.choice(TEXTS) for _ in range(self.r.randint(0, 4)))

    def name(self):
        self.counter += 1
        return f"v{self.counter}"

    @contextlib.contextmanager
    def scope(self):
        """What is declared within is forgotten at its end."""
        saved = list(self.locals), list(self.macros), self.in_loop
        yield
        self.locals, self.macros, self.in_loop = saved

    def body(self, depth, count=None):
        with self.scope():
            parts = [self.text() + self.statement(depth) for _ in range(count or self.r.randint(1, 3))]
        return "".join(parts) + self.text()
