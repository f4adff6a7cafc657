-- What runs as the owner of the tables is not chosen by the caller's search path.
\set SHOW_CONTEXT never
CREATE ROLE regress_mallory;
CREATE SCHEMA mallory AUTHORIZATION regress_mallory;
GRANT USAGE ON SCHEMA prompt TO regress_mallory;
GRANT SELECT, INSERT, UPDATE, DELETE ON prompt.prompt_templates, prompt.prompt_guardrails, prompt.prompt_executions TO regress_mallory;
GRANT SELECT ON ALL TABLES IN SCHEMA prompt TO regress_mallory;
SELECT prompt.create_prompt('security', 'x') AS id \gset
SET ROLE regress_mallory;
CREATE TABLE mallory.seen (who text, what text);
GRANT INSERT ON mallory.seen TO PUBLIC;
CREATE FUNCTION mallory.note(what text) RETURNS boolean LANGUAGE sql AS $$
    INSERT INTO mallory.seen VALUES (current_user, what); SELECT true $$;
CREATE FUNCTION mallory.to_jsonb(anyelement) RETURNS jsonb LANGUAGE sql AS $$ SELECT mallory.note('to_jsonb'); SELECT '{}'::jsonb $$;
CREATE FUNCTION mallory.equal(text, text) RETURNS boolean LANGUAGE sql AS $$ SELECT mallory.note('=') $$;
CREATE OPERATOR mallory.= (LEFTARG = text, RIGHTARG = text, FUNCTION = mallory.equal);
CREATE FUNCTION mallory.coalesced(text) RETURNS text LANGUAGE sql AS $$ SELECT mallory.note('now'); SELECT $1 $$;
SET search_path = mallory, pg_catalog;
UPDATE prompt.prompt_templates SET description = 'mine' WHERE id OPERATOR(pg_catalog.=) :'id';
INSERT INTO prompt.prompt_guardrails (name, rule_type) VALUES ('security', 'pii');
UPDATE prompt.prompt_guardrails SET description = 'mine' WHERE name OPERATOR(pg_catalog.=) 'security';
INSERT INTO prompt.prompt_executions (template_id, status) VALUES (:'id', 'success');
UPDATE prompt.prompt_executions SET rating = 5 WHERE template_id OPERATOR(pg_catalog.=) :'id';
DELETE FROM prompt.prompt_executions WHERE template_id OPERATOR(pg_catalog.=) :'id';
DELETE FROM prompt.prompt_guardrails WHERE name OPERATOR(pg_catalog.=) 'security';
SHOW search_path;
RESET search_path;
SELECT what, count(*) FROM mallory.seen WHERE who <> 'regress_mallory' GROUP BY what;
RESET ROLE;
SELECT count(*) AS audited FROM prompt.prompt_audit_log WHERE acting_as = 'regress_mallory' AND action = 'UPDATE';
DROP SCHEMA mallory CASCADE;
DROP OWNED BY regress_mallory;
DROP ROLE regress_mallory;
DELETE FROM prompt.prompt_templates WHERE name = 'security';
SELECT * FROM prompt.verify_metrics();
