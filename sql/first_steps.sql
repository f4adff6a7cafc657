-- What somebody types first, and types wrong: the error says what would have been right.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pg_prompt CASCADE;
DROP SCHEMA IF EXISTS prompt CASCADE;
CREATE EXTENSION pg_prompt;
CREATE ROLE regress_visitor;

-- before install()
\set VERBOSITY sqlstate
SELECT * FROM prompt.list_prompts();
\set VERBOSITY default
SELECT * FROM prompt.list_prompts();
SELECT * FROM prompt.performance_overview();
SELECT * FROM prompt.performance_report('greeting');
SELECT * FROM prompt.maintain();
SELECT * FROM prompt.export_prompt('greeting');
SELECT * FROM prompt.forget_user('ada');
SELECT prompt.deactivate_prompt('greeting');
SELECT prompt.activate_guardrail('pii');
SELECT * FROM prompt.scan_executions();
SELECT * FROM prompt.uninstall();
-- without the rights
SET ROLE regress_visitor;
SELECT prompt.install();
RESET ROLE;
GRANT USAGE ON SCHEMA prompt TO regress_visitor;
SET ROLE regress_visitor;
SELECT prompt.install();
RESET ROLE;
DO $$ BEGIN PERFORM prompt.install(); END $$;
SELECT count(*) > 0 AS granted FROM prompt.grant_access('regress_visitor', 'admin');
GRANT CREATE ON SCHEMA prompt TO regress_visitor;
SET ROLE regress_visitor;
SELECT prompt.install();
SELECT * FROM prompt.maintain();
RESET ROLE;

-- content
SELECT prompt.create_prompt('a');
SELECT prompt.create_prompt('a', prompt_type => 'chat');
SELECT prompt.create_prompt('a', messages => '[{"role": "user", "content": "x"}]');
SELECT prompt.create_prompt('a', 'Hello {{ name }}', variables => '[{"name": "name", "type": "string", "default": "you"}, {"name": "unused"}]',
                            model_config => '{"model_name": "small"}') IS NOT NULL AS created;
SELECT prompt.create_prompt('chat', messages => '[{"role": "user", "content": "{{ question }}"}]', prompt_type => 'chat') IS NOT NULL AS created;
-- what is not given is the parent's, its text and messages, too
SELECT prompt.create_version('a', model_config => '{"model_name": "large"}') IS NOT NULL AS created;
SELECT prompt.create_version('chat', model_config => '{"model_name": "large"}') IS NOT NULL AS created;
SELECT prompt.create_version('a', 'Bye {{ whom }}') IS NOT NULL AS created;
SELECT prompt.create_version('a', parent_version => 2, template_format => 'handlebars') IS NOT NULL AS created;
SELECT prompt.create_version('a', prompt_type => 'chat');
SELECT prompt.create_version('chat', prompt_type => 'system');
SELECT name, version, template_format, template_text, messages, model_config, jsonb_path_query_array(variables, '$[*].name') AS variables,
       (SELECT p.version FROM prompt.prompt_templates p WHERE p.id = t.parent_version_id) AS parent
  FROM prompt.prompt_templates t ORDER BY name, version;

-- names, versions, labels
SELECT prompt.activate_version('a', 1) IS NOT NULL AS active, prompt.set_label('a', 2, 'prod') IS NOT NULL AS labelled;
SELECT * FROM prompt.get_prompt('a@1');
SELECT * FROM prompt.get_prompt('a@prod');
SELECT * FROM prompt.get_prompt('b@prod');
SELECT * FROM prompt.get_prompt('a', label => 'prd');
SELECT prompt.set_label('a', 2, 'staging') IS NOT NULL AS labelled;
SELECT * FROM prompt.get_prompt('a', label => 'next');
SELECT * FROM prompt.get_prompt('chat', label => 'prod');
SELECT prompt.set_status(id, 'archived') IS NOT NULL AS archived FROM prompt.prompt_templates WHERE name = 'chat' AND version = 2;
SELECT * FROM prompt.get_prompt('chat');
SELECT prompt.set_status(id, 'archived') IS NOT NULL AS archived FROM prompt.prompt_templates WHERE name = 'chat' AND version = 1;
SELECT * FROM prompt.get_prompt('chat');
SELECT prompt.rollback_to_version('chat', 2, as_new_version => true) IS NOT NULL AS copied;

-- numbers and rules
SELECT * FROM prompt.frequent_questions('a', most => -1);
SELECT prompt.create_guardrail('pii', 'pii', '{"min_score": 2}');
SELECT * FROM prompt.scan_executions(rules => '{nope}');
SELECT prompt.create_guardrail('secrets', 'secret', enforcement => 'blocking') IS NOT NULL AS created;
SELECT * FROM prompt.scan_executions(rules => '{secrets}');
SELECT * FROM prompt.scan_executions(rules => '{secrets,nope,nor this}');
SELECT count(*) FROM prompt.evaluate_guardrails('a text', 'a');
SELECT count(*) FROM prompt.evaluate_guardrails('a text', 'chta');
SELECT prompt.create_guardrail('to come', 'pii', applies_to_templates => '{later}') IS NOT NULL AS created;
SELECT count(*) FROM prompt.evaluate_guardrails('ada@example.com', 'later');
SELECT * FROM prompt.maintain('13');
SELECT * FROM prompt.maintain('1 hour');
SELECT prompt.grant_access('regress_visitor', 'none');
REVOKE ALL ON SCHEMA prompt FROM regress_visitor;
DROP ROLE regress_visitor;
