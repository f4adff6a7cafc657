-- Templates that would grow without bound: each ends with 54000, and the backend goes on. Which of them takes how long
-- is printed by the unit tests (unit_template --gtest_filter=*Bombs*).
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_prompt;
DO $$ BEGIN PERFORM prompt.install(); END $$;
CREATE FUNCTION bomb(template text, format text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text;
BEGIN
    PERFORM prompt.render(template, '{"x": "s", "n": 1.5, "w": 1000000000, "a": true, "xs": [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,
        16,17,18,19,20,21,22,23,24,25,26,27,28,29,30]}', format);
    RETURN 'rendered';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE;
    RETURN CASE WHEN state = '54000' THEN state ELSE state || ': ' || sqlerrm END;
END $$;
CREATE TEMP TABLE bombs (template text, format text);
INSERT INTO bombs VALUES
 ('{{ range(10**9) | list | length }}', 'jinja2'),
 ('{% for i in range(10**9) %}{% endfor %}', 'jinja2'),
 ('{{ range(10**9) | join }}', 'jinja2'), ('{{ range(10**9) | sum }}', 'jinja2'),
 ('{{ "x" * 10**9 }}', 'jinja2'), ('{{ 10**9 * "x" }}', 'jinja2'), ('{{ [1] * 10**9 }}', 'jinja2'), ('{{ ([[0] * 1000] * 1000) * 1000 }}', 'jinja2'),
 ('{% for a in range(10000) %}{% for b in range(10000) %}{{ a }}{% endfor %}{% endfor %}', 'jinja2'),
 (repeat('{% if 1 %}', 100000), 'jinja2'), (repeat('{% for x in y %}', 5000) || repeat('{% endfor %}', 5000), 'jinja2'),
 ('{{ ' || repeat('[', 100000) || repeat(']', 100000) || ' }}', 'jinja2'), ('{{ ' || repeat('not ', 100000) || '1 }}', 'jinja2'), ('{{ ' || repeat('-', 100000) || '1 }}', 'jinja2'), ('{{ a' || repeat('.a', 100000) || ' }}', 'jinja2'), ('{{ x' || repeat(' | upper', 100000) || ' }}', 'jinja2'), ('{{ ' || repeat('1 if 1 else ', 50000) || '1 }}', 'jinja2'), ('{{ 1' || repeat('**2', 100000) || ' }}', 'jinja2'), ('{{ 2' || repeat('**9', 6) || ' }}', 'jinja2'),
 ('{{ ' || repeat('{1:', 50000) || '1' || repeat('}', 50000) || ' }}', 'jinja2'),
 ('{{ "%1000000000d" | format(1) }}', 'jinja2'), ('{{ "%.1000000000f" | format(1.5) }}', 'jinja2'), ('{{ "{:>1000000000}".format("x") }}', 'jinja2'), ('{{ "{:.1000000000f}".format(1.5) }}', 'jinja2'), ('{{ "%*d" | format(1000000000, 1) }}', 'jinja2'),
 ('{x:>1000000000}', 'f-string'), ('{n:.1000000000f}', 'f-string'), ('{x:{w}}', 'f-string'),
 ('{{ "x" | center(10**9) }}', 'jinja2'), ('{{ "x" | indent(10**9, true) }}', 'jinja2'), ('{{ "x".ljust(10**9) }}', 'jinja2'), ('{{ "x".zfill(10**9) }}', 'jinja2'), ('{{ "\t".expandtabs(10**9) }}', 'jinja2'), ('{{ ("a " * 100000) | wordwrap(1, wrapstring="x" * 10000) }}', 'jinja2'), ('{{ ("a\n" * 100000) | indent("x" * 10000) }}', 'jinja2'),
 ('{{ [1] | batch(10**9, "x") | list }}', 'jinja2'), ('{{ [1] | slice(10**9, "x") | list }}', 'jinja2'),
 ('{{ ("a" * 100000) | replace("a", "b" * 100000) }}', 'jinja2'), ('{{ ("a" * 10000).replace("", "b" * 100000) }}', 'jinja2'), ('{{ range(100000) | join("y" * 100000) }}', 'jinja2'), ('{{ ("y" * 100000).join(range(10000) | map("string")) }}', 'jinja2'),
 ('{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}', 'jinja2'), ('{% macro m(n) %}{{ m(n + 1) }}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}', 'jinja2'), ('{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}', 'jinja2'),
 ('{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}', 'jinja2'), ('{% for x in [[[]]] recursive %}{{ loop([x]) }}{% endfor %}', 'jinja2'),
  ('{% set ns = namespace(x="ab") %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x | length }}', 'jinja2'),
 ('{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x | length }}', 'jinja2'),
 ('{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}', 'jinja2'),
 ('{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | tojson }}', 'jinja2'),
 ('{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x == ns.x }}{{ ns.x | pprint }}', 'jinja2'),
 ('{% set l = [] %}{% for i in range(10**7) %}{% do l.append(l) %}{% endfor %}{{ l }}', 'jinja2'), ('{% set l = [] %}{% do l.append(l) %}{{ l | tojson }}', 'jinja2'), ('{% set d = {} %}{% do d.update(d=d) %}{{ d | tojson }}', 'jinja2'),
 ('{{ 2**100000000 }}', 'jinja2'), ('{% set ns = namespace(x=3) %}{% for i in range(60) %}{% set ns.x = ns.x * ns.x %}{% endfor %}{{ ns.x }}', 'jinja2'),
 ('{{ cycler(*range(10**9)) }}', 'jinja2'), ('{{ dict(range(10**9) | map("list")) }}', 'jinja2'), ('{{ range(10**9) | sort }}', 'jinja2'), ('{{ range(10**9) | unique | list | length }}', 'jinja2'), ('{{ range(10**9) | groupby("x") }}', 'jinja2'), ('{{ range(10**9) | random }}', 'jinja2'), ('{{ range(10**9) | max }}', 'jinja2'), ('{{ range(10**9) | last }}', 'jinja2'), ('{{ range(10**9) | tojson }}', 'jinja2'), ('{{ range(10**9) | map("string") | list }}', 'jinja2'), ('{{ range(10**9) | select("odd") | list }}', 'jinja2'), ('{{ (range(10**9) | list)[::2] }}', 'jinja2'), ('{{ 5.5 in range(10**9) }}', 'jinja2'), ('{{ range(10**9) == range(10**9) }}', 'jinja2'),
 (repeat('{{#if a}}', 100000), 'handlebars'), ('{{#*inline "p"}}{{> p}}{{/inline}}{{> p}}', 'handlebars'), ('{{#*inline "p"}}{{> p}}{{> p}}{{/inline}}{{> p}}', 'handlebars'), ('{{lookup ' || repeat('(lookup ', 50000) || '}}', 'handlebars'),
 (repeat('{{#a}}', 100000), 'mustache'), ('{{#xs}}' || repeat('{{#xs}}', 8) || 'x' || repeat('{{/xs}}', 9), 'mustache'),
 ('{{ ' || repeat('(', 100000) || '1' || repeat(')', 100000) || ' }}', 'jinja2'),
 ('{{#if ' || repeat('(lookup ', 50000) || 'a "b"' || repeat(')', 50000) || '}}{{/if}}', 'handlebars'),
 (repeat('{{#a}}', 300) || repeat('{{/a}}', 300), 'mustache'),
 ('{{#each xs}}{{#each ../xs}}{{#each ../../xs}}{{#each ../../../xs}}{{#each ../../../../xs}}{{this}}{{/each}}{{/each}}{{/each}}{{/each}}{{/each}}', 'handlebars'),
 ('{{ xs | groupby(0) if false }}{{ range(3000) | map("string") | map("center", 10000) | join }}', 'jinja2'),
 ('{% macro m() %}{{ caller() }}{% endmacro %}{% macro w() %}{% call m() %}{{ w() }}{% endcall %}{% endmacro %}{{ w() }}', 'jinja2');
SELECT count(*) AS bombs, count(*) FILTER (WHERE result = '54000') AS ended
  FROM bombs, LATERAL bomb(template, format) AS result;
SELECT format, left(template, 60) AS template, result FROM bombs, LATERAL bomb(template, format) AS result WHERE result <> '54000';

-- Stored prompts that include themselves for as long as a value says, and twice each time.
SELECT prompt.create_prompt('bomb/deep', '{% if n %}{% set n = n - 1 %}{% include "bomb/deep" %}{% endif %}') IS NOT NULL AS created;
SELECT prompt.create_prompt('bomb/wide', '{% if n %}{% set n = n - 1 %}{% include "bomb/wide" %}{% include "bomb/wide" %}{% endif %}') IS NOT NULL AS created;
SELECT prompt.activate_version('bomb/deep', 1) IS NOT NULL AND prompt.activate_version('bomb/wide', 1) IS NOT NULL AS activated;
SELECT prompt.get_prompt('bomb/deep', '{"n": 1000000}');
\set VERBOSITY terse
SELECT prompt.get_prompt('bomb/wide', '{"n": 100}');

-- The limits are settings; what is long may be allowed.
SET prompt.max_output_bytes = '20MB';
SELECT length(prompt.render('{{ "x" * 17000000 }}', '{}'));
SET prompt.max_output_bytes = '16kB';
SELECT prompt.render('{{ "x" * 17000 }}', '{}');
RESET prompt.max_output_bytes;
SET prompt.max_template_depth = 5;
SELECT prompt.render('{% macro m(n) %}{% if n %}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(10) }}', '{}');
RESET prompt.max_template_depth;
SET prompt.max_compiled_bytes = '64kB';
SELECT prompt.render(repeat('{{ x }}', 10000), '{}');
RESET prompt.max_compiled_bytes;
DELETE FROM prompt.prompt_templates WHERE name LIKE 'bomb/%';
DROP FUNCTION bomb;
