-- ---------------------------------------------------------------- a person's data

-- Of what guardrails found only that they did: entries lose their texts.
CREATE FUNCTION prompt._bare_evaluations(evaluated jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $bare$
    SELECT CASE WHEN jsonb_typeof(evaluated) = 'array' THEN
        (SELECT jsonb_agg(CASE WHEN jsonb_typeof(e) = 'object'
                               THEN jsonb_strip_nulls(jsonb_build_object('rule', e -> 'rule', 'stage', e -> 'stage', 'passed', e -> 'passed'))
                               ELSE 'null' END ORDER BY n)
           FROM jsonb_array_elements(evaluated) WITH ORDINALITY AS x (e, n)) END
$bare$;
COMMENT ON FUNCTION prompt._bare_evaluations(jsonb) IS 'evaluations of guardrails without what they found';

CREATE FUNCTION prompt._measured_metadata(metadata jsonb, of_experiment uuid) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $measured$
    SELECT jsonb_object_agg(m.key, metadata -> m.key)
      FROM prompt.ab_test_experiments e, unnest(e.metrics) AS n (name),
           LATERAL (SELECT substr(n.name, 10) AS key) AS m
     WHERE e.id = of_experiment AND n.name LIKE 'metadata.%' AND jsonb_typeof(metadata -> m.key) = 'number'
$measured$;
COMMENT ON FUNCTION prompt._measured_metadata(jsonb, uuid) IS 'the numbers of metadata that are metrics of an experiment';

CREATE FUNCTION prompt._erase_executions(relation regclass, user_id text, tenant text, pseudonym text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $erase$
DECLARE
    erased bigint;
BEGIN
    EXECUTE format('UPDATE %s x SET user_id = $3, request_id = NULL, session_id = NULL, variables_used = NULL, '
                   'rendered_prompt = NULL, conversation_context = NULL, question_hash = NULL, response_text = NULL, '
                   'error_message = NULL, rating_feedback = NULL, escalation_reason = NULL, '
                   'guardrails_evaluated = prompt._bare_evaluations(x.guardrails_evaluated), '
                   'metadata = prompt._measured_metadata(x.metadata, x.experiment_id) '
                   'WHERE x.user_id = $1 AND x.tenant_id = $2', relation) USING user_id, tenant, pseudonym;
    GET DIAGNOSTICS erased = ROW_COUNT;
    RETURN erased;
END
$erase$;
COMMENT ON FUNCTION prompt._erase_executions(regclass, text, text, text) IS
    'erases a user of a tenant from prompt_executions or a partition that has been detached; says in how many rows';

CREATE FUNCTION prompt.forget_user(user_id text, OUT relation text, OUT rows bigint, OUT detail text)
    RETURNS SETOF record LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $forget$
#variable_conflict use_variable
DECLARE
    tenant constant text := prompt.current_tenant();
    -- One name for all that the person did, so that an experiment still sees one user; nobody knows whose it was.
    pseudonym constant text := 'forgotten:' || gen_random_uuid();
    experiment uuid;
    experiments uuid[] := '{}';
    detached regclass;
BEGIN
    PERFORM prompt._require_install();
    IF user_id IS NULL OR user_id = '' THEN
        RAISE EXCEPTION 'the user to be forgotten is not named' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'prompt.forget_user() needs isolation level READ COMMITTED'
            USING ERRCODE = 'invalid_transaction_state',
                  DETAIL = 'An older snapshot would miss what other sessions have recorded meanwhile.';
    END IF;
    -- Nobody folds the user's totals while they change their name.
    FOR experiment IN
        SELECT x.experiment_id FROM prompt.prompt_executions x
         WHERE x.user_id = user_id AND x.tenant_id = tenant AND x.experiment_id IS NOT NULL
         UNION SELECT s.experiment_id FROM prompt.prompt_subjects s WHERE s.unit = user_id AND s.tenant_id = tenant
         UNION SELECT q.experiment_id FROM prompt.prompt_subject_queue q WHERE q.unit = user_id AND q.tenant_id = tenant
         ORDER BY 1
    LOOP
        PERFORM prompt._wait_for_folder(experiment);
        experiments := experiments || experiment;
    END LOOP;
    -- The trigger leaves the totals to the updates below.
    PERFORM set_config('prompt.pseudonym', pseudonym, true);
    rows := prompt._erase_executions('prompt.prompt_executions', user_id, tenant, pseudonym);
    relation := 'prompt_executions';
    detail := 'texts and ids erased; measures, ratings and times kept';
    RETURN NEXT;
    FOR detached IN SELECT * FROM prompt._detached_partitions() LOOP
        relation := (SELECT c.relname FROM pg_class c WHERE c.oid = detached);
        IF has_table_privilege(detached, 'SELECT') AND has_table_privilege(detached, 'UPDATE') THEN
            rows := prompt._erase_executions(detached, user_id, tenant, pseudonym);
            detail := 'detached partition: texts and ids erased; measures, ratings and times kept';
        ELSE
            rows := NULL;
            detail := format('detached partition: nothing erased, since role "%s" may not change it', current_user);
            RAISE WARNING 'the user may still be in detached partition %', detached
                USING DETAIL = format('Role "%s" may not change it.', current_user),
                      HINT = 'Its owner can call prompt.forget_user() again, or drop it.';
        END IF;
        RETURN NEXT;
    END LOOP;
    PERFORM set_config('prompt.pseudonym', '', true);
    -- Whoever recorded something for the user before the update could reach its row has committed by now.
    UPDATE prompt.prompt_subject_queue q SET unit = pseudonym WHERE q.unit = user_id AND q.tenant_id = tenant;
    GET DIAGNOSTICS rows = ROW_COUNT;
    relation := 'prompt_subject_queue';
    detail := 'changes of totals that wait now belong to an anonymous user';
    RETURN NEXT;
    UPDATE prompt.prompt_subjects s SET unit = pseudonym WHERE s.unit = user_id AND s.tenant_id = tenant;
    GET DIAGNOSTICS rows = ROW_COUNT;
    relation := 'prompt_subjects';
    detail := 'totals in experiments now belong to an anonymous user';
    RETURN NEXT;
    -- In a shared experiment another tenant's user of the same id had the same totals: each gets his own.
    FOR experiment IN
        SELECT DISTINCT x.experiment_id FROM prompt.prompt_executions x
         WHERE x.user_id = user_id AND x.tenant_id <> tenant AND x.experiment_id = ANY (experiments)
    LOOP
        PERFORM prompt._rebuild_subjects(experiment);
    END LOOP;
    UPDATE prompt.ab_test_experiments e SET forced = e.forced - user_id WHERE e.forced ? user_id AND e.tenant_id = tenant;
    GET DIAGNOSTICS rows = ROW_COUNT;
    relation := 'ab_test_experiments';
    detail := 'variants forced on the user are so no longer';
    RETURN NEXT;
    relation := 'prompt_metrics';
    rows := 0;
    detail := 'counts name no user and stay as they are';
    RETURN NEXT;
    relation := 'prompt_audit_log';
    SELECT count(*) INTO rows FROM prompt.prompt_audit_log a
     WHERE a.tenant_id = tenant AND a.entity = 'ab_test_experiments' AND (a.old_values -> 'forced' ? user_id OR a.new_values -> 'forced' ? user_id);
    detail := 'cannot be changed; entries that name the user, since a variant was forced on the user';
    RETURN NEXT;
END
$forget$;
COMMENT ON FUNCTION prompt.forget_user(text) IS
    'erases a user''s texts and ids from the executions of this tenant, in detached partitions, too, and keeps the counts; in experiments the user goes on as an '
    'anonymous one; says what it did';
