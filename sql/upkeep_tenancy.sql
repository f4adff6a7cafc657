-- Levels of access, and tenants that do not see each other.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pg_prompt CASCADE;
DROP SCHEMA IF EXISTS prompt CASCADE;
CREATE EXTENSION pg_prompt;
DO $$ BEGIN PERFORM prompt.install(); END $$;
CREATE ROLE regress_reader;
CREATE ROLE regress_service;
CREATE ROLE regress_author;
CREATE ROLE regress_approver;
CREATE ROLE regress_admin;
\a
SELECT level, regexp_replace(regexp_replace(prompt.grant_access(('regress_' || level)::name, level), '_\d{4}_\d\d', '_YYYY_MM', 'g'),
                             'ON prompt.ab_test_experiments, prompt.ab_test_progress.* TO', 'ON (our tables and views) TO') AS statement
  FROM unnest('{reader,service,author,approver,admin}'::text[]) AS level;
\a
SELECT * FROM prompt.grant_access('regress_reader', 'king');
SELECT * FROM prompt.grant_access('regress_nobody', 'reader');
-- Only who may grant; a mere warning of the server would pass for success.
SET ROLE regress_admin;
SELECT * FROM prompt.grant_access('regress_reader', 'service');
RESET ROLE;
DO $$ BEGIN
    PERFORM prompt.create_prompt('greeting', 'Hello {{ name }}');
    PERFORM prompt.activate_version('greeting', 1);
END $$;

-- What each level can do: t, or the error.
CREATE FUNCTION public.try(role name, statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    BEGIN
        EXECUTE statement;
        RAISE EXCEPTION 'undo' USING ERRCODE = 'ZZ001';
    EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
        RESET ROLE;
        RETURN 'yes';
    WHEN insufficient_privilege THEN
        RESET ROLE;
        RETURN '-';
    WHEN others THEN
        RESET ROLE;
        RETURN SQLERRM;
    END;
END $$;
SELECT a.what, public.try('regress_reader', a.statement) AS reader, public.try('regress_service', a.statement) AS service,
       public.try('regress_author', a.statement) AS author, public.try('regress_approver', a.statement) AS approver,
       public.try('regress_admin', a.statement) AS admin
  FROM (VALUES
    (1, 'read', 'SELECT * FROM prompt.get_prompt(''greeting'', ''{"name": "Ada"}'')'),
    (2, 'read figures', 'SELECT * FROM prompt.performance_overview()'),
    (3, 'render and record', 'SELECT * FROM prompt.render_prompt(''greeting'', ''{"name": "Ada"}'')'),
    (4, 'record', 'SELECT prompt.record_execution(id) FROM prompt.prompt_templates'),
    (5, 'complete and rate', 'DO $d$ DECLARE x uuid := (SELECT execution_id FROM prompt.render_prompt(''greeting'', ''{"name": "A"}'')); BEGIN '
        'PERFORM prompt.complete_execution(x, response_text => ''r''); PERFORM prompt.rate_execution(x, 5); END $d$'),
    (6, 'delete executions', 'DELETE FROM prompt.prompt_executions'),
    (7, 'create a prompt', 'SELECT prompt.create_prompt(''new'', ''x'')'),
    (8, 'create a version', 'SELECT prompt.create_version(''greeting'', ''Hi {{ name }}'', ''shorter'')'),
    (9, 'edit a draft', 'DO $d$ DECLARE x uuid := prompt.create_prompt(''draft'', ''x''); BEGIN PERFORM prompt.update_draft(x, template_text => ''y''); END $d$'),
    (10, 'activate', 'DO $d$ BEGIN PERFORM prompt.create_version(''greeting'', ''Hi {{ name }}'', ''shorter''); PERFORM prompt.activate_version(''greeting'', 2); END $d$'),
    (11, 'set a status', 'UPDATE prompt.prompt_templates SET status = ''archived'''),
    (12, 'insert as active', 'INSERT INTO prompt.prompt_templates (name, template_text, status) VALUES (''p'', ''x'', ''production'')'),
    (13, 'set a label', 'SELECT prompt.set_label(''greeting'', 1, ''staging'')'),
    (14, 'run an experiment', 'DO $d$ BEGIN PERFORM prompt.create_version(''greeting'', ''Hi {{ name }}'', ''shorter''); '
        'PERFORM prompt.create_experiment(''e'', ''greeting'', ''[{"name": "a", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]'', ''conversion''); '
        'PERFORM prompt.start_experiment(''e''); PERFORM prompt.declare_winner(''e'', ''b''); END $d$'),
    (15, 'create a guardrail', 'SELECT prompt.create_guardrail(''g'', ''pii'', ''{}'')'),
    (16, 'forge figures', 'UPDATE prompt.prompt_metrics SET executions = 0'),
    (17, 'forge the audit log', 'INSERT INTO prompt.prompt_audit_log (tenant_id, actor, acting_as, action, entity, entity_id, sequence, previous, hash) '
        'VALUES ('''', ''a'', ''a'', ''a'', ''a'', ''a'', 1, '''', '''')'),
    (18, 'forget a user', 'SELECT * FROM prompt.forget_user(''ann'')'),
    (19, 'rebuild figures', 'SELECT prompt.rebuild_metrics()')) AS a (n, what, statement)
 ORDER BY a.n;
SELECT count(*) FROM prompt.grant_access('regress_author', 'none');
SELECT public.try('regress_author', 'SELECT count(*) FROM prompt.prompt_templates') AS after_none;
SELECT count(*) FROM information_schema.role_column_grants WHERE grantee = 'regress_author';

-- tenants
DO $$ BEGIN PERFORM prompt.create_guardrail('shared rule', 'keyword', '{"keywords": ["bomb"]}', enforcement => 'blocking'); END $$;
CREATE FUNCTION public.fill(tenant text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    PERFORM set_config('prompt.tenant_id', tenant, true);
    PERFORM prompt.create_prompt('own', 'Only for ' || tenant || ' {{ name }}');
    PERFORM prompt.activate_version('own', 1);
    PERFORM prompt.create_version('own', 'B of ' || tenant || ' {{ name }}', 'b');
    PERFORM prompt.create_guardrail('rule of ' || tenant, 'keyword', jsonb_build_object('keywords', jsonb_build_array('x' || tenant)), enforcement => 'blocking');
    PERFORM prompt.create_experiment('e', 'own', '[{"name": "a", "version": 1, "weight": 50}, {"name": "b", "version": 2, "weight": 50}]', 'conversion');
    PERFORM prompt.start_experiment('e');
    PERFORM prompt.render_prompt('own', '{"name": "n"}', user_id => tenant || n) FROM generate_series(1, 6) AS n;
    PERFORM prompt.render_prompt('greeting', '{"name": "n"}', user_id => tenant || '1');
    UPDATE prompt.prompt_executions SET status = 'success', conversion_metric = 1;
    PERFORM prompt.fold();
END $$;
SELECT count(*) AS protected FROM prompt.enable_tenancy();
SELECT count(*) AS again FROM prompt.enable_tenancy();
SELECT count(*) AS unprotected FROM pg_class c WHERE c.relnamespace = 'prompt'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity;
SELECT count(*) FROM prompt.grant_access('regress_admin', 'admin');
SET ROLE regress_admin;
SELECT public.fill('blue');
SELECT public.fill('red');
SET prompt.tenant_id = 'blue';
SELECT count(*) AS executions, count(*) FILTER (WHERE tenant_id <> 'blue') AS foreign_ones FROM prompt.prompt_executions;
SELECT sum(n) AS in_partitions_by_name FROM (SELECT count(*) AS n FROM prompt.prompt_executions_default
   UNION ALL SELECT count(*) FROM prompt.prompt_metrics WHERE tenant_id <> 'blue' UNION ALL SELECT count(*) FROM prompt.prompt_subjects WHERE unit LIKE 'red%'
   UNION ALL SELECT count(*) FROM prompt.prompt_audit_log WHERE tenant_id = 'red' UNION ALL SELECT count(*) FROM prompt.ab_test_experiments WHERE tenant_id = 'red'
   UNION ALL SELECT count(*) FROM prompt.prompt_subject_queue WHERE tenant_id = 'red' UNION ALL SELECT count(*) FROM prompt.ab_test_statistics WHERE tenant_id = 'red') AS x;
SELECT tenant_id, name, sum(total_executions) FROM prompt.prompt_template_performance GROUP BY 1, 2 ORDER BY 1, 2;
SELECT name, total_executions FROM prompt.performance_overview() ORDER BY 1;
SELECT rendered_prompt FROM prompt.get_prompt('own', '{"name": "n"}', version => 1);
SELECT blocked FROM prompt.get_prompt('greeting', '{"name": "xblue"}');
SELECT blocked FROM prompt.get_prompt('greeting', '{"name": "xred"}');
SELECT blocked FROM prompt.get_prompt('greeting', '{"name": "bomb"}');
SELECT experiment_name, sum(impressions) FROM prompt.ab_test_variant_performance GROUP BY 1;
SELECT sum(users) AS users FROM prompt.experiment_results('e') WHERE metric = 'executions_per_user';
SELECT * FROM prompt.verify_metrics();
-- what is not allowed: rows of others, of nobody, on prompts or experiments of others, straight into a partition, too
RESET ROLE;
SELECT id AS red_template FROM prompt.prompt_templates WHERE tenant_id = 'red' AND version = 1 \gset
SELECT id AS red_experiment FROM prompt.ab_test_experiments WHERE tenant_id = 'red' \gset
SELECT id AS shared_template FROM prompt.prompt_templates WHERE tenant_id = '' AND version = 1 \gset
SET ROLE regress_admin;
INSERT INTO prompt.prompt_executions (template_id) VALUES (:'red_template');
INSERT INTO prompt.prompt_executions (template_id, tenant_id) VALUES (:'shared_template', 'red');
INSERT INTO prompt.prompt_executions (template_id, tenant_id) VALUES (:'shared_template', '');
INSERT INTO prompt.prompt_executions (template_id, experiment_id, variant, allocation_epoch) VALUES (:'shared_template', :'red_experiment', 'a', 1);
INSERT INTO prompt.prompt_executions_default (id, template_id) VALUES ('00000000-0000-4000-8000-000000000001', :'red_template');
INSERT INTO prompt.prompt_labels (prompt_name, label, template_id) VALUES ('own', 'staging', :'red_template');
UPDATE prompt.prompt_executions SET tenant_id = 'red';
WITH u AS (UPDATE prompt.prompt_templates SET description = 'mine' WHERE tenant_id = '' RETURNING 1) SELECT count(*) AS shared_ones_changed FROM u;
WITH d AS (DELETE FROM prompt.prompt_executions WHERE tenant_id = 'red' RETURNING 1) SELECT count(*) AS deleted FROM d;
INSERT INTO prompt.prompt_executions (template_id, status) VALUES (:'shared_template', 'success');
SELECT rows FROM prompt.forget_user('red1') WHERE relation = 'prompt_executions';
-- the shared tenant sees no tenant's
RESET prompt.tenant_id;
SELECT count(*) AS of_tenants FROM prompt.prompt_executions;
SELECT DISTINCT tenant_id FROM prompt.prompt_templates;
RESET ROLE;
SELECT * FROM prompt.verify_metrics();
-- a shared experiment: who sees one tenant's users alone finds no fault with it, and mends none; totals that are made again are of the
-- user's tenant, so that the user can be forgotten
INSERT INTO prompt.ab_test_experiments (id, tenant_id, name, prompt_name, primary_metric, layer, status, started_at, traffic, metrics, windows)
VALUES ('00000000-0000-0000-0000-0000000000e9', '', 'for all', 'greeting', 'success_rate', 'for all', 'running', now(), '[0,10000)', '{success_rate}', '{0}');
CREATE FUNCTION public.add(tenant text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('prompt.tenant_id', tenant, true);
    INSERT INTO prompt.prompt_executions (template_id, status, experiment_id, variant, allocation_epoch, user_id)
    SELECT t.id, 'success', '00000000-0000-0000-0000-0000000000e9', 'a', 1, tenant || ' shares ' || n
      FROM prompt.prompt_templates t, generate_series(1, 3) AS n WHERE t.name = 'greeting' AND t.version = 1 AND t.tenant_id = '';
END $$;
SET ROLE regress_admin;
SELECT public.add('red'), public.add('blue');
RESET ROLE;
SELECT prompt.fold() > 0 AS folded;
SELECT tenant_id, metric, users FROM prompt.ab_test_statistics WHERE experiment_id = '00000000-0000-0000-0000-0000000000e9' ORDER BY 2;
SET ROLE regress_admin;
SET prompt.tenant_id = 'blue';
SELECT * FROM prompt.verify_metrics();
SELECT prompt.rebuild_metrics();
RESET prompt.tenant_id;
SELECT * FROM prompt.verify_metrics();
RESET ROLE;
SELECT * FROM prompt.verify_metrics();
DELETE FROM prompt.prompt_subjects WHERE unit LIKE '% shares %';
SELECT prompt.rebuild_metrics() > 0 AS made_again;
SELECT tenant_id, count(*) FROM prompt.prompt_subjects WHERE unit LIKE '% shares %' GROUP BY 1 ORDER BY 1;
SET prompt.tenant_id = 'blue';
SELECT relation, rows FROM prompt.forget_user('blue shares 1') WHERE relation IN ('prompt_executions', 'prompt_subjects');
RESET prompt.tenant_id;
SELECT * FROM prompt.verify_metrics();
-- two tenants' users of one id are told apart when one of them is forgotten
INSERT INTO prompt.prompt_executions (tenant_id, template_id, status, experiment_id, variant, allocation_epoch, user_id)
SELECT u.tenant, t.id, 'success', '00000000-0000-0000-0000-0000000000e9', 'a', 1, 'same'
  FROM prompt.prompt_templates t, unnest('{red,blue,blue}'::text[]) AS u (tenant) WHERE t.name = 'greeting' AND t.version = 1 AND t.tenant_id = '';
SELECT prompt.fold() > 0 AS folded;
SELECT tenant_id, exposures FROM prompt.prompt_subjects WHERE unit = 'same';
SET prompt.tenant_id = 'blue';
SELECT rows FROM prompt.forget_user('same') WHERE relation = 'prompt_executions';
RESET prompt.tenant_id;
SELECT tenant_id, exposures FROM prompt.prompt_subjects WHERE unit = 'same';
SELECT * FROM prompt.verify_metrics();
DROP FUNCTION public.add;
-- a new partition is protected, too
SELECT step FROM prompt.maintain(months_ahead => 3);
SELECT count(*) AS unprotected FROM prompt._partitions() p JOIN pg_class c ON c.oid = p.relation WHERE NOT c.relrowsecurity;
SELECT count(*) > 15 AS turned_off FROM prompt.disable_tenancy();
SELECT count(*) AS protected FROM pg_class c WHERE c.relnamespace = 'prompt'::regnamespace AND c.relrowsecurity;
-- the tables' owner need not own the schema; what he cannot grant he does not say that he has
BEGIN;
CREATE ROLE regress_tables;
CREATE ROLE regress_guest;
DO $$ DECLARE r regclass; BEGIN
    FOR r IN SELECT c.oid FROM pg_class c WHERE c.relnamespace = 'prompt'::regnamespace AND c.relkind IN ('r', 'p', 'v') LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO regress_tables', r);
    END LOOP;
END $$;
GRANT USAGE ON SCHEMA prompt TO regress_tables;
SET LOCAL ROLE regress_tables;
SAVEPOINT s;
SELECT prompt.grant_access('regress_guest', 'reader');
ROLLBACK TO s;
RESET ROLE;
GRANT USAGE ON SCHEMA prompt TO regress_guest;
SET LOCAL ROLE regress_tables;
SELECT count(*) FROM prompt.grant_access('regress_guest', 'reader');
SELECT count(*) FROM prompt.grant_access('regress_guest', 'none');
ROLLBACK;
DROP FUNCTION public.fill;
DROP FUNCTION public.try;
SELECT prompt.grant_access(r::name, 'none') FROM unnest('{regress_reader,regress_service,regress_author,regress_approver,regress_admin}'::text[]) AS r;
DROP ROLE regress_reader, regress_service, regress_author, regress_approver, regress_admin;

-- Nothing of ours depends on how a session reads backslashes.
SELECT p.oid::regprocedure AS with_backslash FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
 WHERE p.pronamespace = 'prompt'::regnamespace AND l.lanname IN ('sql', 'plpgsql')
   AND regexp_replace(regexp_replace(p.prosrc, $$E'([^']|'')*'$$, '', 'g'), '[$][$].*?[$][$]', '', 'g') ~ '[\\]';
SET standard_conforming_strings = off;
SET escape_string_warning = off;
DROP EXTENSION IF EXISTS pg_prompt CASCADE;
DROP SCHEMA IF EXISTS prompt CASCADE;
CREATE EXTENSION pg_prompt;
DO $$ BEGIN PERFORM prompt.install(); END $$;
DO $$ BEGIN
    PERFORM prompt.create_prompt('greeting', 'Hello {{ name }}');
    PERFORM prompt.create_version('greeting', 'Hi {{ name }}', 'shorter');
    PERFORM prompt.activate_version('greeting', 1);
    PERFORM prompt.render_prompt('greeting', '{"name": "Ada"}', user_id => 'ann');
END $$;
\set VERBOSITY terse
INSERT INTO prompt.prompt_templates (name, semver, template_text) VALUES ('wrong', 'd.d.d', 'x');
SELECT step FROM prompt.maintain(months_ahead => 3);
SELECT count(*) FROM prompt.performance_report('greeting');
SELECT * FROM prompt.verify_metrics();
RESET standard_conforming_strings;
RESET escape_string_warning;
