-- Stored prompts that include stored prompts.
\set SHOW_CONTEXT never
\set VERBOSITY default
-- A database of its own: the other tests' prompts would be in the lists.
SELECT current_database() AS before \gset
CREATE DATABASE includes_regression TEMPLATE template0;
\c includes_regression
SET client_min_messages = warning;
CREATE EXTENSION pg_prompt;
DO $$ BEGIN PERFORM prompt.install(); END $$;
CREATE FUNCTION store(name text, template text, format text DEFAULT 'jinja2') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM prompt.create_prompt(name, template, format);
    PERFORM prompt.activate_version(name, 1);
END $$;
CREATE FUNCTION say(name text, variables jsonb DEFAULT '{}') RETURNS text LANGUAGE sql
    AS $$ SELECT rendered_prompt FROM prompt.get_prompt(name, variables) $$;
SELECT store('shared/tone', 'Be kind to {{ who }}.');
SELECT store('macros', '{% macro hi(x) %}Hi {{ x }}{% endmacro %}{% set name = "macros" %}');
SELECT store('base', '<{% block body %}base{% endblock %}>');

-- Every way of naming another prompt, in every format.
SELECT store('by-include', '{% include "shared/tone" %} {% include "shared/tone@1" %} {% include "shared/tone@production" %}');
SELECT store('by-import', '{% import "macros" as m %}{{ m.hi("A") }} {{ m.name }} {% from "macros" import hi as hello %}{{ hello("B") }}');
SELECT store('by-extends', '{% extends "base" %}{% block body %}child of {{ super() }}{% endblock %}');
SELECT store('by-handlebars', '{{> shared/tone}} {{> shared/tone@1 who="me"}}', 'handlebars');
SELECT store('by-mustache', E'{{#people}}\n  {{> shared/tone}}\n{{/people}}', 'mustache');
SELECT store('by-choice', '{% include ["nope", "shared/tone"] %}{% include "nope" ignore missing %}{% include which %}');
SELECT say('by-include', '{"who": "Ada"}');
SELECT say('by-import');
SELECT say('by-extends');
SELECT say('by-handlebars', '{"who": "Ada"}');
SELECT say('by-mustache', '{"people": [{"who": "Ada"}, {"who": "Bob"}]}');
SELECT say('by-choice', '{"who": "Ada", "which": "shared/tone@1"}');
SELECT name, template_format, includes FROM prompt.prompt_templates ORDER BY name COLLATE "C";

-- A label, the latest version, and what is served after an activation.
SELECT prompt.create_version('shared/tone', 'Be brief with {{ who }}.') IS NOT NULL AS version_2;
SELECT prompt.set_label('shared/tone', 2, 'next') IS NOT NULL AS labelled;
SELECT store('by-label', '{% include "shared/tone" %} {% include "shared/tone@next" %} {% include "shared/tone@latest" %}');
SELECT say('by-label', '{"who": "Ada"}');
SELECT prompt.activate_version('shared/tone', 2) IS NOT NULL AS activated;
SELECT say('by-label', '{"who": "Ada"}');
SELECT say('by-include', '{"who": "Ada"}');

-- What the included prompts declare holds for what the including one does not: one error names all that does not hold.
SELECT prompt.create_prompt('shared/order', 'Order {{ id }} of {{ who }} in {{ unit }}{% if note %} ({{ note }}){% endif %}',
    variables => '[{"name": "id", "type": "integer"}, "who", {"name": "note", "required": false}, {"name": "unit", "default": "EUR"}]') IS NOT NULL AS created;
SELECT prompt.activate_version('shared/order', 1) IS NOT NULL AS activated;
SELECT store('orders', '{{ greeting }}: {% include "shared/order" %}');
SELECT say('orders', '{"greeting": "Hi", "id": 7, "who": "Ada"}');
SELECT say('orders', '{"id": "seven"}');
SELECT store('own-order', '{% set who = "Bob" %}{% include "shared/order" %}');
SELECT say('own-order', '{"id": 7}');
SELECT say('own-order');
SELECT store('order-of-context', '{{#with order}}{{> shared/order}}{{/with}}', 'handlebars');
SELECT say('order-of-context', '{"order": {"id": 7, "who": "Ada"}}');
DELETE FROM prompt.prompt_templates WHERE name IN ('orders', 'own-order', 'order-of-context');
DELETE FROM prompt.prompt_templates WHERE name = 'shared/order';

-- The newline behind an include goes, unless the tag says otherwise; of a version and a label the version counts.
SELECT store('lines', E'{% include "shared/tone" %}\nA\n{% include "shared/tone" +%}\nB');
SELECT say('lines', '{"who": "Ada"}');
SELECT template_version FROM prompt.get_prompt('shared/tone', '{"who": "Ada"}', version => 1, label => 'next');
SELECT template_version FROM prompt.render_prompt('shared/tone', '{"who": "Ada"}', version => 1, label => 'no such');
DELETE FROM prompt.prompt_templates WHERE name = 'lines';

-- A name that is too long for one.
SELECT store('asks-much', '{% include which * 100000 %}');
SELECT say('asks-much', '{"which": "n"}');
DELETE FROM prompt.prompt_templates WHERE name = 'asks-much';

-- What does not exist, and why.
SELECT store('asks', '{% include which %}');
SELECT say('asks', '{"which": "nothing"}');
SELECT say('asks', '{"which": "shared/tone@7"}');
SELECT say('asks', '{"which": "shared/tone@none"}');
SELECT prompt.create_prompt('draft-only', 'x') IS NOT NULL AS created;
SELECT say('asks', '{"which": "draft-only"}');
SELECT prompt.create_prompt('talk', prompt_type => 'chat', messages => '[{"role": "user", "content": "x"}]') IS NOT NULL AS created;
SELECT prompt.activate_version('talk', 1) IS NOT NULL AS activated;
SELECT say('asks', '{"which": "talk"}');
SELECT say('asks', '{"which": 7}');
SELECT prompt.create_prompt('bar', '{{> nothing}}', 'handlebars') IS NOT NULL AS created;
SELECT prompt.activate_version('bar', 1) IS NOT NULL AS activated;
SELECT say('bar');

-- Cycles are named by their chain before anything is rendered; recursion that ends is none.
SELECT store('a', 'A{% include "b" %}');
SELECT store('b', '{% with x = 1 %}{% include "c" %}{% endwith %}');
SELECT store('c', '{% import "a" as a %}');
SELECT say('a');
SELECT say('b');
SELECT store('narcissus', '{{> narcissus}}', 'handlebars');
SELECT say('narcissus');
SELECT store('x1', '{% extends "x2" %}');
SELECT store('x2', '{% extends "x1" %}');
SELECT say('x1');
SELECT store('countdown', '{{ n }} {% if n > 0 %}{% set n = n - 1 %}{% include "countdown" %}{% endif %}');
SELECT say('countdown', '{"n": 5}');
SELECT say('countdown', '{"n": 1000}');
SELECT store('tree', '({{name}}{{#each children}} {{> tree}}{{/each}})', 'handlebars');
SELECT say('tree', '{"name": "a", "children": [{"name": "b", "children": []}, {"name": "c", "children": [{"name": "d"}]}]}');
DELETE FROM prompt.prompt_templates WHERE name IN ('a', 'b', 'c', 'narcissus', 'x1', 'x2');

-- What is included stays.
\set VERBOSITY sqlstate
DELETE FROM prompt.prompt_templates WHERE name = 'base';
\set VERBOSITY default
DELETE FROM prompt.prompt_templates WHERE name = 'base';
SELECT store('pair', 'one'), store('by-number', '{% include "pair@2" %}'), store('by-name', '{% include "pair" %}');
SELECT prompt.create_version('pair', 'two') IS NOT NULL AS version_2;
DELETE FROM prompt.prompt_templates WHERE name = 'pair' AND version = 2;
SELECT prompt.set_status(id, 'archived') IS NOT NULL AS archived FROM prompt.prompt_templates WHERE name = 'by-number';
SELECT prompt.activate_version('pair', 2) IS NOT NULL AS activated;
DELETE FROM prompt.prompt_templates WHERE name = 'pair' AND version = 2;
SELECT prompt.activate_version('pair', 1) IS NOT NULL AS activated;
DELETE FROM prompt.prompt_templates WHERE name = 'pair' AND version = 2;
DELETE FROM prompt.prompt_labels WHERE label = 'next';
SELECT prompt.remove_label('shared/tone', 'next');
SELECT prompt.deactivate_prompt('base');
SELECT prompt.set_status(id, 'archived') FROM prompt.prompt_templates WHERE name = 'macros';
-- A draft cannot be renamed away either, and an edited draft includes what it includes now.
SELECT store('other', 'other');
SELECT prompt.create_prompt('part', 'part') AS part, prompt.create_prompt('whole', '{% include "part" %}') AS whole \gset
UPDATE prompt.prompt_templates SET name = 'renamed' WHERE id = :'part';
DELETE FROM prompt.prompt_templates WHERE id = :'part';
SELECT prompt.update_draft(:'whole', template_text => '{% include "other" %}') = :'whole' AS updated;
DELETE FROM prompt.prompt_templates WHERE id = :'part';
SELECT includes FROM prompt.prompt_templates WHERE id = :'whole';
UPDATE prompt.prompt_templates SET includes = '{}' WHERE id = :'whole' RETURNING includes;
-- A version that nobody's template names can go, and so can anything once what includes it is archived or goes with it.
SELECT prompt.create_version('base', 'new') IS NOT NULL AS version_2;
DELETE FROM prompt.prompt_templates WHERE name = 'base' AND version = 2;
SELECT prompt.set_status(id, 'archived') IS NOT NULL AS archived FROM prompt.prompt_templates WHERE name = 'by-extends';
DELETE FROM prompt.prompt_templates WHERE name = 'base';
DELETE FROM prompt.prompt_templates WHERE name IN ('macros', 'by-import');

-- Tenants: one's own prompt goes before the shared one, in includes, too.
SET prompt.tenant_id = 'acme';
SELECT say('by-include', '{"who": "Ada"}');
SELECT store('shared/tone', 'Be formal with {{ who }}.');
SELECT say('by-include', '{"who": "Ada"}');
SELECT store('mine', '{% include "shared/tone" %}{% include "other" %}');
RESET prompt.tenant_id;
SELECT say('by-include', '{"who": "Ada"}');
-- A tenant's includes hold the shared prompts; its own may go where a shared one takes its place.
DELETE FROM prompt.prompt_templates WHERE name = 'other';
DELETE FROM prompt.prompt_templates WHERE name = 'shared/tone' AND tenant_id = 'acme';

-- An exported prompt says nothing of what it includes but in its text.
SELECT prompt.export_prompt('by-include') -> 'versions' -> 0 ? 'includes' AS exported;
SELECT prompt.import_prompt(prompt.export_prompt('by-include') || '{"name": "copy"}');
SELECT includes FROM prompt.prompt_templates WHERE name = 'copy';

-- What an included prompt declares as defaults holds where the prompt itself declares nothing of the name.
SELECT prompt.create_prompt('polite', '{{ greeting }}, {{ style }}', variables => '[{"name": "greeting", "default": "Hello"},
    {"name": "style", "default": "formal"}]') IS NOT NULL AND prompt.activate_version('polite', 1) IS NOT NULL AS stored;
SELECT store('by-default', '{% include "polite" %}!');
SELECT prompt.create_prompt('by-own-default', '{% include "polite" %}! {{ style }}', strict => true,
    variables => '[{"name": "style", "default": "own"}]') IS NOT NULL AND prompt.activate_version('by-own-default', 1) IS NOT NULL AS stored;
SELECT say('by-default'), say('by-default', '{"greeting": "Hi"}'), say('by-own-default'), say('by-own-default', '{"greeting": "Hi"}');

-- strftime_now tells now() in the session's time zone.
SET timezone = 'Asia/Kolkata';
SELECT store('clock', '{{ strftime_now("%Y-%m-%d %H:%M:%S %Z %z") }}');
SELECT say('clock') = to_char(now(), 'YYYY-MM-DD HH24:MI:SS "IST +0530"') AS same;
RESET timezone;
\c :before
DROP DATABASE includes_regression;
