-- Every bad input has its SQLSTATE and a message that names the thing.
\set SHOW_CONTEXT never
CREATE FUNCTION pg_temp.try(statement text) RETURNS TABLE (sqlstate text, message text, has_detail boolean, has_hint boolean)
    LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    EXECUTE statement;
    RETURN QUERY SELECT NULL::text, 'no error', false, false;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN QUERY SELECT SQLSTATE, left(regexp_replace(regexp_replace(SQLERRM, 'constraint "[^"]*" on .*', 'constraint ...'), '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', '<id>'), 90), detail <> '', hint <> '';
END $$;

SELECT prompt.create_prompt('errors', 'Hello {{ name }}', variables => '["name"]') IS NOT NULL AS created;
SELECT prompt.activate_version('errors', 1) IS NOT NULL AS activated;
SELECT prompt.create_experiment('errors', 'errors', '[{"name":"a","version":1,"weight":50},{"name":"b","version":1,"weight":50}]', 'rating') IS NOT NULL AS created;
SELECT execution_id IS NOT NULL AS recorded FROM prompt.render_prompt('errors', '{"name": "Ada"}');
SELECT what, e.* FROM (VALUES
    (1, 'unknown prompt', $$SELECT prompt.get_prompt('eror')$$),
    (2, 'unknown version', $$SELECT prompt.get_prompt('errors', '{}', version => 7)$$),
    (3, 'unknown label', $$SELECT prompt.get_prompt('errors', '{}', label => 'staging')$$),
    (4, 'unknown variant', $$SELECT prompt.declare_winner('errors', 'x')$$),
    (5, 'unknown experiment', $$SELECT prompt.start_experiment('x')$$),
    (6, 'unknown rule type', $$SELECT prompt.create_guardrail('e', 'regexp')$$),
    (7, 'unknown guardrail', $$SELECT prompt.activate_guardrail('e')$$),
    (8, 'weights', $$SELECT prompt.create_experiment('e', 'errors', '[{"name":"a","version":1,"weight":50},{"name":"b","version":1,"weight":49}]', 'rating')$$),
    (9, 'invalid regex', $$SELECT prompt.create_guardrail('e', 'regex', '{"pattern": "a)"}')$$),
    (10, 'invalid template', $$SELECT prompt.create_prompt('e', '{% endif %}')$$),
    (11, 'unknown filter', $$SELECT prompt.render('{{ x | uppper }}', '{}')$$),
    (12, 'variables no object', $$SELECT prompt.get_prompt('errors', '"x"')$$),
    (13, 'missing variable', $$SELECT prompt.get_prompt('errors')$$),
    (14, 'empty name', $$SELECT prompt.create_prompt('', 'x')$$),
    (15, 'name of 10,000', $$SELECT prompt.create_prompt(repeat('x', 10000), 'x')$$),
    (16, 'guardrail of 10,000', $$SELECT prompt.create_guardrail(repeat('x', 10000), 'pii')$$),
    (17, 'experiment without name', $$SELECT prompt.create_experiment('', 'errors', '[]', 'rating')$$),
    (18, 'NUL', $$SELECT prompt.get_prompt('errors', '{"name": "\u0000"}')$$),
    (19, 'invalid UTF-8', $$SELECT prompt.create_prompt(convert_from('\xff', 'UTF8'), 'x')$$),
    (20, 'second active version', $$INSERT INTO prompt.prompt_templates (name, version, template_text, status) VALUES ('errors', 2, 'x', 'production')$$),
    (21, 'same prompt again', $$SELECT prompt.create_prompt('errors', 'x')$$),
    (22, 'immutable version', $$UPDATE prompt.prompt_templates SET template_text = 'x' WHERE name = 'errors'$$),
    (23, 'deleting a version in use', $$DELETE FROM prompt.prompt_templates WHERE name = 'errors' AND version = 1$$),
    (24, 'too long an output', $$SELECT prompt.render('{{ "x" * 1000000000 }}', '{}')$$),
    (25, 'too many steps', $$SELECT prompt.render('{% for i in range(1000000000) %}{% endfor %}', '{}')$$),
    (26, 'too deep', $$SELECT prompt.render(repeat('{% if x %}', 5000), '{}')$$),
    (27, 'too deep an expression', $$SELECT prompt.render('{{ ' || repeat('(', 100000) || '1', '{}')$$),
    (28, 'too deep a recursion', $$SELECT prompt.render('{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}', '{}')$$),
    (29, 'division by zero', $$SELECT prompt.render('{{ 1 / 0 }}', '{}')$$),
    (30, 'raised by a template', $$SELECT prompt.render('{{ raise_exception("not today") }}', '{}')$$),
    (31, 'alpha', $$SELECT prompt.two_proportion_test(1, 2, 1, 2, 0)$$),
    (32, 'x above n', $$SELECT prompt.two_proportion_test(3, 2, 1, 2)$$),
    (33, 'unknown metric', $$SELECT prompt.create_experiment('e', 'errors', '[{"name":"a","version":1,"weight":50},{"name":"b","version":1,"weight":50}]', 'luck')$$),
    (34, 'unknown execution', $$SELECT prompt.rate_execution('00000000-0000-7000-8000-000000000000', 3)$$),
    (35, 'rating', $$SELECT prompt.rate_execution('00000000-0000-7000-8000-000000000000', 9)$$),
    (36, 'statement as C function', $$SELECT prompt._guardrails_changed()$$)
  ) AS t (n, what, statement), LATERAL pg_temp.try(statement) AS e ORDER BY n;
-- Nothing is half written.
SELECT (SELECT count(*) FROM prompt.prompt_templates WHERE name IN ('e', '')) AS prompts,
       (SELECT count(*) FROM prompt.prompt_guardrails WHERE name = 'e') AS guardrails,
       (SELECT count(*) FROM prompt.ab_test_experiments WHERE name = 'e') AS experiments;
