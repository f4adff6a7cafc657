#!/usr/bin/python3
"""The peer of the request benchmark: what pg_prompt does for a request, done by a service in Python.

usage: peer_service.py --prepare | --seconds N [--without-figures | --bare]    connects as libpq does; prints requests per second

A request reads the prompt in production and the active rules, as a service that must not serve a withdrawn version does,
renders by Jinja2 (compiled templates are cached by their text), holds the variables and the result against three
rules by re (compiled once), on the texts as they are and normalised (NFKC, without format characters), records the execution with
the hash of its question and commits; then it holds the response against the rules, completes the record and commits. It keeps running
figures in the same transactions, as a service that shows them does: a row per prompt and hour, a row per rule and hour, a histogram
of response times. Statements are prepared in the server. The tables have the indexes of prompt_executions.

--without-figures leaves the figures, the question and the normalised texts out; --bare runs the INSERT and the UPDATE of such a record
and nothing else, each committed: what no implementation by these two statements can pass.
"""

import argparse
import datetime
import hashlib
import json
import re
import time
import unicodedata
import uuid

import jinja2
import psycopg2

TABLES = r"""
DROP SCHEMA IF EXISTS peer CASCADE;
CREATE SCHEMA peer;
CREATE TABLE peer.prompts (id uuid PRIMARY KEY, name text, version int, template text, is_active boolean);
CREATE UNIQUE INDEX ON peer.prompts (name) WHERE is_active;
CREATE TABLE peer.rules (name text PRIMARY KEY, pattern text, enforcement text, stages text[], is_active boolean);
CREATE TABLE peer.executions (id uuid PRIMARY KEY, prompt_id uuid REFERENCES peer.prompts, user_id text, variables jsonb, rendered text,
    response text, status text, response_time_ms int, input_tokens int, output_tokens int, cost_usd numeric, evaluated jsonb,
    violations text[], question_hash text, created_at timestamptz DEFAULT now(), completed_at timestamptz);
CREATE INDEX ON peer.executions (prompt_id, id);
CREATE INDEX ON peer.executions (user_id, id);
CREATE TABLE peer.figures (prompt_id uuid, hour timestamptz, executions bigint, pending bigint, successes bigint, blocked bigint,
    response_time_sum bigint, response_time_squares numeric, input_tokens bigint, output_tokens bigint, cost_usd numeric, PRIMARY KEY (prompt_id, hour));
CREATE TABLE peer.response_times (prompt_id uuid, hour timestamptz, bucket int, executions bigint, PRIMARY KEY (prompt_id, hour, bucket));
CREATE TABLE peer.rule_figures (rule text, hour timestamptz, evaluations bigint, violations bigint, PRIMARY KEY (rule, hour));
"""

TEMPLATE = (
    "You help {{ customer.name }} ({{ customer.plan }}).\n{% for item in history %}- {{ item }}\n{% endfor %}"
    'Question: {{ question }}\nAnswer in {{ language | default("English") }}.'
)
RULES = [
    ("cards", r"\b\d{4}[- ]?\d{4}[- ]?\d{4}[- ]?\d{4}\b", "blocking", ["input", "prompt"]),
    ("mail", r"[\w.+-]+@[\w-]+\.[\w.]+", "warning", ["input", "prompt", "response"]),
    ("override", r"(?i)ignore (all|any|previous) instructions", "blocking", ["input", "prompt", "response"]),
]
VARIABLES = {
    "customer": {"name": "Ada Lovelace", "plan": "gold"},
    "question": "How do I change the address of my invoices before the end of the month?",
    "history": ["opened ticket 17", "closed ticket 17", "changed plan"],
}
RESPONSE = "Open Settings, then Billing, and edit the address there. It holds for all invoices from now on."

STATEMENTS = """
PREPARE prompt (text) AS SELECT id, template FROM peer.prompts WHERE name = $1 AND is_active;
PREPARE rules AS SELECT name, pattern, enforcement, stages FROM peer.rules WHERE is_active;
PREPARE record (uuid, uuid, text, jsonb, text, text, jsonb, text[], text) AS
    INSERT INTO peer.executions (id, prompt_id, user_id, variables, rendered, status, evaluated, violations, question_hash)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);
PREPARE complete (uuid, text, text, int, int, int, numeric, jsonb) AS
    UPDATE peer.executions SET status = $2, response = $3, response_time_ms = $4, input_tokens = $5, output_tokens = $6,
        cost_usd = $7, evaluated = evaluated || $8, completed_at = now() WHERE id = $1;
PREPARE count_new (uuid, int, int) AS
    INSERT INTO peer.figures AS f VALUES ($1, date_trunc('hour', now()), 1, $2, 0, $3, 0, 0, 0, 0, 0)
    ON CONFLICT (prompt_id, hour) DO UPDATE SET executions = f.executions + 1, pending = f.pending + $2, blocked = f.blocked + $3;
PREPARE count_completed (uuid, int, int, int, int, int, numeric) AS
    INSERT INTO peer.figures AS f VALUES ($1, date_trunc('hour', now()), 0, -1, $2, $3, $4, $4::numeric * $4, $5, $6, $7)
    ON CONFLICT (prompt_id, hour) DO UPDATE SET pending = f.pending - 1, successes = f.successes + $2, blocked = f.blocked + $3,
        response_time_sum = f.response_time_sum + $4, response_time_squares = f.response_time_squares + $4::numeric * $4,
        input_tokens = f.input_tokens + $5, output_tokens = f.output_tokens + $6, cost_usd = f.cost_usd + $7;
PREPARE count_time (uuid, int) AS
    INSERT INTO peer.response_times AS r VALUES ($1, date_trunc('hour', now()), $2, 1)
    ON CONFLICT (prompt_id, hour, bucket) DO UPDATE SET executions = r.executions + 1;
PREPARE count_rules (text[], int[]) AS
    INSERT INTO peer.rule_figures AS r SELECT n, date_trunc('hour', now()), 1, v FROM unnest($1, $2) AS u (n, v) ORDER BY n
    ON CONFLICT (rule, hour) DO UPDATE SET evaluations = r.evaluations + 1, violations = r.violations + excluded.violations;
"""


def strings_in(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings_in(item)


def normalised(text):
    return "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")


def question_hash(variables):
    return hashlib.sha256(" ".join(normalised(variables["question"]).casefold().split()).encode()).hexdigest()


class Service:
    def __init__(self, connection, keeps_figures):
        self.connection, self.keeps_figures = connection, keeps_figures
        self.cursor = connection.cursor()
        self.cursor.execute("SET synchronous_commit = off")
        self.cursor.execute(STATEMENTS)
        connection.commit()
        self.environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)
        self.templates, self.patterns = {}, {}

    def evaluate(self, rules, stage, texts):
        evaluated, violated, blocked = [], [], False
        if self.keeps_figures:
            texts = texts + [other for other in map(normalised, texts) if other not in texts]
        for name, pattern, enforcement, stages in rules:
            if stage not in stages:
                continue
            compiled = self.patterns.get(pattern)
            if compiled is None:
                compiled = self.patterns[pattern] = re.compile(pattern)
            passed = not any(compiled.search(text) for text in texts)
            evaluated.append({"rule": name, "stage": stage, "passed": passed, "violations": []})
            if not passed:
                violated.append(name)
                blocked = blocked or enforcement == "blocking"
        return evaluated, violated, blocked

    def rules(self):
        self.cursor.execute("EXECUTE rules")
        return self.cursor.fetchall()

    def render(self, name, variables, user_id):
        self.cursor.execute("EXECUTE prompt (%s)", (name,))
        prompt_id, text = self.cursor.fetchone()
        rules = self.rules()
        evaluated, violated, blocked = self.evaluate(rules, "input", list(strings_in(variables)))
        template = self.templates.get(text)
        if template is None:
            template = self.templates[text] = self.environment.from_string(text)
        rendered = template.render(variables)
        more, also, blocks = self.evaluate(rules, "prompt", [rendered])
        execution_id = str(uuid.uuid4())
        blocked = blocked or blocks
        self.cursor.execute(
            "EXECUTE record (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (execution_id, prompt_id, user_id, json.dumps(variables), rendered, "blocked" if blocked else "pending",
             json.dumps(evaluated + more), violated + also or None, question_hash(variables) if self.keeps_figures else None),
        )
        if self.keeps_figures:
            self.cursor.execute("EXECUTE count_new (%s, %s, %s)", (prompt_id, 0 if blocked else 1, 1 if blocked else 0))
            self.count_rules(evaluated + more)
        self.connection.commit()
        return prompt_id, execution_id, {entry["rule"] for entry in evaluated + more}

    def complete(self, prompt_id, execution_id, counted, response):
        evaluated, _, blocked = self.evaluate(self.rules(), "response", [response])
        self.cursor.execute(
            "EXECUTE complete (%s, %s, %s, %s, %s, %s, %s, %s)",
            (execution_id, "blocked" if blocked else "success", response, 400, 120, 40, 0.0012, json.dumps(evaluated)),
        )
        if self.keeps_figures:
            self.cursor.execute("EXECUTE count_completed (%s, %s, %s, %s, %s, %s, %s)",
                                (prompt_id, 0 if blocked else 1, 1 if blocked else 0, 400, 120, 40, 0.0012))
            self.cursor.execute("EXECUTE count_time (%s, %s)", (prompt_id, (400).bit_length()))
            self.count_rules([entry for entry in evaluated if entry["rule"] not in counted])
        self.connection.commit()

    def count_rules(self, evaluated):
        violated = {entry["rule"]: int(not entry["passed"]) for entry in evaluated}
        if violated:
            self.cursor.execute("EXECUTE count_rules (%s, %s)", (list(violated), list(violated.values())))

    def bare(self, prompt_id, user_id, variables, rendered, evaluated):
        execution_id = str(uuid.uuid4())
        self.cursor.execute("EXECUTE record (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                            (execution_id, prompt_id, user_id, variables, rendered, "pending", evaluated, None, None))
        self.connection.commit()
        self.cursor.execute("EXECUTE complete (%s, %s, %s, %s, %s, %s, %s, %s)",
                            (execution_id, "success", RESPONSE, 400, 120, 40, 0.0012, "[]"))
        self.connection.commit()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prepare", action="store_true", help="create the peer's tables anew")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--without-figures", action="store_true")
    parser.add_argument("--bare", action="store_true")
    arguments = parser.parse_args()
    connection = psycopg2.connect("")
    if arguments.prepare:
        cursor = connection.cursor()
        cursor.execute(TABLES)
        cursor.execute("INSERT INTO peer.prompts VALUES (gen_random_uuid(), 'support', 1, %s, true)", (TEMPLATE,))
        for rule in RULES:
            cursor.execute("INSERT INTO peer.rules VALUES (%s, %s, %s, %s, true)", rule)
        connection.commit()
        return
    service = Service(connection, not arguments.without_figures)
    service.cursor.execute("SELECT id FROM peer.prompts")
    prompt_id, variables = service.cursor.fetchone()[0], json.dumps(VARIABLES)
    requests, started = 0, time.perf_counter()
    while time.perf_counter() - started < arguments.seconds:
        user_id = "u%d" % (requests % 100000)
        if arguments.bare:
            service.bare(prompt_id, user_id, variables, TEMPLATE, "[]")
        else:
            service.complete(*service.render("support", VARIABLES, user_id), RESPONSE)
        requests += 1
    print("%.1f" % (requests / (time.perf_counter() - started)))


if __name__ == "__main__":
    main()
