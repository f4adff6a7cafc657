-- What a rule masks is nowhere in what is stored, whatever prompt.log_content says: a recount over whole rows.
\set SHOW_CONTEXT never
DELETE FROM prompt.prompt_guardrails;
SELECT prompt.create_prompt('letter', 'Answer {{ message }}', category => 'post') IS NOT NULL AS created;
SELECT prompt.activate_version('letter', 1) IS NOT NULL AS live;
SELECT prompt.create_prompt('chat-letter', NULL, prompt_type => 'chat', messages => '[{"role": "user", "content": "{{ message }}"}]') IS NOT NULL AS created;
SELECT prompt.activate_version('chat-letter', 1) IS NOT NULL AS live;
-- One rule that masks (at one stage only), one that warns, one that blocks.
SELECT prompt.create_guardrail('mail', 'pii', '{"entities": ["email"]}', 'warning', 'redact', '{response}') IS NOT NULL AS created;
SELECT prompt.create_guardrail('case', 'regex', '{"pattern": "case-\\d+"}', 'info', 'warning', '{input}') IS NOT NULL AS created;
SELECT prompt.create_guardrail('bomb', 'keyword', '{"keywords": ["bomb"]}', 'critical', 'blocking', '{input}') IS NOT NULL AS created;

CREATE FUNCTION pg_temp.everything(content text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    document jsonb := jsonb_build_object('message', content || ' case-4711', 'list', jsonb_build_array(content, jsonb_build_object(content, content)));
    id uuid;
    of_letter uuid := (SELECT t.id FROM prompt.prompt_templates t WHERE t.name = 'letter');
BEGIN
    FOR id IN SELECT execution_id FROM unnest('{letter,chat-letter}'::text[]) AS name, prompt.render_prompt(name, document,
            conversation_context => jsonb_build_array(document), model_name => 'of ' || content, metadata => jsonb_build_object('from', content, content, 1, 'deep', document)) LOOP
        PERFORM prompt.complete_execution(id, 'error', 'I know ' || content || ' of case-4711', error_type => 'for ' || content, model_name => 'tuned-by-' || content,
            error_message => 'refused: ' || content || ' case-4711', metadata => jsonb_build_object('to', content));
        PERFORM prompt.rate_execution(id, 2, 'rude to ' || content);
        PERFORM prompt.escalate_execution(id, 'ask ' || content);
        PERFORM prompt.flag_execution(id, 'see ' || content);
    END LOOP;
    PERFORM prompt.render_prompt('letter', document || '{"x": "a bomb"}', metadata => document);
    PERFORM prompt.record_execution(of_letter, variables_used => document, rendered_prompt => 'Answer ' || content || ' case-4711',
        response_text => 'I know ' || content, error_message => 'oh ' || content, conversation_context => document, metadata => document, error_type => content,
        model_name => content, model_config => jsonb_build_object('stop', content, content, true));
END
$$;
SELECT clock_timestamp() AS start \gset
SET prompt.log_content = 'full';
SELECT pg_temp.everything('eve@example.com');
SET prompt.log_content = 'redacted';
SELECT pg_temp.everything('eve@example.com');
SET prompt.log_content = 'none';
SELECT pg_temp.everything('eve@example.com');
RESET prompt.log_content;
-- In rows of three runs of four executions, and in the audit log: nothing.
SELECT count(*) AS executions, count(*) FILTER (WHERE x::text LIKE '%eve@%') AS with_address FROM prompt.prompt_executions x WHERE created_at >= :'start';
SELECT count(*) AS in_audit_log FROM prompt.prompt_audit_log a WHERE a::text LIKE '%eve@%';
-- The rule that only warns masks where log_content is redacted; its finding itself is no text.
SELECT count(*) FILTER (WHERE x::text LIKE '%case-4711%') AS with_case, count(*) FILTER (WHERE rendered_prompt IS NULL) AS without_prompt,
       count(*) FILTER (WHERE variables_used IS NULL) AS without_variables, count(*) FILTER (WHERE x::text LIKE '%<EMAIL>%') AS masked
  FROM (SELECT *, ntile(3) OVER (ORDER BY id) AS run FROM prompt.prompt_executions WHERE created_at >= :'start') AS x GROUP BY run ORDER BY run;
SELECT DISTINCT rating_feedback, escalation_reason, metadata ->> 'flag_reason' AS flag_reason, metadata ->> 'from' AS "from"
  FROM prompt.prompt_executions WHERE rated_at IS NOT NULL AND created_at >= :'start';
SELECT DISTINCT status, rendered_prompt, response_text, error_message FROM prompt.prompt_executions
 WHERE rendered_prompt NOT LIKE '[%' AND created_at >= :'start' ORDER BY 1, 2, 3;
-- A blocked execution keeps what it may, and says what was found where.
SELECT stage, name, entity, start_offset, end_offset FROM prompt.prompt_guardrail_violations WHERE rule = 'bomb' AND created_at >= :'start' ORDER BY execution_id;

-- Numbers are somebody's data, too: checked like strings, and strings where something in them is masked.
SELECT prompt.create_guardrail('card', 'pii', '{"entities": ["credit_card"]}', 'warning', 'redact', '{input,prompt}') IS NOT NULL AS created;
SELECT prompt.create_prompt('till', 'Pay {{ pay.list[1].n }} by {{ n }}, {{ count }} times') IS NOT NULL AS created;
SELECT prompt.activate_version('till', 1) IS NOT NULL AS live;
SELECT prompt.create_prompt('chat-till', NULL, prompt_type => 'chat', messages => '[{"type": "placeholder", "name": "turns"}]') IS NOT NULL AS created;
SELECT prompt.activate_version('chat-till', 1) IS NOT NULL AS live;
SELECT clock_timestamp() AS start_of_numbers \gset
SELECT rendered_prompt, blocked FROM prompt.render_prompt('till', '{"n": 4111111111111111, "count": 3, "pay": {"list": [1.50, {"n": 4111111111111111}]}}',
    conversation_context => '[4111111111111111, 2]', metadata => '{"n": 4111111111111111, "at": 1.5}');
SELECT messages FROM prompt.render_prompt('chat-till',
    '{"turns": [{"role": "user", "content": [{"type": "json", "x": {"n": 4111111111111111, "count": 3}}]}]}');
SELECT prompt.record_execution((SELECT id FROM prompt.prompt_templates WHERE name = 'till'), variables_used => '{"n": 4111111111111111, "count": 3}') IS NOT NULL AS recorded;
SELECT prompt.update_guardrail('card', enforcement => 'blocking') IS NOT NULL AS updated;
SELECT blocked, violations -> 0 ->> 'path' AS path FROM prompt.render_prompt('till', '{"n": 1, "pay": {"list": [1, {"n": 4111111111111111}]}, "count": 3}');
SELECT prompt.update_guardrail('card', enforcement => 'redact', stages => '{response}') IS NOT NULL AS updated;
SELECT blocked FROM prompt.render_prompt('till', '{"n": 4111111111111111, "pay": {"list": [1, {"n": 2}]}, "count": 3}');
SELECT variables_used, conversation_context, metadata, x::text LIKE '%4111%' AS leaks FROM prompt.prompt_executions x
 WHERE created_at >= :'start_of_numbers' ORDER BY created_at, id;
DELETE FROM prompt.prompt_executions WHERE created_at >= :'start_of_numbers';
DELETE FROM prompt.prompt_guardrails WHERE name = 'card';

-- What is declared of a variable holds for what was given, not for the mask.
SELECT prompt.create_guardrail('card', 'pii', '{"entities": ["credit_card"]}', 'warning', 'redact', '{input}') IS NOT NULL AS created;
SELECT prompt.create_prompt('typed-till', 'Pay by {{ n }}, say {{ word }}', variables => '[{"name": "n", "type": "integer"},
    {"name": "word", "type": "string", "validation": "^[0-9 ]+$", "default": "4111 1111 1111 1111"}]') IS NOT NULL AS created;
SELECT prompt.activate_version('typed-till', 1) IS NOT NULL AS live;
SELECT rendered_prompt FROM prompt.get_prompt('typed-till', '{"n": 4111111111111111, "word": "4111 1111 1111 1111"}');
SELECT rendered_prompt FROM prompt.get_prompt('typed-till', '{"n": 4111111111111111}');
SELECT rendered_prompt FROM prompt.get_prompt('typed-till', '{"n": "4111111111111111"}');
DELETE FROM prompt.prompt_guardrails WHERE name = 'card';

-- Hashes need a key.
SELECT prompt.redact('eve@example.com', mode => 'hash');
SELECT prompt.update_guardrail('mail', '{"entities": ["email"], "redact": "hash"}') IS NOT NULL AS updated;
SELECT response_text FROM prompt._check_response('eve@example.com', 'letter', NULL) AS c (blocked, violations, evaluated, violated, response_text, stored);
SET prompt.redact_key = 'correct horse';
SELECT prompt.redact('eve@example.com', mode => 'hash') = prompt.redact('eve@example.com', mode => 'hash', hash_key => 'correct horse') AS same_key,
       prompt.redact('eve@example.com', mode => 'hash') = prompt.redact('eve@example.com', mode => 'hash', hash_key => 'other') AS other_key;
SELECT response_text = prompt.redact('eve@example.com', mode => 'hash') AS by_rule, response_text ~ '^<EMAIL:[0-9a-f]{12}>$' AS form
  FROM prompt._check_response('eve@example.com', 'letter', NULL) AS c (blocked, violations, evaluated, violated, response_text, stored);
RESET prompt.redact_key;
CREATE ROLE regress_nosy;
SET ROLE regress_nosy;
\set VERBOSITY sqlstate
SHOW prompt.redact_key;
SET prompt.redact_key = 'mine';
SET prompt.log_content = 'full';
SET prompt.max_render_steps = 1;
\set VERBOSITY default
RESET ROLE;
GRANT SET ON PARAMETER prompt.log_content TO regress_nosy;
SET ROLE regress_nosy;
SET prompt.log_content = 'redacted';
RESET prompt.log_content;
RESET ROLE;
REVOKE SET ON PARAMETER prompt.log_content FROM regress_nosy;
DROP ROLE regress_nosy;
DELETE FROM prompt.prompt_guardrails;
DELETE FROM prompt.prompt_executions WHERE created_at >= :'start';

-- a long response comes back whole, and so do the violations in it
DELETE FROM prompt.prompt_guardrails;
SELECT prompt.create_guardrail('long mail', 'pii', '{"entities": ["email"]}', enforcement => 'redact', stages => '{response}') IS NOT NULL AS created;
SELECT prompt.create_prompt('long', 'Say it') IS NOT NULL AS created;
SELECT prompt.activate_version('long', 1) IS NOT NULL AS active;
WITH sent AS (SELECT n, (SELECT string_agg(CASE WHEN i % 50 = 0 THEN 'a' || i || '@example.com' ELSE 'word ' || i END, E' \n') FROM generate_series(1, n) AS i) AS said
                FROM (VALUES (10), (1000), (20000)) AS sizes (n)),
     got AS MATERIALIZED (SELECT s.n, s.said, c.* FROM sent s CROSS JOIN LATERAL prompt.render_prompt('long', request_id => s.n::text) AS r
             CROSS JOIN LATERAL prompt.complete_execution(r.execution_id, response_text => s.said) AS c)
SELECT n, response_text = regexp_replace(said, 'a\d+@example\.com', '<EMAIL>', 'g') AS whole, jsonb_array_length(violations) AS violations,
       (SELECT bool_and(v ->> 'rule' = 'long mail') FROM jsonb_array_elements(violations) AS v) AS named
  FROM got ORDER BY n;
