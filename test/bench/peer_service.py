#!/usr/bin/python3
"""The peer of the request benchmark: what pg_prompt does for a request, done by a service in Python.

usage: peer_service.py --prepare | --seconds N    connects as libpq does; prints requests per second

A request reads the prompt in production and the active rules, as a service that must not serve a withdrawn version does,
renders by Jinja2 (compiled templates are cached by their text), holds the variables and the result against three
rules by re (compiled once), records the execution and commits; then it holds the response against the rules, completes the record and
commits. Statements are prepared in the server. The tables have the indexes of prompt_executions, and no running figures.
"""

import argparse
import json
import re
import time
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
    violations text[], created_at timestamptz DEFAULT now(), completed_at timestamptz);
CREATE INDEX ON peer.executions (prompt_id, id);
CREATE INDEX ON peer.executions (user_id, id);
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
PREPARE record (uuid, uuid, text, jsonb, text, text, jsonb, text[]) AS
    INSERT INTO peer.executions (id, prompt_id, user_id, variables, rendered, status, evaluated, violations)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8);
PREPARE complete (uuid, text, text, int, int, int, numeric, jsonb) AS
    UPDATE peer.executions SET status = $2, response = $3, response_time_ms = $4, input_tokens = $5, output_tokens = $6,
        cost_usd = $7, evaluated = evaluated || $8, completed_at = now() WHERE id = $1;
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


class Service:
    def __init__(self, connection):
        self.connection = connection
        self.cursor = connection.cursor()
        self.cursor.execute("SET synchronous_commit = off")
        self.cursor.execute(STATEMENTS)
        connection.commit()
        self.environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)
        self.templates, self.patterns = {}, {}

    def evaluate(self, rules, stage, texts):
        evaluated, violated, blocked = [], [], False
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
            "EXECUTE record (%s, %s, %s, %s, %s, %s, %s, %s)",
            (execution_id, prompt_id, user_id, json.dumps(variables), rendered, "blocked" if blocked else "pending",
             json.dumps(evaluated + more), violated + also or None),
        )
        self.connection.commit()
        return execution_id, rendered

    def complete(self, execution_id, response):
        evaluated, _, blocked = self.evaluate(self.rules(), "response", [response])
        self.cursor.execute(
            "EXECUTE complete (%s, %s, %s, %s, %s, %s, %s, %s)",
            (execution_id, "blocked" if blocked else "success", response, 400, 120, 40, 0.0012, json.dumps(evaluated)),
        )
        self.connection.commit()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prepare", action="store_true", help="create the peer's tables anew")
    parser.add_argument("--seconds", type=float, default=5)
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
    service = Service(connection)
    requests, started = 0, time.perf_counter()
    while time.perf_counter() - started < arguments.seconds:
        execution_id, _ = service.render("support", VARIABLES, "u%d" % (requests % 100000))
        service.complete(execution_id, RESPONSE)
        requests += 1
    print("%.1f" % (requests / (time.perf_counter() - started)))


if __name__ == "__main__":
    main()
