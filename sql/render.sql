-- render(): the three front ends, in their common forms.
\set SHOW_CONTEXT never
SELECT prompt.render('Hello {{ name }}!', '{"name": "Ada"}');
SELECT prompt.render('no variables');
SELECT prompt.render('{{ a | upper }} {{ b | trim }} {{ c | default("none") }} {{ d | length }} {{ d | join("-") }} {{ e | tojson }} {{ a | lower }}',
                     '{"a": "Abc", "b": "  x  ", "d": [1, 2, 3], "e": {"k": [true, null, 1.5]}}');
SELECT prompt.render('{% if x > 2 %}big{% elif x > 1 %}middle{% else %}small{% endif %}', jsonb_build_object('x', x))
  FROM generate_series(1, 3) AS x;
SELECT prompt.render($$
{%- for p in people %}
{{ loop.index }}/{{ loop.length }} {{ p.name }}{{ ", first" if loop.first }}{{ ", last" if loop.last }}
{% else %}
nobody
{% endfor %}
{# a comment #}
{% set total = people | length %}
{{ total }} in all$$, '{"people": [{"name": "Ada"}, {"name": "Grace"}]}');
SELECT prompt.render(E'a\n   {%- set x = 1 -%}   \nb');
SELECT prompt.render('{{#if user}}Hi {{user.name}}{{else}}Hi{{/if}}{{#each items}} {{@index}}:{{this}}{{/each}}',
                     '{"user": {"name": "Ada"}, "items": ["x", "y"]}', 'handlebars');
SELECT prompt.render('{{#people}}{{name}}{{^last}}, {{/last}}{{/people}}', '{"people": [{"name": "Ada"}, {"name": "Grace", "last": true}]}', 'mustache');
SELECT prompt.render('Hello {name}, {{literally}}', '{"name": "Ada"}', 'f-string');

-- Keys in order by json and literals, sorted by jsonb.
SELECT prompt.render('{% for k in v %}{{ k }} {% endfor %}', '{"v": {"zz": 1, "a": 2}}'::json) AS json,
       prompt.render('{% for k in v %}{{ k }} {% endfor %}', '{"v": {"zz": 1, "a": 2}}') AS literal,
       prompt.render('{% for k in v %}{{ k }} {% endfor %}', '{"v": {"zz": 1, "a": 2}}'::jsonb) AS jsonb;

-- Numbers survive jsonb: large, small, negative, with fractions.
SELECT prompt.render('{{ v | join(" ") }}',
    '{"v": [0, -1, 42, 9999, 10000, 10001, -123456789012, 9223372036854775807, -9223372036854775808,
            9223372036854775808, 123456789012345678901234567890, 1.5, -0.25, 0.001, 1e15, 1.0]}'::jsonb);

-- Values are data.
SELECT prompt.render('{{ x }}', '{"x": "{{ 7 * 7 }} {% if %}"}');
-- Nothing is escaped, unless asked for.
SELECT prompt.render('{{ x }} {{ x | e }}', '{"x": "<b> & \"q\""}');

-- strict names every missing and every surplus variable.
SELECT prompt.render('{{ a }}{{ b }}', '{"c": 1, "d": 2}', strict => true);
SELECT prompt.render('{{ a }}', '{"a": 1}', strict => true);

-- Bad input.
SELECT prompt.render('{{#if x}}', '{}', 'handlebars');
SELECT prompt.render('{{shout x}}', '{}', 'handlebars');
SELECT prompt.render('{"json": 1}', '{}', 'f-string');
SELECT prompt.render(E'first line\nHello {{ name }\nlast', '{}');
SELECT prompt.render('{{ x | uper }}', '{}');
SELECT prompt.render('{% for x in y %}', '{}');
SELECT prompt.render('x', '[1, 2]');
SELECT prompt.render('x', '"text"'::jsonb);
SELECT prompt.render('x', '{"a": }');
SELECT prompt.render('x', '{}', 'liquid');
SELECT prompt.render('x', '{}', undefined_mode => 'silent');
SELECT prompt.render(NULL::text, '{}'::jsonb);
SELECT prompt.render('{% include "other" %}', '{}');
SET prompt.max_output_bytes = '4kB';
SELECT prompt.render('{% for i in range(1000) %}{{ "x" * 100 }}{% endfor %}', '{}');
RESET prompt.max_output_bytes;
SET prompt.max_render_steps = 1000;
SELECT prompt.render('{% for i in range(100000) %}{% endfor %}', '{}');
RESET prompt.max_render_steps;

SELECT * FROM prompt.template_variables('{{ user.name }} {{ x | default(1) }} {% if y %}{{ y }}{% endif %} {% for i in items %}{{ i.id }}{% endfor %}');
EXPLAIN (COSTS OFF, VERBOSE) SELECT prompt.render('{{ 1 + 1 }}');

-- Times that strftime_now cannot tell.
SELECT prompt.render('{{ strftime_now("%Y-%m-%d") }}', '{}', now => 'infinity');
SELECT prompt.render('{{ strftime_now("%Y-%m-%d") }}', '{}', now => '294276-12-31 00:00Z');
SELECT prompt.render('{{ strftime_now("%Y-%m-%d") }}', '{}', now => '9999-12-31 23:59:59Z') AS late, prompt.render('{{ strftime_now("%Y-%m-%d %G-W%V") }}', '{}', now => '2026-07-26 12:00Z') AS a_sunday;

-- Numbers beyond floating point's range.
SELECT prompt.render('{{ x }}', json '{"x": 1e400}');
SELECT length(prompt.render('{{ x }}', jsonb '{"x": 1e400}'));
