-- ---------------------------------------------------------------- guardrails

CREATE FUNCTION prompt._check_rule(name text, rule_type text, rule_config jsonb, stages text[]) RETURNS text
    LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'pgprompt_check_rule';
COMMENT ON FUNCTION prompt._check_rule(text, text, jsonb, text[]) IS
    'refuses a rule whose configuration does not hold, or that calls a function and whose maker is no administrator; '
    'returns the function it calls, qualified, or null';

CREATE FUNCTION prompt.create_guardrail(
    name text, rule_type text, rule_config jsonb DEFAULT '{}', severity text DEFAULT 'warning',
    enforcement text DEFAULT 'warning', stages text[] DEFAULT '{input,prompt}', applies_to_templates text[] DEFAULT NULL,
    applies_to_categories text[] DEFAULT NULL, description text DEFAULT NULL, is_active boolean DEFAULT true,
    created_by text DEFAULT NULL)
    RETURNS uuid LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $create$
#variable_conflict use_variable
DECLARE
    new_id uuid;
BEGIN
    PERFORM prompt._require_install();
    PERFORM prompt._check_name(name, 'guardrail');
    PERFORM prompt._check_rule_words(severity, enforcement, stages);
    INSERT INTO prompt.prompt_guardrails AS g (name, rule_type, rule_config, severity, enforcement, stages,
        applies_to_templates, applies_to_categories, description, is_active, created_by, updated_by)
    VALUES (name, coalesce(rule_type, ''), coalesce(rule_config, '{}'), severity, enforcement, stages, applies_to_templates,
        applies_to_categories, description, coalesce(is_active, true), coalesce(created_by, current_user),
        coalesce(created_by, current_user))
    ON CONFLICT ON CONSTRAINT prompt_guardrails_name_key DO NOTHING
    RETURNING g.id INTO new_id;
    IF new_id IS NULL THEN
        RAISE EXCEPTION 'guardrail "%" exists already', name
            USING ERRCODE = 'duplicate_object', HINT = 'Change it with prompt.update_guardrail().';
    END IF;
    RETURN new_id;
END
$create$;
COMMENT ON FUNCTION prompt.create_guardrail(text, text, jsonb, text, text, text[], text[], text[], text, boolean, text) IS
    'stores a rule and returns its id; it holds from every session''s next snapshot once committed';

CREATE FUNCTION prompt._check_rule_words(severity text, enforcement text, stages text[]) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $check$
BEGIN
    IF severity IS NULL OR severity NOT IN ('info', 'warning', 'error', 'critical') THEN
        RAISE EXCEPTION 'severity "%" is unknown', severity
            USING ERRCODE = 'invalid_parameter_value', HINT = 'It is info, warning, error or critical.';
    ELSIF enforcement IS NULL OR enforcement NOT IN ('blocking', 'redact', 'warning', 'logging') THEN
        RAISE EXCEPTION 'enforcement "%" is unknown', enforcement
            USING ERRCODE = 'invalid_parameter_value', HINT = 'It is blocking, redact, warning or logging.';
    ELSIF stages IS NULL OR cardinality(stages) = 0 OR NOT stages <@ ARRAY['input', 'prompt', 'response'] THEN
        RAISE EXCEPTION 'stages % are unknown', coalesce(stages::text, 'null')
            USING ERRCODE = 'invalid_parameter_value', HINT = 'They are some of input, prompt and response.';
    END IF;
END
$check$;
COMMENT ON FUNCTION prompt._check_rule_words(text, text, text[]) IS 'refuses an unknown severity, enforcement or stage';

CREATE FUNCTION prompt._guardrail_id(name text) RETURNS uuid
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $find$
DECLARE
    found uuid;
BEGIN
    PERFORM prompt._require_install();
    SELECT g.id INTO found FROM prompt.prompt_guardrails g
     WHERE g.tenant_id = prompt.current_tenant() AND g.name = _guardrail_id.name;
    IF found IS NULL THEN
        RAISE EXCEPTION 'guardrail "%" does not exist', left(name, 300)
            USING ERRCODE = 'undefined_object', HINT = 'Table prompt.prompt_guardrails shows what there is.';
    END IF;
    RETURN found;
END
$find$;
COMMENT ON FUNCTION prompt._guardrail_id(text) IS 'id of this tenant''s rule, or an error';

CREATE FUNCTION prompt.update_guardrail(
    name text, rule_config jsonb DEFAULT NULL, severity text DEFAULT NULL, enforcement text DEFAULT NULL,
    stages text[] DEFAULT NULL, applies_to_templates text[] DEFAULT NULL, applies_to_categories text[] DEFAULT NULL,
    description text DEFAULT NULL, is_active boolean DEFAULT NULL)
    RETURNS uuid LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $update$
#variable_conflict use_variable
DECLARE
    target uuid := prompt._guardrail_id(name);
BEGIN
    PERFORM prompt._check_rule_words(coalesce(severity, 'info'), coalesce(enforcement, 'logging'),
                                     coalesce(stages, '{prompt}'));
    UPDATE prompt.prompt_guardrails g
       SET rule_config = coalesce(rule_config, g.rule_config), severity = coalesce(severity, g.severity),
           enforcement = coalesce(enforcement, g.enforcement), stages = coalesce(stages, g.stages),
           applies_to_templates = coalesce(applies_to_templates, g.applies_to_templates),
           applies_to_categories = coalesce(applies_to_categories, g.applies_to_categories),
           description = coalesce(description, g.description), is_active = coalesce(is_active, g.is_active)
     WHERE g.id = target;
    RETURN target;
END
$update$;
COMMENT ON FUNCTION prompt.update_guardrail(text, jsonb, text, text, text[], text[], text[], text, boolean) IS
    'changes a rule; what is null stays as it is';

CREATE FUNCTION prompt.activate_guardrail(name text) RETURNS uuid
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT prompt.update_guardrail(name, is_active => true) $$;
COMMENT ON FUNCTION prompt.activate_guardrail(text) IS 'turns a rule on';

CREATE FUNCTION prompt.deactivate_guardrail(name text) RETURNS uuid
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT prompt.update_guardrail(name, is_active => false) $$;
COMMENT ON FUNCTION prompt.deactivate_guardrail(text) IS 'turns a rule off; it stays stored';

CREATE FUNCTION prompt.evaluate_guardrails(content text, prompt_name text DEFAULT NULL, category text DEFAULT NULL,
    stage text DEFAULT 'prompt')
    RETURNS TABLE (rule text, rule_type text, severity text, enforcement text, message text, entity text,
                   start_offset int, end_offset int, score float8)
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_evaluate_guardrails';
COMMENT ON FUNCTION prompt.evaluate_guardrails(text, text, text, text) IS
    'holds a text against the active rules that apply to a prompt or category at a stage: a row per violation, offsets in '
    'characters from 0, end exclusive';

CREATE FUNCTION prompt.test_guardrail(rule_type text, rule_config jsonb, content text, stages text[] DEFAULT '{input,prompt}')
    RETURNS TABLE (message text, entity text, found text, start_offset int, end_offset int, score float8)
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_test_guardrail';
COMMENT ON FUNCTION prompt.test_guardrail(text, jsonb, text, text[]) IS
    'what a rule would find in a text, before it goes live; an error in a function that it calls is raised, an answer that is none is explained';

CREATE FUNCTION prompt.detect_pii(content text, entities text[] DEFAULT NULL)
    RETURNS TABLE (entity text, found text, start_offset int, end_offset int, score float8, validated boolean)
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_detect_pii';
COMMENT ON FUNCTION prompt.detect_pii(text, text[]) IS
    'personal data in a text; entities null means those that a pii rule looks for by default';

CREATE FUNCTION prompt.redact(content text, entities text[] DEFAULT NULL, mode text DEFAULT 'mask', hash_key text DEFAULT '')
    RETURNS text LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_redact';
COMMENT ON FUNCTION prompt.redact(text, text[], text, text) IS
    'a text with its personal data covered: mask <EMAIL>, hash <EMAIL:5f2c81d09a3e> (keyed by hash_key, or else by setting prompt.redact_key), or partial';

CREATE FUNCTION prompt.injection_score(content text) RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_injection_score';
COMMENT ON FUNCTION prompt.injection_score(text) IS
    'how much a text looks like an attempt to take a model over: 0 to 1; a signal, no proof';

CREATE FUNCTION prompt._scan(content text, document jsonb, is_chat boolean, stage text, rules text[], prompt_name text,
                             category text)
    RETURNS TABLE (path text, rule text, rule_type text, severity text, enforcement text, message text, entity text,
                   start_offset int, end_offset int, score float8)
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_scan';
COMMENT ON FUNCTION prompt._scan(text, jsonb, boolean, text, text[], text, text) IS
    'holds a stored text, or every string of a stored document, against the active rules or those that are named';
