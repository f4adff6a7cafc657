"""Random values of variables, for the templates of jinja_differential.py."""

WORDS = [
    "alpha", "Beta", "gamma-ray", "x", "", " padded ", "two words", "Ünïcode", "naïve café", "訂單", "a,b;c", "<b>&\"'",
    "line\nbreak", "tab\there", "UPPER", "mixedCase", "123", "3.5", "-7", "0x1f", "true", "%s and %d", "{} {name}",
    "ǆ ß ﬁ", "emoji 😀 here", "trailing\n", "a.b.c", "o'neil", "(see www.example.com)",
    "http://a.b-c.de:80/x?y=1 me@ex-ample.org, <ftp://x.org>", "example.info http://1.2.3.4/ http://[::1]:8 www.x",
]
NAMES = ["n", "m", "f", "g", "s", "w", "l", "q", "d", "e", "users", "nested", "flag", "nothing", "missing", "big"]
KEYS = ["a", "b", "name", "age", "tags", "items", "value", "Key", "x y", "1"]
NUMBERS = [1e16, 1.5e-7, 0.1, -0.0, 123456789.125, 1e22, 2.5]


class Values:
    """Draws from self.r, a random.Random."""

    def scalar(self):
        r = self.r
        return r.choice([lambda: r.randint(-20, 50), lambda: round(r.uniform(-100, 100), r.randint(0, 4)),
                         lambda: r.choice(WORDS), lambda: r.random() < .5, lambda: None,
                         lambda: r.randint(-5, 5), lambda: r.choice(NUMBERS)])()

    def json_value(self, depth=2):
        r = self.r
        if depth == 0 or r.random() < .5:
            return self.scalar()
        if r.random() < .5:
            return [self.json_value(depth - 1) for _ in range(r.randint(0, 4))]
        return {r.choice(KEYS): self.json_value(depth - 1) for _ in range(r.randint(0, 4))}

    def user(self):
        r = self.r
        user = {"name": r.choice(WORDS), "age": r.randint(1, 9), "tags": r.sample(WORDS, r.randint(0, 3))}
        if r.random() < .4:
            user["nick"] = r.choice(WORDS)
        return user

    def context(self):
        """The variables that NAMES lists, but for `missing`."""
        r = self.r
        return {
            "n": r.randint(-10, 40),
            "m": r.randint(0, 9),
            "f": round(r.uniform(-50, 50), 3),
            "g": r.choice([0.5, 2.0, 1e17, -3.25]),
            "s": r.choice(WORDS),
            "w": " ".join(r.choice(WORDS) for _ in range(r.randint(0, 6))),
            "l": [r.randint(-9, 9) for _ in range(r.randint(0, 6))],
            "q": [r.choice(WORDS) for _ in range(r.randint(0, 5))],
            "d": {k: self.scalar() for k in r.sample(KEYS, r.randint(0, 5))},
            "e": {k: r.randint(0, 9) for k in r.sample(KEYS, r.randint(1, 4))},
            "users": [self.user() for _ in range(r.randint(0, 4))],
            "nested": self.json_value(3),
            "flag": r.random() < .5,
            "nothing": None,
            "big": r.choice([10 ** 20, -10 ** 25, 2 ** 63, 2 ** 63 - 1, -2 ** 63]),
        }
