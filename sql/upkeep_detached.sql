-- Partitions of executions that have been detached and still lie in schema prompt: who reads them, tenants, forgetting.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pg_prompt CASCADE;
DROP SCHEMA IF EXISTS prompt CASCADE;
CREATE EXTENSION pg_prompt;
DO $$ BEGIN PERFORM prompt.install(); END $$;
SET timezone = 'UTC';
CREATE ROLE regress_app;
CREATE ROLE regress_eraser;
DO $$ BEGIN
    PERFORM prompt.create_prompt('greeting', 'Hello {{ name }}');
    PERFORM prompt.activate_version('greeting', 1);
END $$;
INSERT INTO prompt.prompt_executions (id, tenant_id, template_id, created_at, user_id, status, response_text, request_id)
SELECT prompt.uuid_v7(at), tenant, t.id, at, 'old5', 'success', 'secret of ' || tenant, 'r'
  FROM prompt.prompt_templates t, unnest('{2023-04-05,2023-05-05}'::timestamptz[]) AS at, unnest('{"",red,blue}'::text[]) AS tenant;
SELECT count(*) FROM prompt.maintain();
-- granted while the partition was one of ours
SELECT count(*) FROM prompt.grant_access('regress_eraser', 'admin');
SELECT step, detail FROM prompt.maintain(retention => now() - '2023-05-15', detach => true);
ALTER TABLE prompt.prompt_executions DETACH PARTITION prompt.prompt_executions_2023_05;
-- the user's own, which have nothing to do with ours
CREATE TABLE prompt.notes (user_id text, note text);
INSERT INTO prompt.notes VALUES ('old5', 'mine');
CREATE VIEW prompt.all_texts AS SELECT response_text FROM prompt.prompt_executions_2023_04;

-- a level of access is one to our own tables, views and partitions
\a
SELECT regexp_replace(g, '_\d{4}_\d\d', '_YYYY_MM', 'g') AS statement FROM prompt.grant_access('regress_app', 'author') AS g;
\a
SET ROLE regress_app;
SELECT count(*) FROM prompt.prompt_executions;
SELECT count(*) FROM prompt.prompt_executions_2023_04;
SELECT count(*) FROM prompt.prompt_executions_2023_05;
SELECT count(*) FROM prompt.notes;
SELECT count(*) FROM prompt.all_texts;
SELECT count(*) > 5 AS items FROM prompt.status();
RESET ROLE;
SELECT count(*) AS live_ones_without FROM prompt._partitions() p WHERE NOT has_table_privilege('regress_app', p.relation, 'SELECT');
SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'prompt'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND NOT has_table_privilege('regress_app', c.oid, 'SELECT')
 ORDER BY c.relname COLLATE "C";

-- tenants
SELECT count(*) AS of_detached FROM prompt.enable_tenancy() AS e WHERE e ~ '2023';
SET ROLE regress_eraser;
SET prompt.tenant_id = 'blue';
SELECT DISTINCT response_text FROM prompt.prompt_executions_2023_04;
RESET ROLE;
SELECT count(*) AS of_detached FROM prompt.disable_tenancy() AS e WHERE e ~ '2023';
SET ROLE regress_eraser;
SELECT count(DISTINCT tenant_id) AS tenants FROM prompt.prompt_executions_2023_04;
RESET ROLE;

-- of one that belongs to somebody else, it can only be told
ALTER TABLE prompt.prompt_executions_2023_05 OWNER TO regress_app;
CREATE ROLE regress_tables;
DO $$ DECLARE r regclass; BEGIN
    FOR r IN SELECT relation FROM prompt._own_relations() UNION SELECT relation FROM prompt._partitions() LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO regress_tables', r);
    END LOOP;
END $$;
ALTER TABLE prompt.prompt_executions_2023_04 OWNER TO regress_tables;
GRANT USAGE ON SCHEMA prompt TO regress_tables;
SET ROLE regress_tables;
SELECT count(*) AS of_detached FROM prompt.enable_tenancy() AS e WHERE e ~ '2023';
SELECT count(*) AS of_detached FROM prompt.disable_tenancy() AS e WHERE e ~ '2023';
RESET ROLE;
REASSIGN OWNED BY regress_tables, regress_app TO CURRENT_USER;
DROP OWNED BY regress_tables;
DROP ROLE regress_tables;

-- a user is forgotten there, too
SELECT relation, rows, detail FROM prompt.forget_user('old5') WHERE relation ~ 'executions';
RESET prompt.tenant_id;
SELECT tableoid::regclass AS relation, tenant_id, user_id, response_text, request_id, status
  FROM (SELECT *, tableoid FROM prompt.prompt_executions_2023_04 UNION ALL SELECT *, tableoid FROM prompt.prompt_executions_2023_05) AS x
 WHERE tenant_id <> 'blue' OR user_id !~ '^forgotten:' ORDER BY 1, 2;
SELECT count(DISTINCT user_id) AS anonymous_users
  FROM (SELECT * FROM prompt.prompt_executions_2023_04 UNION ALL SELECT * FROM prompt.prompt_executions_2023_05) AS x WHERE tenant_id = 'blue';
SELECT * FROM prompt.notes;
-- or told of where that may not be
REVOKE UPDATE ON prompt.prompt_executions_2023_05 FROM regress_eraser;
SET ROLE regress_eraser;
SET prompt.tenant_id = 'red';
SELECT relation, rows, detail FROM prompt.forget_user('old5') WHERE relation ~ 'executions';
RESET ROLE;
RESET prompt.tenant_id;
SELECT count(*) AS left_over FROM prompt.prompt_executions_2023_05 WHERE tenant_id = 'red' AND user_id = 'old5';
SELECT prompt.grant_access('regress_app', 'none'), prompt.grant_access('regress_eraser', 'none');
DROP ROLE regress_app, regress_eraser;
