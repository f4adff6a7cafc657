-- Prompts and their versions.
\set SHOW_CONTEXT never
CREATE FUNCTION pg_temp.versions(prompt_name text) RETURNS TABLE (version int, semver text, status text, parent int, change text)
    LANGUAGE sql AS $$
    SELECT t.version, t.semver, t.status, p.version, t.change_description
      FROM prompt.prompt_templates t LEFT JOIN prompt.prompt_templates p ON p.id = t.parent_version_id
     WHERE t.name = prompt_name ORDER BY t.version $$;

SELECT prompt.create_prompt('shop/welcome', 'Welcome, {{ name }}!', tags => '{shop,greeting}', category => 'shop',
                            description => 'First contact') IS NOT NULL AS created;
SELECT prompt.create_version('shop/welcome', 'Hello {{ name | default("there") }}!', 'Friendlier', 'minor') IS NOT NULL AS created;
SELECT prompt.create_version('shop/welcome', 'Hi {{ name }} from {{ city }}!', 'Names the city', 'major') IS NOT NULL AS created;
SELECT * FROM pg_temp.versions('shop/welcome');
SELECT version, variables FROM prompt.prompt_templates WHERE name = 'shop/welcome' ORDER BY version;

-- Nothing is in production until it is activated.
SELECT * FROM prompt.get_prompt('shop/welcome', '{"name": "Ada"}');
SELECT prompt.activate_version('shop/welcome', 1) IS NOT NULL AS activated;
SELECT rendered_prompt, template_version FROM prompt.get_prompt('shop/welcome', '{"name": "Ada"}');
SELECT prompt.activate_version('shop/welcome', 2) IS NOT NULL AS activated;
SELECT rendered_prompt, template_version FROM prompt.get_prompt('shop/welcome', '{}');
SELECT prompt.rollback_to_version('shop/welcome', 1, 'Too friendly') IS NOT NULL AS rolled_back;
SELECT * FROM pg_temp.versions('shop/welcome');
SELECT prompt.rollback_to_version('shop/welcome', 2, 'Friendly again', as_new_version => true) IS NOT NULL AS rolled_back;
SELECT * FROM pg_temp.versions('shop/welcome');
SELECT count(*) FROM prompt.prompt_templates WHERE name = 'shop/welcome' AND is_active;
SELECT version, activated_at IS NOT NULL AS activated, deactivated_at IS NOT NULL AS deactivated
  FROM prompt.prompt_templates WHERE name = 'shop/welcome' ORDER BY version;

-- Labels, and the computed ones.
SELECT prompt.set_label('shop/welcome', 3, 'staging') IS NOT NULL AS labelled;
SELECT rendered_prompt FROM prompt.get_prompt('shop/welcome', '{"name": "Ada", "city": "Turin"}', label => 'staging');
SELECT template_version FROM prompt.get_active_prompt('shop/welcome', label => 'latest');
SELECT template_version FROM prompt.get_active_prompt('shop/welcome', label => 'production');
SELECT template_version FROM prompt.get_active_prompt('shop/welcome', version => 2);
SELECT prompt.set_label('shop/welcome', 3, 'latest');
SELECT prompt.set_label('shop/welcome', 3, '2');
SELECT prompt.remove_label('shop/welcome', 'staging'), prompt.remove_label('shop/welcome', 'staging');
SELECT * FROM prompt.get_prompt('shop/welcome', '{}', label => 'staging');

-- What has left draft cannot be edited, by whatever way.
SELECT prompt.update_draft(id, 'Hey {{ name }} in {{ city }}') IS NOT NULL AS updated FROM prompt.prompt_templates
 WHERE name = 'shop/welcome' AND version = 3;
UPDATE prompt.prompt_templates SET template_text = 'Gone' WHERE name = 'shop/welcome' AND version = 1;
UPDATE prompt.prompt_templates SET id = gen_random_uuid() WHERE name = 'shop/welcome' AND version = 1;
UPDATE prompt.prompt_templates SET status = 'draft' WHERE name = 'shop/welcome' AND version = 1;
SELECT prompt.update_draft(id, 'Gone') FROM prompt.prompt_templates WHERE name = 'shop/welcome' AND version = 1;
UPDATE prompt.prompt_templates SET description = 'Descriptions are free' WHERE name = 'shop/welcome' AND version = 1;
INSERT INTO prompt.prompt_templates (name, version, template_text, status) VALUES ('shop/welcome', 9, 'x', 'production');

-- What changed between two versions.
SELECT jsonb_pretty(prompt.compare_versions('shop/welcome', 1, 3) - 'metrics' - 'diff');
\pset format unaligned
\pset tuples_only on
SELECT prompt.compare_versions('shop/welcome', 1, 3) ->> 'diff';
\pset tuples_only off
\pset format aligned

SELECT name, prompt_type, category, tags, latest_version, production_version, description FROM prompt.list_prompts(tags => '{greeting}');
SELECT count(*) FROM prompt.list_prompts(category => 'none');

-- Out and in again.
CREATE TEMP TABLE exported AS SELECT prompt.export_prompt('shop/welcome') AS document;
SELECT prompt.import_prompt(document || '{"name": "copy"}') FROM exported;
SELECT (SELECT array_agg((version, status, template_text, variables)::text ORDER BY version) FROM prompt.prompt_templates WHERE name = 'shop/welcome')
     = (SELECT array_agg((version, status, template_text, variables)::text ORDER BY version) FROM prompt.prompt_templates WHERE name = 'copy') AS equal;
SELECT prompt.import_prompt(document) FROM exported;
SELECT prompt.import_prompt('{}');
SELECT prompt.import_prompt('{"name": "q", "versions": [{"version": 0, "template_text": "a"}]}');
SELECT prompt.import_prompt('{"name": "q", "versions": [{"template_text": "a"}]}');
SELECT prompt.import_prompt('{"name": "q", "versions": [{"version": 1, "template_text": "a", "prompt_type": "sytem"}]}');
SELECT prompt.import_prompt('{"name": "q", "versions": []}');

SELECT prompt.deactivate_prompt('copy') IS NOT NULL AS deactivated, prompt.deactivate_prompt('copy') IS NULL AS was_not_active;
SELECT prompt.set_status(id, 'archived') IS NOT NULL AS archived FROM prompt.prompt_templates WHERE name = 'copy' AND version = 1;
SELECT prompt.activate_version('copy', 1);

-- Bad input.
SELECT prompt.create_prompt('', 'x');
SELECT prompt.create_prompt(repeat('x', 10000), 'x');
SELECT prompt.create_prompt('a//b', 'x');
SELECT prompt.create_prompt(' a', 'x');
SELECT prompt.create_prompt('a@b', 'x');
SELECT prompt.create_prompt(E'a\tb', 'x');
SELECT prompt.create_prompt(NULL, 'x');
SELECT prompt.create_prompt('shop/welcome', 'x');
SELECT prompt.create_prompt('new', E'line one\nHello {{ name }');
SELECT prompt.create_prompt('new', E'{% if x %}\nnever ended');
SELECT prompt.create_prompt('new', 'x', template_format => 'liquid');
SELECT prompt.create_prompt('new', 'x', prompt_type => 'poem');
SELECT prompt.create_prompt('new', prompt_type => 'chat');
SELECT prompt.create_prompt('new', 'x', variables => '{"a": 1}');
SELECT prompt.create_prompt('new', 'x', variables => '[{"name": "a", "type": "text"}]');
SELECT prompt.create_prompt('new', 'x', variables => '[{"name": "a", "validation": "(?=x)"}]');
SELECT prompt.create_version('shop/welcom', 'x');
SELECT prompt.create_version('nowhere', 'x');
SELECT prompt.create_version('shop/welcome', 'x', bump => 'huge');
SELECT prompt.activate_version('shop/welcome', 77);
SELECT prompt.activate_version('nowhere', 1);
SELECT prompt.rollback_to_version('shop/welcome', 0);
SELECT prompt.set_status('00000000-0000-0000-0000-000000000000', 'review');
SELECT prompt.set_status('00000000-0000-0000-0000-000000000000', 'retired');
SELECT count(*) AS half_written FROM prompt.prompt_templates WHERE name IN ('new', '', 'a//b', ' a', 'a@b');
UPDATE prompt.prompt_templates SET status = 'production' WHERE name = 'shop/welcome' AND version = 2;

-- the cost of a version does not grow with how many there are
SET statement_timeout = '20s';
DO $$ BEGIN PERFORM prompt.create_prompt('shop/often', 'x'); FOR i IN 1 .. 1000 LOOP PERFORM prompt.create_version('shop/often', 'x' || i); END LOOP; END $$;
RESET statement_timeout;
SELECT max(version) AS version, max(semver) FILTER (WHERE version = 1001) AS semver FROM prompt.prompt_templates WHERE name = 'shop/often';
DELETE FROM prompt.prompt_templates WHERE name = 'shop/often';
