-- Mistakes in templates: each error has a place, the line with a caret, and mostly the way out.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_prompt;
DO $$ BEGIN PERFORM prompt.install(); END $$;

-- jinja2
SELECT prompt.render('Hello {{ name }', '{}');
SELECT prompt.render('Hello {{ name', '{}');
SELECT prompt.render('{% if x %}yes', '{}');
SELECT prompt.render('{% if x }yes{% endif %}', '{}');
SELECT prompt.render('{% for x in xs %}{{ x }}{% endif %}', '{}');
SELECT prompt.render('{% endfor %}', '{}');
SELECT prompt.render('{% for x of xs %}{{ x }}{% endfor %}', '{}');
SELECT prompt.render('{% if x = 1 %}a{% endif %}', '{}');
SELECT prompt.render('{% if x == 1 && y %}a{% endif %}', '{}');
SELECT prompt.render('{{ x || y }}', '{}');
SELECT prompt.render('{{ !x }}', '{}');
SELECT prompt.render('{{ x ? "a" : "b" }}', '{}');
SELECT prompt.render('{{ x++ }}', '{}');
SELECT prompt.render('{% else if x %}', '{}');
SELECT prompt.render('{% if x %}a{% else if y %}b{% endif %}', '{}');
SELECT prompt.render('{% if x %}a{% elseif y %}b{% endif %}', '{}');
SELECT prompt.render('{{ x | uper }}', '{"x":"a"}');
SELECT prompt.render('{{ x | to_json }}', '{"x":"a"}');
SELECT prompt.render('{{ x | strftime("%Y") }}', '{"x":"a"}');
SELECT prompt.render('{{ x is stirng }}', '{"x":"a"}');
SELECT prompt.render('{{ x.encode("utf8") }}', '{"x":"a"}');
SELECT prompt.render('{{ len(x) }}', '{"x":"a"}');
SELECT prompt.render('{{ str(x) }}', '{"x":"a"}');
SELECT prompt.render('{{ x.lenght() }}', '{"x":"a"}');
SELECT prompt.render('{{ now() }}', '{"x":"a"}');
SELECT prompt.render('{{ datetime.now() }}', '{"x":"a"}');
SELECT prompt.render('{{ user.profile.name }}', '{"user":{}}');
SELECT prompt.render('{{ usr.name }}', '{"user":{}}');
SELECT prompt.render('{{ x }}', '{}', undefined_mode => 'strict');
SELECT prompt.render('{{ naem }}', '{"name":1}', undefined_mode => 'strict');
SELECT prompt.render('{{ "a" + 1 }}', '{}');
SELECT prompt.render('{{ x + 1 }}', '{"x":"1"}');
SELECT prompt.render('{{ x / 0 }}', '{"x":1}');
SELECT prompt.render('{{ x[0] }} {{ x["a }}', '{"x":1}');
SELECT prompt.render('{{ "abc }}', '{"x":1}');
SELECT prompt.render('{# never closed', '{"x":1}');
SELECT prompt.render('{% raw %}never closed', '{"x":1}');
SELECT prompt.render('{% set x %}never closed', '{"x":1}');
SELECT prompt.render('{% macro m() %}{% endmacro %}{{ m(1) }}', '{"x":1}');
SELECT prompt.render('{{ x | default }} {{ x | replace("a") }}', '{"x":"1"}');
SELECT prompt.render('{% include "a.txt" %}', '{"x":1}');
SELECT prompt.render('{% trans %}x{% endtrans %}', '{"x":1}');
SELECT prompt.render('{% debug %}', '{"x":1}');
SELECT prompt.render('{% inlcude "a" %}', '{"x":1}');
SELECT prompt.render('{{ lambda x: x }}', '{"x":1}');
SELECT prompt.render('{{ [x for x in y] }}', '{"x":1}');
SELECT prompt.render('{{ f"{x}" }}', '{"x":1}');
SELECT prompt.render('{{ raise_exception("No!") }}', '{"x":1}');
SELECT prompt.render('{{ strftime_now("%Y") }}', '{"x":1}');
SELECT prompt.render('{{ x[1:2:3:4] }}', '{"x":1}');
SELECT prompt.render('{{ 1 2 }}', '{"x":1}');
SELECT prompt.render('{{ }}', '{"x":1}');
SELECT prompt.render('{% %}', '{"x":1}');
SELECT prompt.render('{{ a b }}', '{"x":1}');
SELECT prompt.render('{{ name.first name }}', '{"x":1}');
SELECT prompt.render('{{ user-name }}', '{"user-name":1}');
SELECT prompt.render('{{ $name }}', '{"name":1}');
SELECT prompt.render('{{#if x}}a{{/if}}', '{"name":1}');
SELECT prompt.render('{{ #if x }}', '{"name":1}');
SELECT prompt.render('{{> partial }}', '{"name":1}');
SELECT prompt.render('{{ loop.index }}', '{"name":1}');
SELECT prompt.render('{% break %}', '{"name":1}');
SELECT prompt.render('{% block a %}{% endblock %}{% block a %}{% endblock %}', '{"name":1}');
SELECT prompt.render('{% extends "x" %}{% extends "y" %}', '{"name":1}');
SELECT prompt.render('{{ super() }}', '{"name":1}');
SELECT prompt.render('{% set x.y = 1 %}', '{"x":{}}');
SELECT prompt.render('{% for x in 5 %}{% endfor %}', '{"x":{}}');
SELECT prompt.render('{% for k, v in d %}{% endfor %}', '{"d":{"abc":1}}');
SELECT prompt.render('{{ "%d" | format("x") }}', '{"d":{"abc":1}}');
SELECT prompt.render('{{ "{:d}".format("x") }}', '{"d":{"abc":1}}');

-- f-string
SELECT prompt.render('{"a": "{q}"}', '{"q":1}', 'f-string');
SELECT prompt.render('{q', '{"q":1}', 'f-string');
SELECT prompt.render('q}', '{"q":1}', 'f-string');
SELECT prompt.render('{}', '{"q":1}', 'f-string');
SELECT prompt.render('{q.a}', '{"q":1}', 'f-string');
SELECT prompt.render('{q!z}', '{"q":1}', 'f-string');
SELECT prompt.render('{q + 1}', '{"q":1}', 'f-string');
SELECT prompt.render('{ q }', '{"q":1}', 'f-string');
SELECT prompt.render('{qq}', '{"q":1}', 'f-string');
SELECT prompt.render('{% if x %}a{% endif %}', '{"q":1}', 'f-string');

-- handlebars
SELECT prompt.render('{{#each items}}x', '{"q":1}', 'handlebars');
SELECT prompt.render('{{#each items}}x{{/if}}', '{"q":1}', 'handlebars');
SELECT prompt.render('{{/each}}', '{"q":1}', 'handlebars');
SELECT prompt.render('{{else}}', '{"q":1}', 'handlebars');
SELECT prompt.render('{{#if a == b}}x{{/if}}', '{"q":1}', 'handlebars');
SELECT prompt.render('{{#if (eq a b)}}x{{/if}}', '{"q":1}', 'handlebars');
SELECT prompt.render('{{name | upper}}', '{"q":1}', 'handlebars');
SELECT prompt.render('{{name}', '{"q":1}', 'handlebars');
SELECT prompt.render('{{uppercase name}}', '{"q":1}', 'handlebars');
SELECT prompt.render('{{a..b}}', '{"q":1}', 'handlebars');
SELECT prompt.render('{{items[0]}}', '{"q":1}', 'handlebars');

-- mustache
SELECT prompt.render('{{#a}}x{{/b}}', '{"q":1}', 'mustache');
SELECT prompt.render('{{#a}}x', '{"q":1}', 'mustache');
SELECT prompt.render('{{=<% %>', '{"q":1}', 'mustache');
SELECT prompt.render('{{name', '{"q":1}', 'mustache');

-- Far into a long text, on a long line, and below a prompt that includes it.
SELECT prompt.render(E'line 1\nline 2\n' || repeat('é', 100) || '{{ x | uper }}' || repeat('ü', 100) || E'\nline 4', '{}');
SELECT prompt.render(E'a\n\tb {{ x.\n', '{}');
-- What a declaration says of a call: all of it at once.
SELECT prompt.create_prompt('mistakes', '{{ a }}{{ b }}{{ c }}', strict => true, variables => '[{"name": "a", "type": "integer"},
    {"name": "b", "validation": "^[a-z]+$"}, {"name": "d"}]') IS NOT NULL AS created;
SELECT prompt.get_prompt('mistakes', '{"a": "x", "b": "B7", "e": 1}', version => 1);
DELETE FROM prompt.prompt_templates WHERE name = 'mistakes';
