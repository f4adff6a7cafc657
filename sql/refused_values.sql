-- Values that no row can have are refused before a row is there: the server would print it in the error.
\set SHOW_CONTEXT never
SET prompt.log_content = 'none';
SELECT prompt.create_prompt('values', 'my {{ secret }}') AS v1 \gset
SELECT prompt.activate_version('values', 1) = :'v1' AS activated;
SELECT execution_id AS e FROM prompt.render_prompt('values', '{"secret": "hunter2"}') \gset
SELECT prompt.complete_execution(:'e', 'success', conversion_metric => 'NaN');
SELECT prompt.complete_execution(:'e', 'success', conversion_metric => '-Infinity');
SELECT prompt.complete_execution(:'e', 'success', conversion_metric => 1e15);
SELECT prompt.record_execution(:'v1', rendered_prompt => 'my hunter2', conversion_metric => 'NaN');
SELECT prompt.record_execution(:'v1', rendered_prompt => 'my hunter2', variant => 'short');
SELECT prompt.record_execution(:'v1', variables_used => '["hunter2"]');
SELECT prompt.record_execution(:'v1', metadata => '["hunter2"]');
SELECT prompt.record_execution(:'v1', model_config => '"hunter2"');
SELECT prompt.render_prompt('values', '{"secret": "hunter2"}', metadata => '5');
SELECT prompt.create_prompt('values2', 'hunter2', model_config => '[]');
SELECT prompt.create_version('values', 'hunter2', model_config => '[]');
SELECT prompt.update_draft(prompt.create_version('values', 'hunter2'), model_config => '[]');
SELECT prompt.record_conversion(:'e', 'NaN');
SELECT blocked FROM prompt.complete_execution(:'e', 'success', conversion_metric => 999999999999999.9);
SELECT prompt.record_execution(:'v1', conversion_metric => -1, variables_used => '{}', metadata => '{}', model_config => '{}') IS NOT NULL AS recorded;
SELECT count(*), sum(conversion_metric) FROM prompt.prompt_executions WHERE template_id = :'v1';
RESET prompt.log_content;
DELETE FROM prompt.prompt_executions WHERE template_id = :'v1';
DELETE FROM prompt.prompt_templates WHERE name = 'values';

-- Names that look like others: invisible characters, in functions and in the tables.
SELECT prompt.create_prompt(E'wel\u200Bcome', 'x');
SELECT prompt.create_guardrail(E'no \u202Esecrets', 'keyword', '{"keywords": ["x"]}');
SELECT prompt.create_prompt('visible', 'x') IS NOT NULL AS created;
SELECT prompt.create_experiment('visible', 'visible', E'[{"name": "a\u2060", "version": 1, "weight": 50}, {"name": "b", "version": 1, "weight": 50}]',
    'success_rate');
\set VERBOSITY terse
INSERT INTO prompt.prompt_templates (name, template_text) VALUES (E'wel\u200Bcome', 'x');
INSERT INTO prompt.prompt_guardrails (name, rule_type, rule_config) VALUES (E'a\uFEFF', 'keyword', '{"keywords": ["x"]}');
INSERT INTO prompt.ab_test_experiments (name, prompt_name, primary_metric, layer) VALUES (E'a\u2800', 'visible', 'rating', 'l');
UPDATE prompt.prompt_templates SET name = E'visible\u3164' WHERE name = 'visible';
\set VERBOSITY default
SELECT prompt.create_prompt(E'a\u00A0b', 'x');
SELECT prompt.create_prompt('a  b', 'x');
-- Joiners that a script or an emoji needs are none of them.
SELECT count(prompt.create_prompt(name, 'x')) AS created
  FROM unnest(ARRAY['größe/价格', E'می\u200Cخواهم', E'क्\u200Dष', E'👩\u200D💻 team', E'❤\uFE0F']) AS name;
DELETE FROM prompt.prompt_templates WHERE template_text = 'x' AND name NOT IN ('visible', 'größe/价格');
-- Names from before: served, and told by install().
BEGIN;
ALTER TABLE prompt.prompt_templates DISABLE TRIGGER USER;
INSERT INTO prompt.prompt_templates (name, template_text, status) VALUES (E'wel\u200Bcome', 'served', 'production');
SELECT prompt.install();
UPDATE prompt.prompt_templates SET description = 'old' WHERE name = E'wel\u200Bcome';
SELECT rendered_prompt FROM prompt.get_prompt(E'wel\u200Bcome');
ROLLBACK;

-- Times that no call had, and readings of more rows than anybody reads.
DO $$
DECLARE
    at timestamptz;
    violated text;
BEGIN
    FOREACH at IN ARRAY '{infinity,-infinity,0026-01-01Z,4026-01-01Z,2024-03-01Z}'::timestamptz[] LOOP
        violated := NULL;
        BEGIN
            INSERT INTO prompt.prompt_executions (template_id, status, created_at)
            SELECT id, 'success', at FROM prompt.prompt_templates WHERE name = 'visible';
        EXCEPTION WHEN check_violation THEN
            GET STACKED DIAGNOSTICS violated = CONSTRAINT_NAME;
        END;
        RAISE NOTICE '%: %', at, coalesce(violated, 'stored');
    END LOOP;
END $$;
SELECT prompt.record_execution(id, response_text => 'hunter2', created_at => '4026-01-01Z') FROM prompt.prompt_templates WHERE name = 'visible';
SELECT prompt.record_execution(id, created_at => '1960-01-01Z') FROM prompt.prompt_templates WHERE name = 'visible';
SELECT prompt.record_execution(id, created_at => '1960-01-01Z', execution_id => prompt.uuid_v7()) IS NOT NULL AS recorded
  FROM prompt.prompt_templates WHERE name = 'visible';
SELECT * FROM prompt.template_performance('visible', '1970-01-01Z', 'minute');
SELECT count(*) > 10000 AS in_days FROM prompt.template_performance('visible', '1990-01-01Z', 'day');

-- A version with the last number there is keeps nobody from the next.
DELETE FROM prompt.prompt_executions WHERE template_id = (SELECT id FROM prompt.prompt_templates WHERE name = 'visible');
INSERT INTO prompt.prompt_templates (name, version, template_text) VALUES ('visible', 2147483647, 'x');
SELECT count(id) AS created FROM (SELECT prompt.create_version('visible', 'y') UNION ALL SELECT prompt.create_version('visible', 'z')) AS v (id);
SELECT version, template_text FROM prompt.prompt_templates WHERE name = 'visible' ORDER BY version;

-- What is null or alone is said in words.
SELECT prompt.activate_version('größe/价格', 2);
SELECT prompt.create_experiment('visible', 'visible', '[{"name": "a", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]',
    'success_rate') IS NOT NULL AS created;
SELECT prompt.start_experiment('visible') IS NOT NULL AS started;
SELECT prompt.force_variant('visible', NULL, 'a');
SELECT prompt.force_variant('visible', '', 'a');
SELECT prompt.set_allocation('visible', '{"a": null, "b": 50}');

-- What an experiment serves does not leave production by an UPDATE either; another version may take its place.
SELECT prompt.activate_version('visible', 1) IS NOT NULL AS activated;
UPDATE prompt.prompt_templates SET status = 'deprecated' WHERE name = 'visible' AND status = 'production';
BEGIN;
UPDATE prompt.prompt_templates SET status = 'deprecated' WHERE name = 'visible' AND status = 'production';
UPDATE prompt.prompt_templates SET status = 'production' WHERE name = 'visible' AND version = 2;
COMMIT;
SELECT version FROM prompt.prompt_templates WHERE name = 'visible' AND status = 'production';
-- Nor does who ends the transaction need rights on the prompts, when its owner changed them on the way.
CREATE FUNCTION swap_versions() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE prompt.prompt_templates SET status = 'deprecated' WHERE name = 'visible' AND status = 'production';
    UPDATE prompt.prompt_templates SET status = 'production' WHERE name = 'visible' AND version = 1;
END $$;
CREATE ROLE nobody_here;
SET ROLE nobody_here;
SELECT swap_versions();
RESET ROLE;
SELECT version FROM prompt.prompt_templates WHERE name = 'visible' AND status = 'production';
DROP FUNCTION swap_versions();
DROP ROLE nobody_here;
SELECT prompt.cancel_experiment('visible') IS NOT NULL AS cancelled;
DELETE FROM prompt.ab_test_experiments WHERE name = 'visible';
DELETE FROM prompt.prompt_templates WHERE name IN ('visible', 'größe/价格');

-- A default that its own validation refuses.
SELECT prompt.create_prompt('values3', '{{ code }}', variables => '[{"name": "code", "default": "none", "validation": "^[0-9]+$"}]');
SELECT prompt.create_prompt('values3', '{{ code }}', variables => '[{"name": "code", "default": "17", "validation": "^[0-9]+$"}]') IS NOT NULL AS created;
DELETE FROM prompt.prompt_templates WHERE name = 'values3';
