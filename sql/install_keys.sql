-- Keys that were dropped: install() makes them again, and tells of rows that break them.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pg_prompt CASCADE;
DROP SCHEMA IF EXISTS prompt CASCADE;
CREATE EXTENSION pg_prompt;
DO $$ BEGIN PERFORM prompt.install(); END $$;
INSERT INTO prompt.prompt_templates (id, name, template_text)
VALUES ('00000000-0000-0000-0000-0000000000d1', 'kept', 'Hello'), ('00000000-0000-0000-0000-0000000000d2', 'lost', 'Hello');

-- Every primary and foreign key, with all that it says.
CREATE TEMPORARY VIEW keys AS
SELECT conrelid::regclass AS relation, conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
 WHERE connamespace = 'prompt'::regnamespace AND contype IN ('p', 'f') AND conparentid = 0;
CREATE TEMPORARY TABLE keys_before AS TABLE keys;
SELECT count(*) FILTER (WHERE definition ~ '^PRIMARY') AS primary_keys, count(*) FILTER (WHERE definition ~ '^FOREIGN') AS foreign_keys
  FROM keys_before;

-- A primary key takes the foreign keys with it that reference it.
ALTER TABLE prompt.prompt_templates DROP CONSTRAINT prompt_templates_pkey CASCADE;
ALTER TABLE prompt.ab_test_experiments DROP CONSTRAINT ab_test_experiments_pkey CASCADE;
SELECT count(*) FILTER (WHERE definition ~ '^FOREIGN') AS foreign_keys FROM keys;
SELECT prompt.install();
SELECT * FROM ((TABLE keys_before EXCEPT TABLE keys) UNION ALL (TABLE keys EXCEPT TABLE keys_before)) AS different;
SELECT prompt.install();
SELECT count(*) - (SELECT count(*) FROM keys_before) AS more FROM keys;
-- They hold in the partitions, too.
INSERT INTO prompt.prompt_executions (id, template_id)
VALUES ('00000000-0000-7000-8000-000000000001', '00000000-0000-0000-0000-0000000000ff');

-- A key of the owner's on the same column is as good, whatever its name or action.
ALTER TABLE prompt.prompt_labels DROP CONSTRAINT prompt_labels_template_id_fkey,
    ADD CONSTRAINT mine FOREIGN KEY (template_id) REFERENCES prompt.prompt_templates (id) ON DELETE CASCADE;
SELECT prompt.install();
SELECT conname FROM keys WHERE relation = 'prompt.prompt_labels'::regclass AND definition ~ '^FOREIGN';
ALTER TABLE prompt.prompt_labels DROP CONSTRAINT mine;

-- Rows that reference what is gone.
ALTER TABLE prompt.prompt_executions DROP CONSTRAINT prompt_executions_template_id_fkey;
INSERT INTO prompt.prompt_labels (prompt_name, label, template_id) VALUES ('lost', 'staging', '00000000-0000-0000-0000-0000000000d2');
INSERT INTO prompt.prompt_executions (id, template_id)
VALUES ('00000000-0000-7000-8000-000000000001', '00000000-0000-0000-0000-0000000000d2');
DELETE FROM prompt.prompt_templates WHERE name = 'lost';
SELECT prompt.install();
-- New ones are refused, but for a partitioned table; what the hints say mends the old ones.
INSERT INTO prompt.prompt_labels (prompt_name, label, template_id) VALUES ('lost', 'tested', '00000000-0000-0000-0000-0000000000d2');
DELETE FROM prompt.prompt_labels;
DELETE FROM prompt.prompt_executions;
ALTER TABLE prompt.prompt_labels VALIDATE CONSTRAINT prompt_labels_template_id_fkey;
SELECT prompt.install();
SELECT * FROM ((TABLE keys_before EXCEPT TABLE keys) UNION ALL (TABLE keys EXCEPT TABLE keys_before)) AS different;
