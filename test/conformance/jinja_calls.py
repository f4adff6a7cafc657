"""Random calls with arguments of the right kind and of others, for jinja_differential.py."""

SMALL = ["0", "1", "2", "3", "5", "-1", "-2", "10", "none", "true", "'x'", "2.0", "''", "m", "l|length / 2"]
FLAG = ["true", "false", "1", "0", "none"]
ATTRIBUTE = ["'name'", "'age'", "'tags.0'", "0", "'zz'", "none"]
# What a filter is mostly given, by parameter; None: any expression.
FILTERS = {
    "batch": {"linecount": SMALL, "fill_with": None},
    "center": {"width": ["0", "1", "5", "30", "-3", "'5'", "2.5"]},
    "default": {"default_value": None, "boolean": FLAG},
    "dictsort": {"case_sensitive": FLAG, "by": ["'key'", "'value'", "'x'"], "reverse": FLAG},
    "filesizeformat": {"binary": FLAG},
    "float": {"default": SMALL},
    "groupby": {"attribute": ATTRIBUTE, "default": SMALL, "case_sensitive": FLAG},
    "indent": {"width": ["0", "2", "'> '", "-1", "none"], "first": FLAG, "blank": FLAG},
    "int": {"default": SMALL, "base": ["10", "16", "0", "2", "36", "1"]},
    "join": {"d": ["''", "', '", "1", "none", "'<'"], "attribute": ATTRIBUTE},
    "max": {"case_sensitive": FLAG, "attribute": ATTRIBUTE},
    "min": {"case_sensitive": FLAG, "attribute": ATTRIBUTE},
    "replace": {"old": ["''", "'a'", "1", "'<'"], "new": ["''", "'X'", "2", "'&'"], "count": SMALL},
    "round": {"precision": ["0", "1", "-1", "20"], "method": ["'common'", "'ceil'", "'floor'", "'x'"]},
    "slice": {"slices": SMALL, "fill_with": None},
    "sort": {"reverse": FLAG, "case_sensitive": FLAG, "attribute": ATTRIBUTE},
    "sum": {"attribute": ATTRIBUTE, "start": ["0", "2.5", "'x'", "[]"]},
    "tojson": {"indent": ["0", "1", "none", "'--'", "-1"]},
    "trim": {"chars": ["'a'", "' '", "none", "''"]},
    "truncate": {"length": ["0", "3", "10", "-1"], "killwords": FLAG, "end": ["'...'", "''", "'…'"],
                 "leeway": ["0", "1", "5", "none", "-1"]},
    "unique": {"case_sensitive": FLAG, "attribute": ATTRIBUTE},
    "urlize": {"trim_url_limit": ["0", "7", "none"], "nofollow": FLAG, "target": ["'_blank'", "'<t>'"], "rel": ["'x'"]},
    "wordwrap": {"width": ["1", "3", "79", "0"], "break_long_words": FLAG, "wrapstring": ["none", "'|'"]},
    "xmlattr": {"autospace": FLAG},
}
LAZY = {"batch", "slice", "unique"}
METHODS = [
    "strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "startswith", "endswith", "replace", "title", "join",
    "find", "rfind", "index", "count", "center", "ljust", "rjust", "zfill", "partition", "rpartition", "expandtabs",
    "removeprefix", "removesuffix", "format",
]
ARGUMENTS = ["'a'", "','", "' '", "''", "none", "0", "1", "-1", "5", "('a', 'b')", "['a', 'b']", "true", "2.5", "l"]
CONVERSIONS = "diouxXeEfFgGcrsay%"


class Calls:
    """Draws from self.r, a random.Random; self.expr() gives what is called upon."""

    def odd_call_expr(self, depth):
        return self.pick(lambda: self.odd_filter(depth), lambda: self.odd_filter(depth),
                         lambda: self.odd_method(depth), lambda: self.percent_expr(depth))

    def odd_filter(self, depth):
        r = self.r
        name = r.choice(list(FILTERS))
        parameters = list(FILTERS[name].items())
        given, named = [], False
        for parameter, values in parameters[:r.randint(0, len(parameters))]:
            value = r.choice(values) if values else self.expr(0)
            named = named or r.random() < .3
            given.append(f"{parameter}={value}" if named else value)
        if r.random() < .03:
            given.append("bogus=1")
        return f"{self.expr(depth - 1)}|{name}({', '.join(given)}){'|list' if name in LAZY else ''}"

    def odd_method(self, depth):
        r = self.r
        given = [r.choice(ARGUMENTS) for _ in range(r.choice([0, 1, 1, 1, 2, 2, 3]))]
        return f"{self.str_expr(depth - 1)}.{r.choice(METHODS)}({', '.join(given)})"

    def percent_expr(self, depth):
        r = self.r
        format_ = "".join(r.choice(["", "x", "%%"]) + self.conversion() for _ in range(r.randint(1, 2)))
        given = r.choice(["{0}", "({0},)", "({0}, {1})", "{{`k`: {0}, `a(b)`: {1}}}", "()", "[{0}]", "missing"])
        safe = r.choice(["", "", "|safe"])
        # Widths are small, lest they exceed the limit of a text's length.
        argument = lambda: r.choice(SMALL) if "*" in format_ else self.expr(0)
        return f"('{format_}'{safe} % {given.format(argument(), argument())})"

    def conversion(self):
        r = self.r
        flags = "".join(r.choice("-+ #0") for _ in range(r.choice([0, 0, 1, 2])))
        return ("%" + r.choice(["", "", "", "(k)", "(zz)", "(a(b))"]) + flags + r.choice(["", "", "5", "12", "*"])
                + r.choice(["", "", ".3", ".0", ".", ".*"]) + r.choice(["", "", "l"]) + r.choice(CONVERSIONS))
