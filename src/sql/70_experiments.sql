-- ---------------------------------------------------------------- experiments: checks of a plan, creation

CREATE FUNCTION prompt._experiment_id(name text, or_shared boolean DEFAULT false) RETURNS uuid
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $find$
DECLARE
    tenant constant text := prompt.current_tenant();
    found record;
    nearest text;
BEGIN
    PERFORM prompt._require_install();
    SELECT e.id, e.tenant_id INTO found FROM prompt.ab_test_experiments e
     WHERE e.tenant_id IN (tenant, '') AND e.name = _experiment_id.name ORDER BY e.tenant_id DESC LIMIT 1;
    IF found.tenant_id <> tenant AND NOT or_shared THEN
        RAISE EXCEPTION 'experiment "%" is a shared one', left(name, 100)
            USING ERRCODE = 'undefined_object', DETAIL = format('Tenant "%s" has none of its own of this name.', tenant),
                  HINT = 'Its users are those of all tenants: it is read and changed with no tenant set.';
    ELSIF found.id IS NULL THEN
        SELECT e.name INTO nearest FROM prompt.ab_test_experiments e
         WHERE e.tenant_id IN (tenant, CASE WHEN or_shared THEN '' ELSE tenant END)
           AND prompt._edit_distance(e.name, _experiment_id.name) BETWEEN 0 AND 2
         ORDER BY prompt._edit_distance(e.name, _experiment_id.name), e.name LIMIT 1;
        RAISE EXCEPTION 'experiment "%" does not exist', left(name, 100)
            USING ERRCODE = 'undefined_object',
                  HINT = CASE WHEN nearest IS NULL THEN 'Table prompt.ab_test_experiments shows what there is.'
                              ELSE format('Perhaps you mean "%s".', nearest) END;
    END IF;
    RETURN found.id;
END
$find$;
COMMENT ON FUNCTION prompt._experiment_id(text, boolean) IS
    'id of this tenant''s experiment, or of the shared one if that is allowed, or an error';

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
    wrong text;
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
        IF jsonb_typeof(item) = 'object' THEN
            PERFORM prompt._check_keys(item, 'variant', '{name,version,weight,is_control}');
            -- The first key that is not as it should be.
            SELECT CASE WHEN given IS NULL THEN format('"%s" is missing', k.key)
                        WHEN jsonb_typeof(given) <> k.kind THEN format('"%s" is no %s', k.key, k.kind)
                        WHEN k.key = 'name' THEN format('"name" has %s characters, not 1 to 63', length(given #>> '{}'))
                        ELSE format('"%s" is no version''s number', k.key) END INTO wrong
              FROM (VALUES (1, 'name', 'string', '^.{1,63}$'), (2, 'version', 'number', '^[0-9]{1,9}$'), (3, 'weight', 'number', '')) AS k (place, key, kind, form),
                   LATERAL (SELECT item -> k.key) AS i (given)
             WHERE given IS NULL OR jsonb_typeof(given) <> k.kind OR (given #>> '{}') !~ k.form
             ORDER BY k.place LIMIT 1;
        END IF;
        IF jsonb_typeof(item) <> 'object' OR wrong IS NOT NULL THEN
            RAISE EXCEPTION 'a variant is an object with "name", "version" and "weight"'
                USING ERRCODE = 'invalid_parameter_value',
                      DETAIL = format('It is %s%s.', left(item::text, 300), ': ' || wrong),
                      HINT = '{"name": "casual", "version": 2, "weight": 50}';
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

CREATE FUNCTION prompt._hint_of_share(given float8) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN given > 1 AND given <= 100 THEN format('It is a share: %s is %s %%.', (given / 100)::text, given)
                ELSE 'It is a share: 0.5 is half of the layer.' END;
COMMENT ON FUNCTION prompt._hint_of_share(float8) IS 'what to write in place of a percentage';

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
                WHEN wrong LIKE 'traffic_share is %' AND traffic_share > 1 THEN prompt._hint_of_share(traffic_share)
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
        RAISE EXCEPTION 'experiment "%" exists already', name
            USING ERRCODE = 'duplicate_object',
                  DETAIL = (SELECT format('It is on prompt "%s", its status is %s.', e.prompt_name, e.status)
                              FROM prompt.ab_test_experiments e WHERE e.tenant_id = prompt.current_tenant() AND e.name = create_experiment.name),
                  HINT = 'Give it another name; table prompt.ab_test_experiments shows what there is.';
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
