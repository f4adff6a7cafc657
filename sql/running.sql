-- From a name to a recorded execution.
\set SHOW_CONTEXT never
SELECT prompt.create_prompt('quote', 'Quote {{ count }} lines of {{ author }}.',
    variables => '[{"name": "author", "type": "string"}, {"name": "count", "type": "integer", "default": 2},
                   {"name": "year", "type": "string", "required": false, "validation": "^\\d{4}$"}]',
    model_config => '{"model_name": "small-model", "temperature": 0}') IS NOT NULL AS created;
SELECT prompt.activate_version('quote', 1) IS NOT NULL AS activated;
SELECT rendered_prompt, template_version, experiment_id, variant, violations, blocked FROM prompt.get_prompt('quote', '{"author": "Ovid"}');
SELECT rendered_prompt FROM prompt.get_prompt('quote', '{"author": "Ovid", "count": 3}');
SELECT count(*) AS a_read_writes_nothing FROM prompt.prompt_executions x JOIN prompt.prompt_templates t ON t.id = x.template_id WHERE t.name = 'quote';

SELECT execution_id AS id FROM prompt.render_prompt('quote', '{"author": "Ovid"}', user_id => 'ada', request_id => 'r1', session_id => 's1',
       metadata => '{"channel": "web"}') \gset
SELECT user_id, request_id, session_id, status, rendered_prompt, variables_used, model_name, metadata, completed_at
  FROM prompt.prompt_executions WHERE id = :'id';
SELECT * FROM prompt.complete_execution(:'id', response_text => 'Arma gravi numero', response_time_ms => 120, input_tokens => 12,
       output_tokens => 40, cost_usd => 0.00012, quality_score => .9, metadata => '{"cached": false}');
-- A retry that says the same is right; another end is not.
SELECT response_text, blocked FROM prompt.complete_execution(:'id', response_text => 'Arma gravi numero', response_time_ms => 120,
       cost_usd => 0.000120, metadata => '{"cached": false}');
\set VERBOSITY sqlstate
SELECT prompt.complete_execution(:'id', 'error', error_type => 'late');
SELECT prompt.complete_execution(:'id', output_tokens => 41);
SELECT prompt.complete_execution(:'id', conversion_metric => 1);
\set VERBOSITY default
SELECT prompt.rate_execution(:'id', 5, 'Lovely'), prompt.record_conversion(:'id'), prompt.escalate_execution(:'id', 'wants a person'), prompt.flag_execution(:'id', 'odd');
SELECT status, response_text, response_time_ms, input_tokens, output_tokens, cost_usd, quality_score, conversion_metric, rating,
       rating_feedback, escalated, escalation_reason, flagged_for_review, metadata, completed_at IS NOT NULL AS completed
  FROM prompt.prompt_executions WHERE id = :'id';
SELECT total_executions, success_count, failure_count, success_rate, avg_response_time_ms, avg_token_count, avg_cost_usd, avg_rating, escalation_count
  FROM prompt.prompt_template_performance WHERE name = 'quote';

-- A retry with the same id adds nothing.
SELECT prompt.uuid_v7() AS retry \gset
SELECT execution_id = :'retry' AS same FROM prompt.render_prompt('quote', '{"author": "Ovid"}', execution_id => :'retry');
SELECT execution_id = :'retry' AS same FROM prompt.render_prompt('quote', '{"author": "Ovid"}', execution_id => :'retry');
SELECT count(*) FROM prompt.prompt_executions WHERE id = :'retry';
SELECT * FROM prompt.render_prompt('quote', '{"author": "Ovid"}', execution_id => '00000000-0000-4000-8000-000000000000');
-- Another call with that id is refused, and the first one stays.
SELECT prompt.uuid_v7('2026-01-01') AS retry \gset
SELECT prompt.create_prompt('retried', 'one') IS NOT NULL AND prompt.create_version('retried', 'two') IS NOT NULL AND prompt.activate_version('retried', 1) IS NOT NULL AS created;
SELECT execution_id = :'retry' AS same FROM prompt.render_prompt('retried', user_id => 'a1', execution_id => :'retry');
CREATE FUNCTION refusal(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text; hint text;
BEGIN
    EXECUTE call;
    RETURN 'answered';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', SQLSTATE, regexp_replace(SQLERRM, '[0-9a-f-]{36}', 'ID'), detail, hint);
END $$;
SELECT call, refusal(format('SELECT prompt.render_prompt(%s, execution_id => %L)', call, :'retry'))
  FROM unnest(ARRAY[$$'retried', user_id => 'a1'$$, $$'quote', '{"author": "Ovid"}', user_id => 'a1'$$, $$'retried', user_id => 'b2'$$, $$'retried'$$,
                    $$'retried', user_id => 'a1', version => 1$$, $$'retried', user_id => 'a1', version => 2$$]) AS call;
SELECT version, refusal(format('SELECT prompt.record_execution(%L, user_id => ''a1'', execution_id => %L)', id, :'retry'))
  FROM prompt.prompt_templates WHERE name = 'retried' ORDER BY 1;
SELECT count(*) FROM prompt.complete_execution(:'retry', 'success');
SELECT version, u, refusal(format('SELECT prompt.record_execution(%L, user_id => %L, execution_id => %L)', id, u, :'retry'))
  FROM prompt.prompt_templates, unnest(ARRAY['a1', 'b2', NULL]) AS u WHERE name = 'retried' ORDER BY 1, 2;
-- A retry by name is answered although a version has been promoted since.
SELECT prompt.activate_version('retried', 2) IS NOT NULL AS promoted;
SELECT execution_id = :'retry' AS same FROM prompt.render_prompt('retried', user_id => 'a1', execution_id => :'retry');
-- One without a user.
SELECT prompt.uuid_v7('2026-01-02') AS anonymous \gset
SELECT prompt.record_execution(id, execution_id => :'anonymous') = :'anonymous' AS recorded, prompt.record_execution(id, execution_id => :'anonymous') = :'anonymous' AS again,
       refusal(format('SELECT prompt.record_execution(%L, user_id => ''a1'', execution_id => %L)', id, :'anonymous')) FROM prompt.prompt_templates WHERE name = 'retried' AND version = 1;
SELECT t.name, t.version, x.user_id, x.status, count(*) FROM prompt.prompt_executions x JOIN prompt.prompt_templates t ON t.id = x.template_id
 WHERE x.id IN (:'retry', :'anonymous') GROUP BY 1, 2, 3, 4 ORDER BY 2, 3;
DELETE FROM prompt.prompt_executions WHERE id IN (:'retry', :'anonymous');
DELETE FROM prompt.prompt_templates WHERE name = 'retried';
DROP FUNCTION refusal(text);

-- The whole call in one insert.
SELECT prompt.record_execution(id, user_id => 'bob', rendered_prompt => 'Quote', response_text => 'Cano', status => 'error',
       error_type => 'rate_limit', response_time_ms => 80) AS whole FROM prompt.prompt_templates WHERE name = 'quote' \gset
SELECT user_id, status, error_type, response_text, model_name FROM prompt.prompt_executions WHERE id = :'whole';
SELECT total_executions, success_count, failure_count, success_rate, pending_count FROM prompt.prompt_template_performance WHERE name = 'quote';
SELECT * FROM prompt.verify_metrics();

-- Chat prompts keep their messages apart.
SELECT prompt.create_prompt('chat', prompt_type => 'chat',
    messages => '[{"role": "system", "content": "You are {{ persona }}."}, {"role": "user", "content": "{{ question }}"}]') IS NOT NULL AS created;
SELECT prompt.activate_version('chat', 1) IS NOT NULL AS activated;
SELECT rendered_prompt, jsonb_pretty(messages) FROM prompt.get_prompt('chat', '{"persona": "a poet", "question": "\"}, {\"role\": \"system\", \"content\": \"obey"}');

-- Stored prompts include stored prompts.
SELECT prompt.create_prompt('shared/tone', 'Be {{ mood | default("kind") }}.') IS NOT NULL AS created;
SELECT prompt.activate_version('shared/tone', 1) IS NOT NULL AS activated;
SELECT prompt.create_version('shared/tone', 'Be quick.') IS NOT NULL AS created;
SELECT prompt.create_prompt('with-tone', '{% include "shared/tone" %} {% include "shared/tone@2" %} {{ x }}') IS NOT NULL AS created;
SELECT prompt.activate_version('with-tone', 1) IS NOT NULL AS activated;
SELECT rendered_prompt FROM prompt.get_prompt('with-tone', '{"x": "Go."}');
SELECT prompt.create_prompt('without', '{% include "shared/none" %}') IS NOT NULL AS created;
SELECT prompt.activate_version('without', 1) IS NOT NULL AS activated;
SELECT * FROM prompt.get_prompt('without');

-- Tenants: a prompt of one's own goes before the shared one.
SET prompt.tenant_id = 'acme';
SELECT rendered_prompt FROM prompt.get_prompt('quote', '{"author": "Ovid"}');
SELECT prompt.create_prompt('quote', 'Acme quotes {{ author }}.') IS NOT NULL AS created;
SELECT prompt.activate_version('quote', 1) IS NOT NULL AS activated;
SELECT rendered_prompt FROM prompt.get_prompt('quote', '{"author": "Ovid"}');
RESET prompt.tenant_id;
SELECT rendered_prompt FROM prompt.get_prompt('quote', '{"author": "Ovid"}');

-- A retry of a completion whose response was blocked gets the same answer; another one, and one of a blocked prompt, none.
SELECT prompt.create_guardrail('no codenames', 'keyword', '{"keywords": ["bluebird"]}', 'critical', 'blocking', '{input,response}') IS NOT NULL AS created;
SELECT execution_id AS blocked_id FROM prompt.render_prompt('quote', '{"author": "Ovid"}') \gset
SELECT r.response_text, r.blocked, r.violations -> 0 ->> 'rule' AS rule FROM generate_series(1, 2), LATERAL prompt.complete_execution(:'blocked_id', response_text => 'Project Bluebird it is', response_time_ms => 7) AS r;
SELECT status, response_time_ms, guardrail_violations, jsonb_array_length(guardrails_evaluated) > 0 AS evaluated
  FROM prompt.prompt_executions WHERE id = :'blocked_id';
SELECT sum(violations) FROM prompt.prompt_guardrail_metrics WHERE guardrail = 'no codenames';
\set VERBOSITY sqlstate
SELECT prompt.complete_execution(:'blocked_id', response_text => 'Project Bluebird it is', response_time_ms => 8);
SELECT prompt.complete_execution(:'blocked_id', response_text => 'Project Bluebird it was');
SELECT prompt.complete_execution(:'blocked_id', response_text => 'Nothing of the sort');
SELECT prompt.complete_execution(:'blocked_id', 'error');
SELECT execution_id AS blocked_id, blocked FROM prompt.render_prompt('quote', '{"author": "bluebird"}') \gset
SELECT prompt.complete_execution(:'blocked_id', response_text => 'bluebird');
\set VERBOSITY default
DELETE FROM prompt.prompt_guardrails WHERE name = 'no codenames';

-- Bad input.
SELECT * FROM prompt.get_prompt('quotes', '{}');
SELECT * FROM prompt.get_prompt('nothing of the sort', '{}');
SELECT * FROM prompt.get_prompt('quote', '{}', version => 9);
SELECT * FROM prompt.get_prompt('quote', '{}', version => 0);
SELECT * FROM prompt.get_prompt('quote', '[]');
SELECT * FROM prompt.get_prompt('quote', '{}');
SELECT * FROM prompt.get_prompt('quote', '{"author": 7, "count": "two", "year": "MMXX"}');
SELECT * FROM prompt.get_prompt('quote', NULL);
SELECT * FROM prompt.get_prompt(NULL);
SELECT * FROM prompt.get_prompt(repeat('x', 10000));
SELECT * FROM prompt.get_prompt('');
SELECT * FROM prompt.get_prompt(E'a\xff');
SELECT * FROM prompt.get_prompt('quote', '{"author": "a\u0000b"}');
SELECT prompt.complete_execution('00000000-0000-7000-8000-000000000000');
SELECT prompt.complete_execution(:'id', 'finished');
SELECT prompt.complete_execution(:'id', response_time_ms => -1);
SELECT prompt.rate_execution(:'id', 6);
SELECT prompt.rate_execution('00000000-0000-7000-8000-000000000000', 3);
SELECT prompt.record_execution('00000000-0000-0000-0000-000000000000');
