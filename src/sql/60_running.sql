-- ---------------------------------------------------------------- running: from a name to a checked prompt

CREATE FUNCTION prompt.get_active_prompt(
    name text, user_id text DEFAULT NULL, enable_ab_testing boolean DEFAULT true, label text DEFAULT NULL,
    version int DEFAULT NULL,
    OUT template_id uuid, OUT prompt_name text, OUT template_version int, OUT semver text, OUT template_format text,
    OUT template_text text, OUT messages jsonb, OUT variables jsonb, OUT model_config jsonb, OUT category text,
    OUT experiment_id uuid, OUT variant text, OUT allocation_epoch int)
    RETURNS record LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_get_active_prompt';
COMMENT ON FUNCTION prompt.get_active_prompt(text, text, boolean, text, int) IS
    'which version, experiment and variant of a prompt serve a user: the variant of a running experiment, else the version '
    'in production; or the version of a label or number, outside of experiments';

CREATE FUNCTION prompt.get_prompt(
    name text, variables jsonb DEFAULT '{}', user_id text DEFAULT NULL, request_id text DEFAULT NULL,
    enable_ab_testing boolean DEFAULT true, label text DEFAULT NULL, version int DEFAULT NULL,
    OUT rendered_prompt text, OUT messages jsonb, OUT template_id uuid, OUT template_version int,
    OUT experiment_id uuid, OUT variant text, OUT allocation_epoch int, OUT violations jsonb, OUT blocked boolean)
    RETURNS record LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_get_prompt';
COMMENT ON FUNCTION prompt.get_prompt(text, jsonb, text, text, boolean, text, int) IS
    'renders the prompt that serves a user and holds it against the guardrails; writes nothing; a blocked prompt is null';

CREATE FUNCTION prompt.render_prompt(
    name text, variables jsonb DEFAULT '{}', user_id text DEFAULT NULL, request_id text DEFAULT NULL,
    session_id text DEFAULT NULL, enable_ab_testing boolean DEFAULT true, label text DEFAULT NULL,
    version int DEFAULT NULL, conversation_context jsonb DEFAULT NULL, model_name text DEFAULT NULL,
    metadata jsonb DEFAULT NULL, execution_id uuid DEFAULT NULL, raise_on_block boolean DEFAULT false,
    OUT execution_id uuid, OUT rendered_prompt text, OUT messages jsonb, OUT template_id uuid, OUT template_version int,
    OUT experiment_id uuid, OUT variant text, OUT allocation_epoch int, OUT violations jsonb, OUT blocked boolean)
    RETURNS record LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'pgprompt_render_prompt';
COMMENT ON FUNCTION prompt.render_prompt(text, jsonb, text, text, text, boolean, text, int, jsonb, text, jsonb, uuid, boolean) IS
    'get_prompt() and one row in prompt_executions, pending or blocked; the id may be given, so that a retry adds no second row';

CREATE FUNCTION prompt._check_response(response text, prompt_name text, category text,
    OUT blocked boolean, OUT violations jsonb, OUT evaluated jsonb, OUT violated text[], OUT response text, OUT stored text)
    RETURNS record LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'pgprompt_check_response';
COMMENT ON FUNCTION prompt._check_response(text, text, text) IS
    'holds a response against the response rules: the response with masks (null if blocked) and as it may be stored; '
    'all null for null';

CREATE FUNCTION prompt._mask_stored(content text, variables jsonb, context jsonb, prompt_name text, category text,
    keep boolean DEFAULT false, OUT content text, OUT variables jsonb, OUT context jsonb)
    RETURNS record LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'pgprompt_mask_stored';
COMMENT ON FUNCTION prompt._mask_stored(text, jsonb, jsonb, text, text, boolean) IS
    'texts as they may be stored: masked by redacting rules, or as prompt.log_content says; keep those that are no part '
    'of the conversation where it says none';

CREATE FUNCTION prompt._execution(execution_id uuid, OUT template_id uuid, OUT status text, OUT prompt_name text, OUT category text)
    RETURNS record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $find$
BEGIN
    SELECT t.id, x.status, t.name, t.category INTO template_id, status, prompt_name, category
      FROM prompt.prompt_executions x JOIN prompt.prompt_templates t ON t.id = x.template_id
     WHERE x.id = execution_id AND x.tenant_id = prompt.current_tenant();
    IF template_id IS NULL THEN
        RAISE EXCEPTION 'execution % does not exist', execution_id
            USING ERRCODE = 'undefined_object', HINT = 'Its id is what render_prompt() or record_execution() returned.';
    END IF;
END
$find$;
COMMENT ON FUNCTION prompt._execution(uuid) IS 'the status of an execution of this tenant and its prompt, or an error';

CREATE FUNCTION prompt._check_measures(response_time_ms int, input_tokens int, output_tokens int, cost_usd numeric,
                                       quality_score numeric, safety_score numeric) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $check$
DECLARE
    wrong text := CASE
        WHEN response_time_ms < 0 THEN format('response_time_ms is %s, below 0', response_time_ms)
        WHEN input_tokens < 0 THEN format('input_tokens is %s, below 0', input_tokens)
        WHEN output_tokens < 0 THEN format('output_tokens is %s, below 0', output_tokens)
        WHEN cost_usd < 0 OR cost_usd >= 1e12 THEN format('cost_usd is %s, no amount', cost_usd)
        WHEN quality_score NOT BETWEEN 0 AND 1 THEN format('quality_score is %s, not between 0 and 1', quality_score)
        WHEN safety_score NOT BETWEEN 0 AND 1 THEN format('safety_score is %s, not between 0 and 1', safety_score) END;
BEGIN
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION '%', left(wrong, 200) USING ERRCODE = 'invalid_parameter_value';
    END IF;
END
$check$;
COMMENT ON FUNCTION prompt._check_measures(int, int, int, numeric, numeric, numeric) IS 'refuses measures that no call can have';

CREATE FUNCTION prompt._check_conversion(value numeric) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $check$
BEGIN
    IF NOT (value > -1e15 AND value < 1e15) THEN
        RAISE EXCEPTION 'conversion % is no amount', left(value::text, 40)
            USING ERRCODE = 'invalid_parameter_value', HINT = 'It is a number between -1e15 and 1e15.';
    END IF;
END
$check$;
COMMENT ON FUNCTION prompt._check_conversion(numeric) IS 'refuses a conversion that is no amount, before the row is in an error';

CREATE FUNCTION prompt._check_object(name text, value jsonb) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $check$
BEGIN
    IF jsonb_typeof(value) <> 'object' THEN
        RAISE EXCEPTION '% is no JSON object', name USING ERRCODE = 'invalid_parameter_value';
    END IF;
END
$check$;
COMMENT ON FUNCTION prompt._check_object(text, jsonb) IS 'refuses JSON that is no object, before the row is in an error';

CREATE FUNCTION prompt._check_final_status(status text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $check$
BEGIN
    IF status IS NULL OR status NOT IN ('success', 'error', 'timeout') THEN
        RAISE EXCEPTION 'status "%" is no final status', status
            USING ERRCODE = 'invalid_parameter_value', HINT = 'It is success, error or timeout.';
    END IF;
END
$check$;
COMMENT ON FUNCTION prompt._check_final_status(text) IS 'refuses a status that no completed execution has';

CREATE FUNCTION prompt._is_sampled(execution_id uuid) RETURNS boolean
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_is_sampled';
COMMENT ON FUNCTION prompt._is_sampled(uuid) IS 'whether the texts of an execution are stored: prompt.sample_rate of all are';

-- response_text goes in raw and comes out safe: one parameter for both.
CREATE FUNCTION prompt._check_repeated(id uuid, tenant text, status text, response_text text, response_time_ms int,
    input_tokens int, output_tokens int, cost_usd numeric, quality_score numeric, conversion_metric numeric, error_type text,
    error_message text, safety_score numeric, model_name text, metadata jsonb, evaluated jsonb) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $check$
DECLARE
    x prompt.prompt_executions;
BEGIN
    SELECT * INTO x FROM prompt.prompt_executions e WHERE e.id = _check_repeated.id AND e.tenant_id = tenant;
    IF NOT FOUND THEN
        PERFORM prompt._execution(id);
    ELSIF x.status = status AND coalesce(x.response_text = response_text, response_text IS NULL)
       AND coalesce(x.response_time_ms = response_time_ms, response_time_ms IS NULL)
       AND coalesce(x.input_tokens = input_tokens, input_tokens IS NULL)
       AND coalesce(x.output_tokens = output_tokens, output_tokens IS NULL)
       AND coalesce(x.cost_usd = cost_usd, cost_usd IS NULL)
       AND coalesce(x.quality_score = quality_score, quality_score IS NULL)
       AND coalesce(x.conversion_metric = conversion_metric, conversion_metric IS NULL)
       AND coalesce(x.error_type = error_type, error_type IS NULL)
       AND coalesce(x.error_message = error_message, error_message IS NULL)
       AND coalesce(x.safety_score = safety_score, safety_score IS NULL)
       AND coalesce(x.model_name = model_name, model_name IS NULL)
       AND coalesce(x.metadata @> metadata, metadata IS NULL)
    THEN
        RETURN;
    END IF;
    RAISE EXCEPTION 'execution % is complete', id
        USING ERRCODE = 'object_not_in_prerequisite_state',
              DETAIL = format('It ended with status "%s"; this call says other than what is stored.', x.status),
              HINT = 'What comes later has functions of its own, such as rate_execution() and record_conversion(); '
                     'a correction is an UPDATE of prompt.prompt_executions.';
END
$check$;
COMMENT ON FUNCTION prompt._check_repeated(uuid, text, text, text, int, int, int, numeric, numeric, numeric, text, text, numeric, text,
    jsonb, jsonb) IS 'refuses to complete an execution again, unless the call says what is stored';

CREATE FUNCTION prompt.complete_execution(
    execution_id uuid, status text DEFAULT 'success', INOUT response_text text DEFAULT NULL,
    response_time_ms int DEFAULT NULL, input_tokens int DEFAULT NULL, output_tokens int DEFAULT NULL,
    cost_usd numeric DEFAULT NULL, quality_score numeric DEFAULT NULL, conversion_metric numeric DEFAULT NULL,
    error_type text DEFAULT NULL, error_message text DEFAULT NULL, safety_score numeric DEFAULT NULL,
    model_name text DEFAULT NULL, metadata jsonb DEFAULT NULL, OUT blocked boolean, OUT violations jsonb)
    RETURNS record LANGUAGE c AS 'MODULE_PATHNAME', 'pgprompt_complete_execution';
COMMENT ON FUNCTION prompt.complete_execution(uuid, text, text, int, int, int, numeric, numeric, numeric, text, text, numeric, text, jsonb) IS
    'records how a call ended and holds its response against the response rules: returns the safe response, null if it is '
    'blocked; what is null stays as it was';

CREATE FUNCTION prompt.scan_executions(
    since timestamptz DEFAULT now() - interval '1 day', rules text[] DEFAULT NULL, until timestamptz DEFAULT NULL,
    OUT execution_id uuid, OUT created_at timestamptz, OUT prompt_name text, OUT stage text, OUT field text, OUT path text,
    OUT rule text, OUT rule_type text, OUT severity text, OUT enforcement text, OUT message text, OUT entity text,
    OUT start_offset int, OUT end_offset int, OUT score float8)
    RETURNS SETOF record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $scan$
#variable_conflict use_column
BEGIN
    PERFORM prompt._require_install();
    -- Where there is nothing to scan, too.
    PERFORM prompt._guardrail_id(r) FROM unnest(rules) AS r
      WHERE NOT EXISTS (SELECT FROM prompt.prompt_guardrails g WHERE g.tenant_id IN (prompt.current_tenant(), '') AND g.name = r);
    RETURN QUERY
    SELECT x.id, x.created_at, t.name, f.stage, f.field, v.path, v.rule, v.rule_type, v.severity, v.enforcement, v.message,
           v.entity, v.start_offset, v.end_offset, v.score
      FROM prompt.prompt_executions x
      LEFT JOIN prompt.prompt_templates t ON t.id = x.template_id
      CROSS JOIN LATERAL (VALUES ('input', 'variables_used', NULL, x.variables_used),
                                 ('input', 'conversation_context', NULL, x.conversation_context),
                                 ('prompt', 'rendered_prompt', x.rendered_prompt, NULL),
                                 ('response', 'response_text', x.response_text, NULL)) AS f (stage, field, content, document)
      CROSS JOIN LATERAL prompt._scan(f.content, f.document, f.stage = 'prompt' AND t.messages IS NOT NULL, f.stage,
                                      rules, t.name, t.category) AS v
     WHERE x.tenant_id = prompt.current_tenant() AND x.created_at >= since AND (until IS NULL OR x.created_at < until)
       AND (f.content IS NOT NULL OR f.document IS NOT NULL);
END
$scan$;
COMMENT ON FUNCTION prompt.scan_executions(timestamptz, text[], timestamptz) IS
    'holds what is stored of past executions against the active rules, or those named (active or not), each at its stages: '
    'a row per violation, offsets in the stored text';

CREATE FUNCTION prompt._check_unit(name text, value text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $check$
BEGIN
    IF length(value) > 1000 THEN
        RAISE EXCEPTION '% has % characters', name, length(value) USING ERRCODE = 'invalid_parameter_value',
            HINT = 'At most 1000 are stored; a hash of it serves as well.';
    END IF;
END
$check$;
COMMENT ON FUNCTION prompt._check_unit(text, text) IS 'refuses an id of a user or request that is too long to be stored';

CREATE FUNCTION prompt._check_exposure(experiment_id uuid, variant text, allocation_epoch int, template_id uuid) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $check$
DECLARE
    chosen record;
BEGIN
    SELECT e.name, e.status, e.allocation_epoch AS last_epoch, v.template_id INTO chosen
      FROM prompt.ab_test_experiments e
      LEFT JOIN prompt.ab_test_variants v ON v.experiment_id = e.id AND v.name = _check_exposure.variant
     WHERE e.id = _check_exposure.experiment_id AND e.tenant_id IN (prompt.current_tenant(), '');
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no experiment with id %', experiment_id USING ERRCODE = 'undefined_object';
    ELSIF chosen.template_id IS NULL THEN
        RAISE EXCEPTION 'experiment "%" has no variant "%"', chosen.name, variant USING ERRCODE = 'undefined_object';
    ELSIF chosen.template_id <> _check_exposure.template_id THEN
        RAISE EXCEPTION 'the version is not that of variant "%" of experiment "%"', variant, chosen.name
            USING ERRCODE = 'invalid_parameter_value';
    ELSIF chosen.status = 'draft' THEN
        RAISE EXCEPTION 'experiment "%" has not been started', chosen.name
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Start it with prompt.start_experiment().';
    ELSIF allocation_epoch IS NULL OR allocation_epoch NOT BETWEEN 0 AND chosen.last_epoch THEN
        RAISE EXCEPTION 'experiment "%" had no epoch %', chosen.name, coalesce(allocation_epoch::text, 'null')
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('Its epochs are 1 to %s; 0 stands for forced variants.', chosen.last_epoch);
    END IF;
END
$check$;
COMMENT ON FUNCTION prompt._check_exposure(uuid, text, int, uuid) IS
    'refuses an execution of an experiment, variant, epoch or version that do not belong together';

-- A retry by name may get another version than the call did, since a version can be promoted meanwhile.
CREATE FUNCTION prompt._check_same_call(execution_id uuid, prompt_name text, template_id uuid, user_id text, is_final boolean)
    RETURNS void LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $check$
DECLARE
    x record;
    other text;
BEGIN
    SELECT e.template_id, e.user_id, e.status, t.name, t.version INTO x
      FROM prompt.prompt_executions e LEFT JOIN prompt.prompt_templates t ON t.id = e.template_id
     WHERE e.id = execution_id AND e.tenant_id = prompt.current_tenant();
    IF NOT FOUND THEN
        RETURN;
    END IF;
    other := CASE WHEN x.name <> prompt_name OR x.template_id <> _check_same_call.template_id
                       THEN format('It is one of version %s of prompt "%s".', x.version, x.name)
                  WHEN x.user_id IS DISTINCT FROM _check_same_call.user_id
                       THEN CASE WHEN x.user_id IS NULL THEN 'It is one without a user.' ELSE 'It is one of another user.' END
                  WHEN is_final AND x.status = 'pending' THEN 'Its status is pending.' END;
    IF other IS NOT NULL THEN
        RAISE EXCEPTION 'execution % is another call', execution_id
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = other,
                  HINT = CASE WHEN other LIKE 'Its status%' THEN 'prompt.complete_execution() records how it ended.'
                              ELSE 'An execution_id is for one call and its retries: prompt.uuid_v7() makes another.' END;
    END IF;
END
$check$;
COMMENT ON FUNCTION prompt._check_same_call(uuid, text, uuid, text, boolean) IS
    'refuses the id of an execution that is there already for a call of another prompt, version (null: any) or user';

CREATE FUNCTION prompt.record_execution(
    template_id uuid, user_id text DEFAULT NULL, request_id text DEFAULT NULL, session_id text DEFAULT NULL,
    variables_used jsonb DEFAULT NULL, rendered_prompt text DEFAULT NULL, response_text text DEFAULT NULL,
    status text DEFAULT 'success', response_time_ms int DEFAULT NULL, input_tokens int DEFAULT NULL,
    output_tokens int DEFAULT NULL, cost_usd numeric DEFAULT NULL, quality_score numeric DEFAULT NULL,
    conversion_metric numeric DEFAULT NULL, error_type text DEFAULT NULL, error_message text DEFAULT NULL,
    experiment_id uuid DEFAULT NULL, variant text DEFAULT NULL, allocation_epoch int DEFAULT NULL,
    conversation_context jsonb DEFAULT NULL, model_name text DEFAULT NULL, model_config jsonb DEFAULT NULL,
    safety_score numeric DEFAULT NULL, metadata jsonb DEFAULT NULL, execution_id uuid DEFAULT NULL,
    created_at timestamptz DEFAULT NULL)
    RETURNS uuid LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $record$
#variable_conflict use_variable
DECLARE
    hash text;
    chosen record;
    stored record;
    checked record;
    new_id uuid;
BEGIN
    PERFORM prompt._check_final_status(status);
    PERFORM prompt._check_measures(response_time_ms, input_tokens, output_tokens, cost_usd, quality_score, safety_score);
    PERFORM prompt._check_conversion(conversion_metric), prompt._check_object('variables_used', variables_used),
            prompt._check_object('metadata', metadata), prompt._check_object('model_config', model_config);
    IF created_at < '1900-01-01 00:00+00' OR created_at >= '2200-01-01 00:00+00' THEN
        RAISE EXCEPTION 'created_at is %, not in the years 1900 to 2199', created_at USING ERRCODE = 'invalid_parameter_value';
    ELSIF execution_id IS NULL AND created_at < '1970-01-01 00:00+00' THEN
        RAISE EXCEPTION 'created_at is %, before the first time that an id can hold', created_at
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Ids are UUIDs of version 7, which begin in 1970.',
                  HINT = 'Give an execution_id of a later time: prompt.uuid_v7().';
    END IF;
    new_id := coalesce(execution_id, prompt.uuid_v7(created_at));
    IF prompt.uuid_v7_time(new_id) IS NULL THEN
        RAISE EXCEPTION 'execution_id is no UUID of version 7'
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Make one with prompt.uuid_v7(), or leave it out.';
    END IF;
    SELECT t.name, t.category, t.model_config INTO chosen FROM prompt.prompt_templates t
     WHERE t.id = template_id AND t.tenant_id IN (prompt.current_tenant(), '');
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no version with id %', template_id USING ERRCODE = 'undefined_object';
    END IF;
    PERFORM prompt._check_unit('user_id', user_id), prompt._check_unit('request_id', request_id);
    IF experiment_id IS NOT NULL THEN
        PERFORM prompt._check_exposure(experiment_id, variant, allocation_epoch, template_id);
    ELSIF variant IS NOT NULL THEN
        RAISE EXCEPTION 'a variant is given, but no experiment' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'experiment_id, variant and allocation_epoch are what get_prompt() returned.';
    END IF;
    SELECT * INTO stored
      FROM prompt._mask_stored(rendered_prompt, variables_used, conversation_context, chosen.name, chosen.category);
    SELECT * INTO checked FROM prompt._check_response(response_text, chosen.name, chosen.category);
    SELECT m.content INTO error_message
      FROM prompt._mask_stored(error_message, NULL, NULL, chosen.name, chosen.category) AS m;
    SELECT m.content, m.variables INTO error_type, metadata
      FROM prompt._mask_stored(error_type, metadata, NULL, chosen.name, chosen.category, keep => true) AS m;
    SELECT m.content, m.variables INTO model_name, model_config
      FROM prompt._mask_stored(model_name, model_config, NULL, chosen.name, chosen.category, keep => true) AS m;
    hash := prompt.question_hash(prompt._question_of(stored.variables, stored.context));
    IF NOT prompt._is_sampled(new_id) THEN
        SELECT NULL::text, NULL::jsonb, NULL::jsonb INTO stored.content, stored.variables, stored.context;
        checked.stored := NULL;
        error_message := NULL;
    END IF;
    INSERT INTO prompt.prompt_executions (id, template_id, request_id, session_id, user_id, experiment_id, variant,
        allocation_epoch, variables_used, rendered_prompt, conversation_context, model_name, model_config, response_text,
        status, error_type, error_message, response_time_ms, input_tokens, output_tokens, cost_usd, quality_score,
        conversion_metric, safety_score, guardrails_evaluated, guardrail_violations, metadata, question_hash, created_at,
        completed_at)
    VALUES (new_id, template_id, request_id, session_id, user_id, experiment_id, variant, allocation_epoch,
        stored.variables, stored.content, stored.context,
        coalesce(model_name, model_config ->> 'model_name', chosen.model_config ->> 'model_name',
                 chosen.model_config ->> 'model'),
        coalesce(model_config, chosen.model_config), checked.stored,
        CASE WHEN checked.blocked THEN 'blocked' ELSE status END, error_type, error_message, response_time_ms, input_tokens,
        output_tokens, cost_usd, quality_score, conversion_metric, safety_score, checked.evaluated,
        nullif(checked.violated, '{}'), metadata, hash, coalesce(created_at, now()), now())
    ON CONFLICT (id, tenant_id) DO NOTHING;
    IF NOT FOUND THEN
        PERFORM prompt._check_same_call(new_id, chosen.name, template_id, user_id, true);
    END IF;
    RETURN new_id;
END
$record$;
COMMENT ON FUNCTION prompt.record_execution(uuid, text, text, text, jsonb, text, text, text, int, int, int, numeric, numeric,
    numeric, text, text, uuid, text, int, jsonb, text, jsonb, numeric, jsonb, uuid, timestamptz) IS
    'records a whole call in one insert, for those who render first; a retry with the same execution_id adds no row';

CREATE FUNCTION prompt._mask_note(execution_id uuid, note text) RETURNS text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $mask$
DECLARE
    execution record;
BEGIN
    IF note IS NULL THEN
        RETURN NULL;
    END IF;
    execution := prompt._execution(execution_id);
    RETURN (prompt._mask_stored(note, NULL, NULL, execution.prompt_name, execution.category, keep => true)).content;
END
$mask$;
COMMENT ON FUNCTION prompt._mask_note(uuid, text) IS 'what somebody wrote about an execution, masked by the rules of its prompt';

CREATE FUNCTION prompt.rate_execution(execution_id uuid, rating int, feedback text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $rate$
BEGIN
    IF rating IS NULL OR rating NOT BETWEEN 1 AND 5 THEN
        RAISE EXCEPTION 'rating % is not between 1 and 5', rating USING ERRCODE = 'invalid_parameter_value';
    END IF;
    feedback := prompt._mask_note(execution_id, feedback);
    UPDATE prompt.prompt_executions x
       SET rating = rate_execution.rating, rating_feedback = coalesce(feedback, x.rating_feedback), rated_at = now()
     WHERE x.id = execution_id AND x.tenant_id = prompt.current_tenant();
    IF NOT FOUND THEN
        PERFORM prompt._execution(execution_id);
    END IF;
END
$rate$;
COMMENT ON FUNCTION prompt.rate_execution(uuid, int, text) IS 'records a user''s rating, 1 to 5, of an execution';

CREATE FUNCTION prompt.record_conversion(execution_id uuid, value numeric DEFAULT 1) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $convert$
BEGIN
    IF value IS NULL OR NOT (value > -1e15 AND value < 1e15) THEN
        RAISE EXCEPTION 'conversion % is no amount', left(value::text, 40)
            USING ERRCODE = 'invalid_parameter_value', HINT = 'It is a number between -1e15 and 1e15.';
    END IF;
    UPDATE prompt.prompt_executions x SET conversion_metric = value
     WHERE x.id = execution_id AND x.tenant_id = prompt.current_tenant();
    IF NOT FOUND THEN
        PERFORM prompt._execution(execution_id);
    END IF;
END
$convert$;
COMMENT ON FUNCTION prompt.record_conversion(uuid, numeric) IS 'records that an execution led to a conversion, or its value';

CREATE FUNCTION prompt.escalate_execution(execution_id uuid, reason text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $escalate$
BEGIN
    reason := prompt._mask_note(execution_id, reason);
    UPDATE prompt.prompt_executions x
       SET escalated = true, escalation_reason = coalesce(reason, x.escalation_reason),
           escalated_at = coalesce(x.escalated_at, now())
     WHERE x.id = execution_id AND x.tenant_id = prompt.current_tenant();
    IF NOT FOUND THEN
        PERFORM prompt._execution(execution_id);
    END IF;
END
$escalate$;
COMMENT ON FUNCTION prompt.escalate_execution(uuid, text) IS 'records that an execution was handed to a person';

CREATE FUNCTION prompt.flag_execution(execution_id uuid, reason text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $flag$
BEGIN
    reason := prompt._mask_note(execution_id, reason);
    UPDATE prompt.prompt_executions x
       SET flagged_for_review = true,
           metadata = CASE WHEN reason IS NULL THEN x.metadata
                           ELSE coalesce(x.metadata, '{}') || jsonb_build_object('flag_reason', reason) END
     WHERE x.id = execution_id AND x.tenant_id = prompt.current_tenant();
    IF NOT FOUND THEN
        PERFORM prompt._execution(execution_id);
    END IF;
END
$flag$;
COMMENT ON FUNCTION prompt.flag_execution(uuid, text) IS
    'marks an execution for review; the reason goes to metadata as flag_reason';
