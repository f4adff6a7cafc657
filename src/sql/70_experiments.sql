-- ---------------------------------------------------------------- experiments: assignment

CREATE FUNCTION prompt.bucket(salt text, unit_id text) RETURNS int
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_bucket';
COMMENT ON FUNCTION prompt.bucket(text, text) IS
    'bucket (0 to 9999) of a unit under a salt: XXH3-64 of the salt, a zero byte and the unit, modulo 10,000';

CREATE FUNCTION prompt.assign_variant(salt text, unit_id text, weights float8[]) RETURNS int
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_assign_variant';
COMMENT ON FUNCTION prompt.assign_variant(text, text, float8[]) IS
    'ordinal (from 1) of the variant that a unit gets under the initial layout of the weights';

CREATE FUNCTION prompt._bucket_boundaries(weights float8[]) RETURNS int[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_bucket_boundaries';
COMMENT ON FUNCTION prompt._bucket_boundaries(float8[]) IS
    'where the buckets of each variant end under the initial layout: variant i has those from boundary i-1 (0 for the '
    'first) up to, not including, boundary i';

CREATE FUNCTION prompt._assignment(tenant text, prompt_name text, unit text)
    RETURNS TABLE (experiment_id uuid, variant text, allocation_epoch int, template_id uuid)
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_assignment';
COMMENT ON FUNCTION prompt._assignment(text, text, text) IS
    'the running experiment, variant, epoch and version that serve a unit, as get_prompt() chooses them; no row where none '
    'does. Epoch 0: the user has a forced variant';

CREATE FUNCTION prompt.select_variant(experiment text, user_id text) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $select$
DECLARE
    target constant uuid := prompt._experiment_id(experiment);
    chosen prompt.ab_test_experiments;
BEGIN
    SELECT * INTO chosen FROM prompt.ab_test_experiments e WHERE e.id = target;
    IF chosen.status <> 'running' OR user_id IS NULL
       OR NOT coalesce(current_setting('prompt.ab_testing', true)::boolean, true) THEN
        RETURN NULL;
    END IF;
    RETURN (SELECT a.variant FROM prompt._assignment(chosen.tenant_id, chosen.prompt_name, user_id) AS a
             WHERE a.experiment_id = chosen.id);
END
$select$;
COMMENT ON FUNCTION prompt.select_variant(text, text) IS
    'name of the variant that a user gets in an experiment; null outside its traffic, or while it is not running';

-- ---------------------------------------------------------------- experiments: lifecycle

CREATE FUNCTION prompt._experiment_id(name text) RETURNS uuid
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $find$
DECLARE
    found uuid;
    nearest text;
BEGIN
    PERFORM prompt._require_install();
    SELECT e.id INTO found FROM prompt.ab_test_experiments e
     WHERE e.tenant_id = prompt.current_tenant() AND e.name = _experiment_id.name;
    IF found IS NULL THEN
        SELECT e.name INTO nearest FROM prompt.ab_test_experiments e
         WHERE e.tenant_id = prompt.current_tenant() AND prompt._edit_distance(e.name, _experiment_id.name) BETWEEN 0 AND 2
         ORDER BY prompt._edit_distance(e.name, _experiment_id.name), e.name LIMIT 1;
        RAISE EXCEPTION 'experiment "%" does not exist', left(name, 100)
            USING ERRCODE = 'undefined_object',
                  HINT = CASE WHEN nearest IS NULL THEN 'Table prompt.ab_test_experiments shows what there is.'
                              ELSE format('Perhaps you mean "%s".', nearest) END;
    END IF;
    RETURN found;
END
$find$;
COMMENT ON FUNCTION prompt._experiment_id(text) IS 'id of this tenant''s experiment, or an error';

CREATE FUNCTION prompt._check_metric(metric text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $check$
BEGIN
    IF metric IS NULL OR NOT (metric IN ('success_rate', 'error_rate', 'conversion', 'rating', 'quality_score',
            'response_time_ms', 'cost_usd', 'tokens', 'input_tokens', 'output_tokens', 'escalation_rate',
            'executions_per_user') OR metric ~ '^metadata[.].+') THEN
        RAISE EXCEPTION 'metric "%" is unknown', metric
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = 'Metrics are success_rate, error_rate, conversion, rating, quality_score, response_time_ms, '
                           'cost_usd, tokens, input_tokens, output_tokens, escalation_rate, executions_per_user and '
                           'metadata.<key> for a numeric key of metadata.';
    END IF;
END
$check$;
COMMENT ON FUNCTION prompt._check_metric(text) IS 'refuses a metric that does not exist';

CREATE FUNCTION prompt._check_keys(item jsonb, kind text, known text[]) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $check$
DECLARE
    wrong text;
    nearest text;
BEGIN
    SELECT k INTO wrong FROM jsonb_object_keys(item) AS k WHERE k <> ALL (known) ORDER BY k LIMIT 1;
    IF wrong IS NOT NULL THEN
        SELECT k INTO nearest FROM unnest(known) AS k
         WHERE prompt._edit_distance(lower(left(wrong, 100)), k) BETWEEN 0 AND 3
         ORDER BY prompt._edit_distance(lower(left(wrong, 100)), k), k LIMIT 1;
        RAISE EXCEPTION 'a % has no key "%"', kind, left(wrong, 100) USING ERRCODE = 'invalid_parameter_value',
            HINT = CASE WHEN nearest IS NULL THEN format('Its keys are %s.', array_to_string(known, ', '))
                        ELSE format('Perhaps you mean "%s".', nearest) END;
    END IF;
END
$check$;
COMMENT ON FUNCTION prompt._check_keys(jsonb, text, text[]) IS 'refuses a key of an object that is not known, naming the nearest that is';

CREATE FUNCTION prompt._check_guardrail_metrics(guardrail_metrics jsonb) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $check$
DECLARE
    item jsonb;
BEGIN
    IF jsonb_typeof(guardrail_metrics) <> 'array' THEN
        RAISE EXCEPTION 'guardrail_metrics is no array' USING ERRCODE = 'invalid_parameter_value',
            HINT = '[{"metric": "response_time_ms", "margin": 0.05}]';
    END IF;
    FOR item IN SELECT * FROM jsonb_array_elements(guardrail_metrics) LOOP
        IF jsonb_typeof(item) <> 'object' OR jsonb_typeof(item -> 'metric') IS DISTINCT FROM 'string' THEN
            RAISE EXCEPTION 'a guardrail metric is an object with "metric" and "margin"'
                USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', item);
        END IF;
        PERFORM prompt._check_metric(item ->> 'metric');
        PERFORM prompt._check_keys(item, 'guardrail metric', '{metric,margin,margin_type}');
        IF jsonb_typeof(item -> 'margin') IS DISTINCT FROM 'number' OR (item ->> 'margin')::numeric <= 0
           OR (item ->> 'margin')::numeric >= 1 AND item ->> 'margin_type' IS DISTINCT FROM 'absolute' THEN
            RAISE EXCEPTION 'the margin of guardrail metric "%" is not between 0 and 1', item ->> 'metric'
                USING ERRCODE = 'invalid_parameter_value',
                      HINT = 'A margin is a share of the control''s value, such as 0.05, or with '
                             '"margin_type": "absolute" a difference.';
        END IF;
    END LOOP;
END
$check$;
COMMENT ON FUNCTION prompt._check_guardrail_metrics(jsonb) IS 'refuses guardrail metrics without a known metric and a margin';

CREATE FUNCTION prompt._raise_no_bucket(what text, value text, minimum text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $raise$
BEGIN
    RAISE EXCEPTION '% is below one bucket', what
        USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', left(value, 30)),
              HINT = format('The least is %s.', minimum);
END
$raise$;
COMMENT ON FUNCTION prompt._raise_no_bucket(text, text, text) IS 'raises the error for a weight or share that no unit would get';

CREATE FUNCTION prompt._check_variants(variants jsonb) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $check$
DECLARE
    item jsonb;
    total numeric := 0;
BEGIN
    IF variants IS NULL OR jsonb_typeof(variants) <> 'array' OR jsonb_array_length(variants) < 2 THEN
        RAISE EXCEPTION 'variants is no array of at least two'
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = '[{"name": "control", "version": 1, "weight": 50}, {"name": "casual", "version": 2, "weight": 50}]';
    ELSIF jsonb_array_length(variants) > 100 THEN
        RAISE EXCEPTION 'an experiment has at most 100 variants' USING ERRCODE = 'program_limit_exceeded',
            DETAIL = format('There are %s.', jsonb_array_length(variants));
    END IF;
    FOR item IN SELECT * FROM jsonb_array_elements(variants) LOOP
        IF jsonb_typeof(item) <> 'object' OR jsonb_typeof(item -> 'name') IS DISTINCT FROM 'string'
           OR length(item ->> 'name') NOT BETWEEN 1 AND 63
           OR jsonb_typeof(item -> 'version') IS DISTINCT FROM 'number' OR (item ->> 'version') !~ '^[0-9]{1,9}$'
           OR jsonb_typeof(item -> 'weight') IS DISTINCT FROM 'number' THEN
            RAISE EXCEPTION 'a variant is an object with "name", "version" and "weight"'
                USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', left(item::text, 300));
        END IF;
        PERFORM prompt._check_name(item ->> 'name', 'variant');
        IF (item ->> 'weight')::numeric NOT BETWEEN 0 AND 100 THEN
            RAISE EXCEPTION 'the weight of variant "%" is not between 0 and 100', item ->> 'name'
                USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', left(item ->> 'weight', 30));
        ELSIF (item ->> 'weight')::numeric > 0 AND (item ->> 'weight')::numeric < 0.01 THEN
            PERFORM prompt._raise_no_bucket(format('the weight of variant "%s"', item ->> 'name'), item ->> 'weight', '0.01, one of 10,000 buckets; 0 gives it nobody');
        ELSIF jsonb_typeof(item -> 'is_control') <> 'boolean' THEN
            RAISE EXCEPTION '"is_control" of variant "%" is neither true nor false', item ->> 'name'
                USING ERRCODE = 'invalid_parameter_value';
        END IF;
        PERFORM prompt._check_keys(item, 'variant', '{name,version,weight,is_control}');
        total := total + (item ->> 'weight')::numeric;
    END LOOP;
    IF abs(total - 100) > 0.01 THEN
        RAISE EXCEPTION 'the weights of the variants sum to %, not to 100', total
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = (SELECT string_agg(format('%s: %s', v ->> 'name', v ->> 'weight'), ', ')
                              FROM jsonb_array_elements(variants) AS v),
                  HINT = 'Weights are percentages of the experiment''s traffic.';
    ELSIF (SELECT count(DISTINCT v ->> 'name') FROM jsonb_array_elements(variants) AS v) < jsonb_array_length(variants) THEN
        RAISE EXCEPTION 'two variants have the same name' USING ERRCODE = 'invalid_parameter_value',
            DETAIL = (SELECT string_agg(v ->> 'name', ', ') FROM jsonb_array_elements(variants) AS v);
    ELSIF (SELECT count(*) FROM jsonb_array_elements(variants) AS v WHERE (v -> 'is_control')::boolean) > 1 THEN
        RAISE EXCEPTION 'more than one variant is the control' USING ERRCODE = 'invalid_parameter_value';
    END IF;
END
$check$;
COMMENT ON FUNCTION prompt._check_variants(jsonb) IS 'refuses variants without name, version and weight, or weights that do not sum to 100';

CREATE FUNCTION prompt._check_experiment_numbers(minimum_sample_size int, planned_sample_size int, minimum_runtime interval,
    minimum_detectable_effect float8, significance_threshold float8, traffic_share float8, method text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $check$
DECLARE
    wrong text := CASE
        WHEN minimum_sample_size IS NULL OR minimum_sample_size < 1 THEN
            format('minimum_sample_size is %s, not above 0', coalesce(minimum_sample_size::text, 'null'))
        WHEN planned_sample_size IS NULL OR planned_sample_size < 2 THEN
            format('planned_sample_size is %s, not above 1', coalesce(planned_sample_size::text, 'null'))
        WHEN minimum_runtime IS NULL OR minimum_runtime < '0' THEN
            format('minimum_runtime is %s, no length of time', coalesce(minimum_runtime::text, 'null'))
        WHEN minimum_detectable_effect <= 0 OR minimum_detectable_effect >= 'infinity' THEN
            format('minimum_detectable_effect is %s, not above 0', minimum_detectable_effect)
        WHEN significance_threshold IS NULL OR NOT (significance_threshold > 0 AND significance_threshold < 1) THEN
            format('significance_threshold is %s, not between 0 and 1', coalesce(significance_threshold::text, 'null'))
        WHEN traffic_share IS NULL OR NOT (traffic_share > 0 AND traffic_share <= 1) THEN
            format('traffic_share is %s, not above 0 and at most 1', coalesce(traffic_share::text, 'null'))
        WHEN method IS NULL OR method NOT IN ('always_valid', 'e_process', 'group_sequential', 'fixed_horizon', 'bayesian') THEN
            format('method "%s" is unknown', coalesce(method, 'null')) END;
BEGIN
    IF wrong IS NULL AND traffic_share < 0.0001 THEN
        PERFORM prompt._raise_no_bucket('traffic_share', traffic_share::text, '0.0001, one of 10,000 buckets');
    END IF;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION '%', wrong USING ERRCODE = 'invalid_parameter_value',
            HINT = CASE WHEN wrong LIKE 'method%' THEN
                'It is always_valid, e_process, group_sequential, fixed_horizon or bayesian.'
                ELSE 'COMMENT of the column in prompt.ab_test_experiments tells what it means.' END;
    END IF;
END
$check$;
COMMENT ON FUNCTION prompt._check_experiment_numbers(int, int, interval, float8, float8, float8, text) IS
    'refuses sizes, thresholds and methods that no experiment can have';

CREATE FUNCTION prompt._check_window(metric text, given text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $check$
BEGIN
    IF given IS NULL OR given::interval < '0' THEN
        RAISE EXCEPTION 'the window of metric "%" is %', metric, CASE WHEN given IS NULL THEN 'null' ELSE 'negative' END
            USING ERRCODE = 'invalid_parameter_value', HINT = 'It is a length of time, such as "7 days" or "0".';
    END IF;
EXCEPTION WHEN invalid_datetime_format OR datetime_field_overflow OR interval_field_overflow THEN
    RAISE EXCEPTION 'the window of metric "%" is "%", no length of time', metric, left(given, 100)
        USING ERRCODE = 'invalid_parameter_value', HINT = 'It is a length of time, such as "7 days" or "0".';
END
$check$;
COMMENT ON FUNCTION prompt._check_window(text, text) IS 'refuses a window that is no length of time';

CREATE FUNCTION prompt._check_plan(method text, primary_metric text, adaptive boolean, covariate text, starts_at timestamptz,
    ends_at timestamptz) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $check$
BEGIN
    IF method = 'e_process' AND primary_metric NOT IN ('success_rate', 'error_rate', 'conversion', 'rating', 'quality_score',
                                                       'escalation_rate') THEN
        RAISE EXCEPTION 'the e-process needs outcomes between 0 and 1, and metric "%" has others', primary_metric
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Its metrics are success_rate, error_rate, conversion, rating (1 to 5 is mapped to 0 to 1), '
                         'quality_score and escalation_rate.';
    ELSIF adaptive AND method <> 'e_process' THEN
        RAISE EXCEPTION 'an adaptive allocation needs method e_process' USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'Other tests reject too often when the weights follow the outcomes.';
    ELSIF covariate <> 'pre_period' AND covariate !~ '^metadata[.].+' THEN
        RAISE EXCEPTION 'covariate "%" is unknown', covariate USING ERRCODE = 'invalid_parameter_value',
            HINT = 'It is pre_period, or metadata.<key> for a number in the metadata of a user''s first execution.';
    ELSIF NOT isfinite(coalesce(starts_at, 'epoch')) OR NOT isfinite(coalesce(ends_at, 'epoch')) OR ends_at <= starts_at THEN
        RAISE EXCEPTION 'an experiment from % to % is no span of time', starts_at, ends_at
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
END
$check$;
COMMENT ON FUNCTION prompt._check_plan(text, text, boolean, text, timestamptz, timestamptz) IS
    'refuses methods, covariates and schedules that do not fit';

CREATE FUNCTION prompt.create_experiment(
    name text, prompt_name text, variants jsonb, primary_metric text, secondary_metrics text[] DEFAULT '{}',
    guardrail_metrics jsonb DEFAULT '[]', description text DEFAULT NULL, minimum_sample_size int DEFAULT 100,
    minimum_runtime interval DEFAULT '0', minimum_detectable_effect float8 DEFAULT NULL,
    planned_sample_size int DEFAULT 10000, significance_threshold float8 DEFAULT 0.05,
    method text DEFAULT 'always_valid', metric_windows jsonb DEFAULT '{}', layer text DEFAULT NULL,
    traffic_share float8 DEFAULT 1, auto_complete boolean DEFAULT false, auto_promote boolean DEFAULT false,
    created_by text DEFAULT NULL, starts_at timestamptz DEFAULT NULL, ends_at timestamptz DEFAULT NULL,
    adaptive boolean DEFAULT false, covariate text DEFAULT NULL)
    RETURNS uuid LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $create$
#variable_conflict use_variable
DECLARE
    new_id uuid;
    metric text;
    control text;
BEGIN
    PERFORM prompt._require_install();
    PERFORM prompt._check_name(name, 'experiment');
    IF prompt_name IS NULL OR layer = '' THEN
        RAISE EXCEPTION '% is empty', CASE WHEN prompt_name IS NULL THEN 'prompt_name' ELSE 'layer' END
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'An experiment is one on a prompt; its layer is named as the prompt where none is given.';
    ELSIF jsonb_typeof(metric_windows) <> 'object' THEN
        RAISE EXCEPTION 'metric_windows is no object' USING ERRCODE = 'invalid_parameter_value', HINT = '{"conversion": "7 days"}';
    END IF;
    PERFORM prompt._check_variants(variants);
    PERFORM prompt._check_guardrail_metrics(coalesce(guardrail_metrics, '[]'));
    FOREACH metric IN ARRAY array_prepend(primary_metric, coalesce(secondary_metrics, '{}')) LOOP
        PERFORM prompt._check_metric(metric);
    END LOOP;
    PERFORM prompt._check_experiment_numbers(minimum_sample_size, planned_sample_size, minimum_runtime,
        minimum_detectable_effect, significance_threshold, traffic_share, method);
    FOR metric IN SELECT jsonb_object_keys(coalesce(metric_windows, '{}')) LOOP
        PERFORM prompt._check_metric(metric);
        PERFORM prompt._check_window(metric, metric_windows ->> metric);
        IF method = 'e_process' AND metric = primary_metric AND (metric_windows ->> metric)::interval = '0' THEN
            RAISE EXCEPTION 'the e-process needs a window of metric "%" above 0', metric
                USING ERRCODE = 'invalid_parameter_value',
                      DETAIL = 'Each user is bet on once, when it is certain that his outcome is there.';
        END IF;
    END LOOP;
    PERFORM prompt._check_plan(method, primary_metric, adaptive, covariate, starts_at, ends_at);
    INSERT INTO prompt.ab_test_experiments AS e (name, description, prompt_name, primary_metric, secondary_metrics,
        guardrail_metrics, metric_windows, minimum_sample_size, minimum_runtime, minimum_detectable_effect,
        planned_sample_size, significance_threshold, method, layer, traffic_share, auto_complete, auto_promote,
        created_by, updated_by, starts_at, ends_at, adaptive, covariate)
    VALUES (name, description, prompt_name, primary_metric, coalesce(secondary_metrics, '{}'),
        coalesce(guardrail_metrics, '[]'), coalesce(metric_windows, '{}'), minimum_sample_size, minimum_runtime,
        minimum_detectable_effect, planned_sample_size, significance_threshold, method, coalesce(layer, prompt_name),
        traffic_share, auto_complete, auto_promote, coalesce(created_by, current_user), coalesce(created_by, current_user),
        starts_at, ends_at, coalesce(adaptive, false), covariate)
    ON CONFLICT ON CONSTRAINT ab_test_experiments_name_key DO NOTHING
    RETURNING e.id INTO new_id;
    IF new_id IS NULL THEN
        RAISE EXCEPTION 'experiment "%" exists already', name USING ERRCODE = 'duplicate_object';
    END IF;
    -- The control is the variant marked so, else the one of that name, else the first.
    SELECT v ->> 'name' INTO control FROM jsonb_array_elements(variants) WITH ORDINALITY AS a (v, ordinal)
     ORDER BY coalesce((v -> 'is_control')::boolean, false) DESC, v ->> 'name' = 'control' DESC, ordinal LIMIT 1;
    INSERT INTO prompt.ab_test_variants (experiment_id, name, ordinal, template_id, weight, is_control)
    SELECT new_id, v ->> 'name', ordinal, prompt._template_id(prompt_name, (v ->> 'version')::int, true),
           (v ->> 'weight')::float8, v ->> 'name' = control
      FROM jsonb_array_elements(variants) WITH ORDINALITY AS a (v, ordinal);
    RETURN new_id;
END
$create$;
COMMENT ON FUNCTION prompt.create_experiment(text, text, jsonb, text, text[], jsonb, text, int, interval, float8, int, float8,
    text, jsonb, text, float8, boolean, boolean, text, timestamptz, timestamptz, boolean, text) IS
    'stores an experiment on versions of one prompt as a draft and returns its id; variants are '
    '[{"name", "version", "weight"}, ...] with weights that sum to 100';

-- Windows of metrics that were not given one: outcomes that users decide on later wait a day.
CREATE FUNCTION prompt._default_window(metric text) RETURNS interval
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN metric IN ('conversion', 'rating') THEN interval '1 day' ELSE interval '0' END;
COMMENT ON FUNCTION prompt._default_window(text) IS
    'how long after an execution its outcome of a metric may still change, where the experiment does not say';

CREATE FUNCTION prompt._bucket_count(buckets int4multirange) RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(sum(upper(r) - lower(r)), 0)::int FROM unnest(buckets) AS r
$$;
COMMENT ON FUNCTION prompt._bucket_count(int4multirange) IS 'how many buckets';

CREATE FUNCTION prompt._holdout(tenant text, layer text) RETURNS int
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT s.value::int FROM prompt.prompt_state s WHERE s.tenant_id = tenant AND s.key = 'holdout:' || layer), 0)
$$;
COMMENT ON FUNCTION prompt._holdout(text, text) IS 'how many buckets at the end of a layer no experiment may have';

CREATE FUNCTION prompt._free_traffic(tenant text, layer text, but uuid DEFAULT NULL) RETURNS int4multirange
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
    SELECT int4multirange(int4range(0, 10000 - prompt._holdout(tenant, layer)))
           - coalesce((SELECT range_agg(o.traffic) FROM prompt.ab_test_experiments o
                        WHERE o.tenant_id = tenant AND o.layer = _free_traffic.layer AND o.status IN ('running', 'paused')
                          AND o.id IS DISTINCT FROM but), '{}')
$$;
COMMENT ON FUNCTION prompt._free_traffic(text, text, uuid) IS
    'buckets of a layer that no running or paused experiment has, except one, and that are not held out';

CREATE FUNCTION prompt._lock_layer(tenant text, layer text) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_advisory_xact_lock(prompt._lock_class(), hashtext(format('prompt.layer %s %s', tenant, layer)))
$$;
COMMENT ON FUNCTION prompt._lock_layer(text, text) IS
    'one change of a layer''s traffic at a time, so that none waits for a constraint that another will violate';

CREATE FUNCTION prompt._refuse_traffic(tenant text, layer text, wanted int, but uuid DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $refuse$
BEGIN
    RAISE EXCEPTION 'layer "%" has no % %% of its traffic free', layer, round(wanted / 100.0, 2)
        USING ERRCODE = 'object_not_in_prerequisite_state',
              DETAIL = concat_ws(', ',
                  (SELECT string_agg(format('"%s" has %s %%', o.name, round((upper(o.traffic) - lower(o.traffic)) / 100.0, 2)),
                                     ', ' ORDER BY o.name)
                     FROM prompt.ab_test_experiments o
                    WHERE o.tenant_id = tenant AND o.layer = _refuse_traffic.layer AND o.status IN ('running', 'paused')
                      AND o.id IS DISTINCT FROM but),
                  (SELECT format('%s %% are held out', round(h / 100.0, 2)) FROM prompt._holdout(tenant, layer) AS h WHERE h > 0)),
              HINT = 'Complete one of them, or give experiments smaller traffic shares.';
END
$refuse$;
COMMENT ON FUNCTION prompt._refuse_traffic(text, text, int, uuid) IS 'says who has the traffic of a layer';

-- Locks them, too, so that none is archived or edited between this look and the end of the transaction.
CREATE FUNCTION prompt._approve_variants(target uuid) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $approve$
DECLARE
    e prompt.ab_test_experiments;
    wrong record;
    reason constant text := current_setting('prompt.change_reason', true);
BEGIN
    SELECT * INTO e FROM prompt.ab_test_experiments x WHERE x.id = target;
    PERFORM FROM prompt.prompt_templates t
      WHERE t.tenant_id = e.tenant_id AND t.id IN (SELECT v.template_id FROM prompt.ab_test_variants v WHERE v.experiment_id = target)
      ORDER BY t.version FOR NO KEY UPDATE;
    SELECT t.name, t.version, t.status, v.name AS variant INTO wrong
      FROM prompt.ab_test_variants v JOIN prompt.prompt_templates t ON t.id = v.template_id
     WHERE v.experiment_id = target AND (t.status = 'archived' OR t.status = 'draft' AND t.tenant_id <> e.tenant_id)
     ORDER BY v.ordinal LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'version % of prompt "%" is %', wrong.version, wrong.name,
                        CASE wrong.status WHEN 'draft' THEN 'a draft of the shared prompt' ELSE 'archived' END
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = format('Variant "%s" of experiment "%s" is to serve it.', wrong.variant, e.name),
                  HINT = CASE wrong.status
                         WHEN 'draft' THEN 'A draft can be edited while it is served: prompt.set_status(..., ''approved'') with no tenant set.'
                         ELSE 'Copy it to a new version, and create the experiment with that.' END;
    ELSIF EXISTS (SELECT FROM prompt.ab_test_variants v JOIN prompt.prompt_templates t ON t.id = v.template_id
                   WHERE v.experiment_id = target AND t.status = 'draft') THEN
        PERFORM set_config('prompt.change_reason', coalesce(nullif(reason, ''), format('Start of experiment "%s"', e.name)), true);
        UPDATE prompt.prompt_templates t SET status = 'approved'
         WHERE t.status = 'draft' AND t.id IN (SELECT v.template_id FROM prompt.ab_test_variants v WHERE v.experiment_id = target);
        PERFORM set_config('prompt.change_reason', coalesce(reason, ''), true);
    END IF;
END
$approve$;
COMMENT ON FUNCTION prompt._approve_variants(uuid) IS
    'takes the versions that an experiment is to serve out of draft; refuses archived ones and drafts of another tenant';

CREATE FUNCTION prompt.start_experiment(name text) RETURNS uuid
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $start$
#variable_conflict use_column
DECLARE
    target constant uuid := prompt._experiment_id(start_experiment.name);
    e prompt.ab_test_experiments;
    wanted int;
    free_from int;
    kept text[];
BEGIN
    SELECT * INTO e FROM prompt.ab_test_experiments x WHERE x.id = target FOR NO KEY UPDATE;
    IF e.status <> 'draft' THEN
        RAISE EXCEPTION 'experiment "%" is % and cannot be started', e.name, e.status
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = CASE e.status WHEN 'paused' THEN 'Go on with prompt.resume_experiment().'
                                       WHEN 'running' THEN 'It goes on; prompt.experiment_verdict() says how it stands.'
                                       ELSE 'Create another experiment.' END;
    END IF;
    IF EXISTS (SELECT FROM prompt.ab_test_experiments o
                WHERE o.tenant_id = e.tenant_id AND o.prompt_name = e.prompt_name AND o.layer <> e.layer
                  AND o.status IN ('running', 'paused')) THEN
        RAISE EXCEPTION 'experiments on prompt "%" run in another layer', e.prompt_name
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Experiments on one prompt share one layer.';
    END IF;
    IF (SELECT count(*) < 2 OR count(*) FILTER (WHERE v.is_control) <> 1 FROM prompt.ab_test_variants v WHERE v.experiment_id = e.id) THEN
        RAISE EXCEPTION 'experiment "%" has not at least two variants, one of them the control', e.name
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'prompt.create_experiment() makes them, too.';
    END IF;
    IF e.ends_at <= now() THEN
        RAISE EXCEPTION 'experiment "%" was to end at %', e.name, e.ends_at
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Create another experiment.';
    END IF;
    PERFORM prompt._lock_layer(e.tenant_id, e.layer);
    -- The first gap in the layer's buckets that is wide enough.
    wanted := greatest(1, round(e.traffic_share * 10000)::int);
    SELECT lower(gap) INTO free_from FROM unnest(prompt._free_traffic(e.tenant_id, e.layer)) AS gap
     WHERE upper(gap) - lower(gap) >= wanted ORDER BY lower(gap) LIMIT 1;
    IF free_from IS NULL THEN
        PERFORM prompt._refuse_traffic(e.tenant_id, e.layer, wanted);
    END IF;
    PERFORM prompt._approve_variants(e.id);
    UPDATE prompt.ab_test_variants v
       SET buckets = CASE WHEN l.low < l.high THEN int4multirange(int4range(l.low, l.high)) ELSE '{}' END
      FROM (SELECT b.ordinal, b.boundary AS high, lag(b.boundary, 1, 0) OVER (ORDER BY b.ordinal) AS low
              FROM unnest(prompt._bucket_boundaries((SELECT array_agg(w.weight ORDER BY w.ordinal)
                                                       FROM prompt.ab_test_variants w WHERE w.experiment_id = e.id)))
                   WITH ORDINALITY AS b (boundary, ordinal)) AS l
     WHERE v.experiment_id = e.id
       AND l.ordinal = (SELECT count(*) FROM prompt.ab_test_variants o
                         WHERE o.experiment_id = e.id AND o.ordinal <= v.ordinal);
    SELECT array_agg(m.metric ORDER BY m.first) INTO kept
      FROM (SELECT metric, min(ordinal) AS first
              FROM unnest(array_prepend(e.primary_metric, e.secondary_metrics)
                          || ARRAY(SELECT g ->> 'metric' FROM jsonb_array_elements(e.guardrail_metrics) AS g)
                          || ARRAY['executions_per_user']) WITH ORDINALITY AS a (metric, ordinal)
             GROUP BY metric) AS m;
    UPDATE prompt.ab_test_experiments x
       SET status = 'running', started_at = greatest(now(), e.starts_at),
           allocations = jsonb_build_array((SELECT jsonb_object_agg(v.name, prompt._bucket_count(v.buckets))
                                              FROM prompt.ab_test_variants v WHERE v.experiment_id = e.id)),
           traffic = int4range(free_from, free_from + wanted), metrics = kept,
           entered = ARRAY[int4multirange(int4range(free_from, free_from + wanted))],
           windows = ARRAY(SELECT coalesce((e.metric_windows ->> k.metric)::interval,
                                           CASE WHEN e.method = 'e_process' AND k.metric = e.primary_metric
                                                THEN greatest(prompt._default_window(k.metric), '1 hour')
                                                ELSE prompt._default_window(k.metric) END)
                             FROM unnest(kept) WITH ORDINALITY AS k (metric, ordinal) ORDER BY k.ordinal)
     WHERE x.id = e.id;
    -- What was recorded of the draft was not counted yet.
    IF EXISTS (SELECT FROM prompt.prompt_executions x WHERE x.experiment_id = e.id) THEN
        PERFORM prompt._rebuild_subjects(e.id);
    END IF;
    RETURN e.id;
EXCEPTION WHEN exclusion_violation THEN
    RAISE EXCEPTION 'another experiment took the traffic of layer "%" at the same time', e.layer
        USING ERRCODE = 'serialization_failure', HINT = 'Try again.';
END
$start$;
COMMENT ON FUNCTION prompt.start_experiment(text) IS
    'starts a draft, at starts_at if that is to come: takes free traffic of its layer, lays out the variants'' buckets, '
    'freezes the definition and approves the versions that are drafts';

CREATE FUNCTION prompt._set_experiment_status(name text, status text) RETURNS uuid
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $set$
DECLARE
    target uuid := prompt._experiment_id(name);
BEGIN
    UPDATE prompt.ab_test_experiments e
       SET status = _set_experiment_status.status,
           ended_at = CASE WHEN _set_experiment_status.status IN ('completed', 'cancelled') AND e.ended_at IS NULL THEN now()
                           ELSE e.ended_at END
     WHERE e.id = target;
    RETURN target;
END
$set$;
COMMENT ON FUNCTION prompt._set_experiment_status(text, text) IS 'moves an experiment to another state, if its state allows that';

CREATE FUNCTION prompt.pause_experiment(name text) RETURNS uuid
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT prompt._set_experiment_status(name, 'paused') $$;
COMMENT ON FUNCTION prompt.pause_experiment(text) IS 'pauses a running experiment: everybody gets the production version';

CREATE FUNCTION prompt.resume_experiment(name text) RETURNS uuid
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT prompt._set_experiment_status(name, 'running') $$;
COMMENT ON FUNCTION prompt.resume_experiment(text) IS 'goes on with a paused experiment, everybody in the variant of before';

CREATE FUNCTION prompt.cancel_experiment(name text) RETURNS uuid
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT prompt._set_experiment_status(name, 'cancelled') $$;
COMMENT ON FUNCTION prompt.cancel_experiment(text) IS 'ends an experiment without a result';

-- Freezes what the verdict says now. Its caller sees to it that no other session does so at the same time.
CREATE FUNCTION prompt._complete(target uuid) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $complete$
DECLARE
    e prompt.ab_test_experiments;
    verdict record;
BEGIN
    SELECT * INTO e FROM prompt.ab_test_experiments x WHERE x.id = target FOR NO KEY UPDATE;
    IF e.status NOT IN ('running', 'paused') THEN
        RAISE EXCEPTION 'experiment "%" is % and cannot be completed', e.name, e.status
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = CASE e.status WHEN 'draft' THEN 'Start it with prompt.start_experiment(), or cancel it.'
                                       WHEN 'completed' THEN 'Its results are frozen; prompt.experiment_results() shows them.'
                                       ELSE 'Create another experiment.' END;
    END IF;
    SELECT * INTO verdict FROM prompt._judge_experiment(target);
    UPDATE prompt.ab_test_experiments x
       SET status = 'completed', ended_at = now(),
           results = jsonb_build_object('verdict', to_jsonb(verdict),
                                        'results', (SELECT jsonb_agg(to_jsonb(r)) FROM prompt._read_experiment(target) AS r)),
           winner_template_id = coalesce(x.winner_template_id,
               (SELECT v.template_id FROM prompt.ab_test_variants v WHERE v.experiment_id = target AND v.name = verdict.winner))
     WHERE x.id = target;
END
$complete$;
COMMENT ON FUNCTION prompt._complete(uuid) IS 'completes an experiment and freezes its results and verdict';

CREATE FUNCTION prompt.complete_experiment(name text) RETURNS uuid
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $complete$
DECLARE
    target constant uuid := prompt._experiment_id(name);
BEGIN
    PERFORM prompt._complete(target);
    RETURN target;
END
$complete$;
COMMENT ON FUNCTION prompt.complete_experiment(text) IS
    'ends an experiment and freezes its results and verdict in column results; activates nothing';

CREATE FUNCTION prompt.declare_winner(name text, variant text, activate boolean DEFAULT true) RETURNS uuid
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $declare$
DECLARE
    target uuid := prompt._experiment_id(name);
    winner uuid;
BEGIN
    SELECT v.template_id INTO winner FROM prompt.ab_test_variants v
     WHERE v.experiment_id = target AND v.name = declare_winner.variant;
    IF winner IS NULL THEN
        RAISE EXCEPTION 'experiment "%" has no variant "%"', name, variant
            USING ERRCODE = 'undefined_object',
                  DETAIL = (SELECT format('Its variants are %s.', string_agg(format('"%s"', v.name), ', ' ORDER BY v.ordinal))
                              FROM prompt.ab_test_variants v WHERE v.experiment_id = target);
    END IF;
    UPDATE prompt.ab_test_experiments e SET winner_template_id = winner WHERE e.id = target;
    IF (SELECT e.status FROM prompt.ab_test_experiments e WHERE e.id = target) <> 'completed' THEN
        PERFORM prompt.complete_experiment(name);
    END IF;
    IF activate THEN
        PERFORM prompt._set_production(winner);
    END IF;
    RETURN winner;
END
$declare$;
COMMENT ON FUNCTION prompt.declare_winner(text, text, boolean) IS
    'completes an experiment with the winner that somebody chose and puts its version into production; returns its id';

-- ---------------------------------------------------------------- experiments: reading

CREATE FUNCTION prompt._read_experiment(experiment_id uuid)
    RETURNS TABLE (variant text, is_control boolean, metric text, users bigint, executions bigint, value float8,
                   lift float8, lift_low float8, lift_high float8, p_value float8, always_valid_p float8,
                   adjusted_p float8, chance_to_win float8, expected_loss float8, statistic float8,
                   always_valid_low float8, always_valid_high float8, note text)
    LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'pgprompt_read_experiment';
COMMENT ON FUNCTION prompt._read_experiment(uuid) IS 'what experiment_results() answers for an experiment that goes on';

CREATE FUNCTION prompt._judge_experiment(experiment_id uuid, OUT code text, OUT winner text, OUT explanation text,
    OUT srm_p float8, OUT harmful text, OUT missing text[], OUT days_to_go float8, OUT may_complete boolean, OUT method text)
    RETURNS record LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'pgprompt_judge_experiment';
COMMENT ON FUNCTION prompt._judge_experiment(uuid) IS 'what experiment_verdict() answers for an experiment that goes on';

CREATE FUNCTION prompt._frozen_results(experiment_id uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $frozen$
DECLARE
    e record;
BEGIN
    SELECT x.name, x.status, x.results, x.started_at INTO e FROM prompt.ab_test_experiments x WHERE x.id = experiment_id;
    IF e.started_at IS NULL THEN
        RAISE EXCEPTION 'experiment "%" has not been started', e.name
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('Its status is %s.', e.status),
                  HINT = 'Start it with prompt.start_experiment().';
    END IF;
    RETURN e.results;
END
$frozen$;
COMMENT ON FUNCTION prompt._frozen_results(uuid) IS
    'results of a completed experiment, null while it goes on, an error before it starts';

CREATE FUNCTION prompt.experiment_results(name text)
    RETURNS TABLE (variant text, is_control boolean, metric text, users bigint, executions bigint, value float8,
                   lift float8, lift_low float8, lift_high float8, p_value float8, always_valid_p float8,
                   adjusted_p float8, chance_to_win float8, expected_loss float8, statistic float8,
                   always_valid_low float8, always_valid_high float8, note text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $results$
#variable_conflict use_column
DECLARE
    target uuid := prompt._experiment_id(name);
    frozen jsonb;
BEGIN
    frozen := prompt._frozen_results(target) -> 'results';
    IF frozen IS NULL THEN
        RETURN QUERY SELECT * FROM prompt._read_experiment(target);
    ELSE
        RETURN QUERY SELECT * FROM jsonb_to_recordset(frozen) AS r (variant text, is_control boolean, metric text,
            users bigint, executions bigint, value float8, lift float8, lift_low float8, lift_high float8, p_value float8,
            always_valid_p float8, adjusted_p float8, chance_to_win float8, expected_loss float8, statistic float8,
            always_valid_low float8, always_valid_high float8, note text);
    END IF;
END
$results$;
COMMENT ON FUNCTION prompt.experiment_results(text) IS
    'a row per metric and variant, from per-user totals. p_value with lift_low and lift_high is valid at one look planned '
    'beforehand; always_valid_p with always_valid_low and always_valid_high at every look; adjusted_p is Holm''s over the '
    'variants, always valid, on the primary metric. Lifts are relative to the control';

CREATE FUNCTION prompt.experiment_verdict(name text, OUT code text, OUT winner text, OUT explanation text,
    OUT srm_p float8, OUT harmful text, OUT missing text[], OUT days_to_go float8, OUT may_complete boolean, OUT method text)
    RETURNS record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $verdict$
DECLARE
    target uuid := prompt._experiment_id(name);
    frozen jsonb;
BEGIN
    frozen := prompt._frozen_results(target) -> 'verdict';
    IF frozen IS NULL THEN
        SELECT * INTO code, winner, explanation, srm_p, harmful, missing, days_to_go, may_complete, method
          FROM prompt._judge_experiment(target);
    ELSE
        SELECT r.code, r.winner, r.explanation, r.srm_p, r.harmful, r.missing, r.days_to_go, r.may_complete, r.method
          INTO code, winner, explanation, srm_p, harmful, missing, days_to_go, may_complete, method
          FROM jsonb_to_record(frozen) AS r (code text, winner text, explanation text, srm_p float8, harmful text,
               missing text[], days_to_go float8, may_complete boolean, method text);
    END IF;
END
$verdict$;
COMMENT ON FUNCTION prompt.experiment_verdict(text) IS
    'what an experiment has shown so far by its method, as a code and in words, and what is missing; may be read after every row';
