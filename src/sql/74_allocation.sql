-- ---------------------------------------------------------------- experiments: weights, traffic, forced variants

CREATE FUNCTION prompt._relayout(owners int[], lows int[], highs int[], weights float8[])
    RETURNS TABLE (variant int, low int, high int)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_relayout';
COMMENT ON FUNCTION prompt._relayout(int[], int[], int[], float8[]) IS
    'ranges of buckets (from low up to, not including, high) of each variant (from 1) after a change of weights that moves '
    'the fewest buckets, from the present ranges';

CREATE FUNCTION prompt._check_weights(experiment text, weights jsonb, names text[]) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $check$
DECLARE
    wrong text;
    total numeric;
BEGIN
    IF jsonb_typeof(weights) <> 'object' THEN
        RAISE EXCEPTION 'weights is no object' USING ERRCODE = 'invalid_parameter_value',
            HINT = '{"control": 40, "casual": 60}';
    END IF;
    SELECT min(k) INTO wrong FROM jsonb_object_keys(weights) AS k WHERE k <> ALL (names);
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'experiment "%" has no variant "%"', experiment, left(wrong, 100) USING ERRCODE = 'undefined_object',
            DETAIL = format('Its variants are %s.', (SELECT string_agg(format('"%s"', n), ', ') FROM unnest(names) AS n));
    END IF;
    SELECT n INTO wrong FROM unnest(names) AS n WHERE NOT weights ? n LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'weights do not name variant "%"', wrong USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Give a variant that nobody new is to get the weight 0.';
    END IF;
    SELECT k INTO wrong FROM jsonb_each(weights) AS w (k, v)
     WHERE jsonb_typeof(v) <> 'number' OR (v #>> '{}')::numeric NOT BETWEEN 0 AND 100 LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'the weight of variant "%" is no number from 0 to 100', wrong USING ERRCODE = 'invalid_parameter_value',
            DETAIL = format('It is %s.', coalesce(left(weights ->> wrong, 100), 'null'));
    END IF;
    SELECT k INTO wrong FROM jsonb_each_text(weights) AS w (k, v) WHERE v::numeric > 0 AND v::numeric < 0.01 LIMIT 1;
    IF wrong IS NOT NULL THEN
        PERFORM prompt._raise_no_bucket(format('the weight of variant "%s"', wrong), weights ->> wrong,
                                        '0.01, one of 10,000 buckets; 0 gives it nobody');
    END IF;
    SELECT sum(v::numeric) INTO total FROM jsonb_each_text(weights) AS w (k, v);
    IF abs(total - 100) > 0.01 THEN
        RAISE EXCEPTION 'the weights of the variants sum to %, not to 100', total USING ERRCODE = 'invalid_parameter_value',
            DETAIL = format('They are %s.', weights), HINT = 'Weights are percentages of the experiment''s traffic.';
    END IF;
END
$check$;
COMMENT ON FUNCTION prompt._check_weights(text, jsonb, text[]) IS
    'refuses weights that do not name every variant, or do not sum to 100';

-- What is folded need not be looked for by readers. Who may not fold, or not in this transaction, leaves it to others.
CREATE FUNCTION prompt._fold_all(experiment_id uuid) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $fold$
BEGIN
    WHILE prompt._fold_experiment(experiment_id, 10000) = 10000 LOOP NULL; END LOOP;
EXCEPTION WHEN insufficient_privilege OR invalid_transaction_state OR lock_not_available OR data_exception THEN
    NULL;
END
$fold$;
COMMENT ON FUNCTION prompt._fold_all(uuid) IS 'folds what is due of one experiment, if this session may';

CREATE FUNCTION prompt._open_epoch(target uuid, weights jsonb, wanted int) RETURNS int
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $open$
DECLARE
    e prompt.ab_test_experiments;
    gap int4range;
    new_traffic int4range;
    is_same boolean;
BEGIN
    SELECT * INTO e FROM prompt.ab_test_experiments x WHERE x.id = target FOR NO KEY UPDATE;
    new_traffic := e.traffic;
    IF wanted IS NOT NULL AND wanted <> upper(e.traffic) - lower(e.traffic) THEN
        PERFORM prompt._lock_layer(e.tenant_id, e.layer);
        -- Upwards as far as there is room, then downwards; less of it from the upper end.
        SELECT g INTO gap FROM unnest(prompt._free_traffic(e.tenant_id, e.layer, e.id)) AS g WHERE g @> e.traffic;
        IF wanted <= upper(e.traffic) - lower(e.traffic) THEN
            new_traffic := int4range(lower(e.traffic), lower(e.traffic) + wanted);
        ELSIF gap IS NULL OR upper(gap) - lower(gap) < wanted THEN
            PERFORM prompt._refuse_traffic(e.tenant_id, e.layer, wanted, e.id);
        ELSE
            new_traffic := int4range(least(lower(e.traffic), upper(gap) - wanted),
                                     least(upper(gap), lower(e.traffic) + wanted));
        END IF;
    END IF;
    is_same := new_traffic = e.traffic
        AND (weights IS NULL OR NOT EXISTS (SELECT FROM prompt.ab_test_variants v
                                             WHERE v.experiment_id = target AND v.weight <> (weights ->> v.name)::float8));
    IF is_same THEN
        RETURN e.allocation_epoch;
    ELSIF e.allocation_epoch >= 1000 THEN
        RAISE EXCEPTION 'experiment "%" has had 1000 epochs', e.name USING ERRCODE = 'program_limit_exceeded',
            HINT = 'Every change of weights or traffic opens one, and a reading looks at each. Start another experiment.';
    END IF;
    IF weights IS NOT NULL THEN
        UPDATE prompt.ab_test_variants v
           SET weight = (weights ->> v.name)::float8, buckets = coalesce(l.buckets, '{}')
          FROM (SELECT o.name, row_number() OVER (ORDER BY o.ordinal)::int AS position
                  FROM prompt.ab_test_variants o WHERE o.experiment_id = target) AS p
          LEFT JOIN (SELECT n.variant, range_agg(int4range(n.low, n.high)) AS buckets
                       FROM (SELECT array_agg(r.position) AS owners, array_agg(lower(r.range)) AS lows,
                                    array_agg(upper(r.range)) AS highs
                               FROM (SELECT a.position, unnest(a.buckets) AS range
                                       FROM (SELECT o.buckets, row_number() OVER (ORDER BY o.ordinal)::int AS position
                                               FROM prompt.ab_test_variants o WHERE o.experiment_id = target) AS a) AS r) AS c,
                            prompt._relayout(c.owners, c.lows, c.highs,
                                ARRAY(SELECT (weights ->> o.name)::float8 FROM prompt.ab_test_variants o
                                       WHERE o.experiment_id = target ORDER BY o.ordinal)) AS n
                      GROUP BY n.variant) AS l ON l.variant = p.position
         WHERE v.experiment_id = target AND v.name = p.name;
    END IF;
    UPDATE prompt.ab_test_experiments x
       SET allocation_epoch = e.allocation_epoch + 1, traffic = new_traffic,
           traffic_share = CASE WHEN new_traffic = e.traffic THEN e.traffic_share ELSE wanted / 10000.0 END,
           entered = e.entered || (int4multirange(new_traffic) - coalesce((SELECT range_agg(r) FROM unnest(e.entered) AS m, unnest(m) AS r), '{}')),
           allocations = e.allocations || jsonb_build_array((SELECT jsonb_object_agg(v.name, prompt._bucket_count(v.buckets))
                                                               FROM prompt.ab_test_variants v WHERE v.experiment_id = target))
     WHERE x.id = target;
    RETURN e.allocation_epoch + 1;
END
$open$;
COMMENT ON FUNCTION prompt._open_epoch(uuid, jsonb, int) IS
    'gives an experiment other weights (null: the same) and so many buckets of its layer (null: the same); the epoch from then on';

CREATE FUNCTION prompt.set_allocation(name text, weights jsonb DEFAULT NULL, traffic_share float8 DEFAULT NULL) RETURNS int
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $set$
#variable_conflict use_column
DECLARE
    target constant uuid := prompt._experiment_id(set_allocation.name);
    e prompt.ab_test_experiments;
BEGIN
    -- Readers must find those who have been exposed before the weights change.
    PERFORM prompt._fold_all(target);
    SELECT * INTO e FROM prompt.ab_test_experiments x WHERE x.id = target FOR NO KEY UPDATE;
    IF e.status NOT IN ('running', 'paused') THEN
        RAISE EXCEPTION 'experiment "%" is % and has no allocation to change', e.name, e.status
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = CASE e.status WHEN 'draft' THEN 'Start it with prompt.start_experiment().'
                                       ELSE 'Create another experiment.' END;
    ELSIF weights IS NULL AND traffic_share IS NULL THEN
        RAISE EXCEPTION 'neither weights nor traffic_share is given' USING ERRCODE = 'null_value_not_allowed',
            HINT = '{"control": 40, "casual": 60}';
    ELSIF weights IS NOT NULL AND e.adaptive THEN
        RAISE EXCEPTION 'the weights of experiment "%" follow its outcomes', e.name
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'It is adaptive.';
    ELSIF NOT (traffic_share > 0 AND traffic_share <= 1) THEN
        RAISE EXCEPTION 'traffic_share is %, not above 0 and at most 1', traffic_share
            USING ERRCODE = 'invalid_parameter_value', HINT = prompt._hint_of_share(traffic_share);
    ELSIF traffic_share < 0.0001 THEN
        PERFORM prompt._raise_no_bucket('traffic_share', traffic_share::text, '0.0001, one of 10,000 buckets');
    END IF;
    IF weights IS NOT NULL THEN
        PERFORM prompt._check_weights(e.name, weights, ARRAY(SELECT v.name FROM prompt.ab_test_variants v
                                                              WHERE v.experiment_id = target ORDER BY v.ordinal));
    END IF;
    RETURN prompt._open_epoch(target, weights,
        CASE WHEN traffic_share IS NOT NULL THEN greatest(1, round(traffic_share * 10000)::int) END);
END
$set$;
COMMENT ON FUNCTION prompt.set_allocation(text, jsonb, float8) IS
    'changes the weights of a started experiment, its share of the layer''s traffic, or both: moves the fewest buckets, opens '
    'an epoch and returns its number. Users exposed before keep their variant';

CREATE FUNCTION prompt.set_traffic(name text, share float8) RETURNS int
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT prompt.set_allocation(name, NULL, share) $$;
COMMENT ON FUNCTION prompt.set_traffic(text, float8) IS
    'widens or narrows the traffic of a started experiment to a share of its layer, and opens an epoch';

CREATE FUNCTION prompt.set_holdout(layer text, share float8) RETURNS int
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $set$
#variable_conflict use_variable
DECLARE
    tenant constant text := prompt.current_tenant();
    held int;
    taken text;
BEGIN
    PERFORM prompt._require_install();
    IF layer IS NULL OR layer = '' OR share IS NULL OR NOT (share >= 0 AND share < 1) THEN
        RAISE EXCEPTION 'a holdout needs a layer and a share from 0 to below 1' USING ERRCODE = 'invalid_parameter_value',
            DETAIL = format('They are %s and %s.', coalesce(quote_literal(layer), 'null'), coalesce(share::text, 'null')),
            HINT = prompt._hint_of_share(share);
    END IF;
    IF share > 0 AND NOT EXISTS (SELECT FROM prompt.ab_test_experiments e WHERE e.tenant_id = tenant AND e.layer = set_holdout.layer)
       AND NOT EXISTS (SELECT FROM prompt.prompt_templates t WHERE t.tenant_id IN (tenant, '') AND t.name = set_holdout.layer) THEN
        RAISE NOTICE 'layer "%" has no experiment yet, and no prompt has its name', left(layer, 100)
            USING HINT = 'A layer is named as its prompt unless the experiments say otherwise.';
    END IF;
    held := round(share * 10000)::int;
    PERFORM prompt._lock_layer(tenant, layer);
    SELECT string_agg(format('"%s" has buckets %s', e.name, e.traffic), ', ' ORDER BY e.name) INTO taken
      FROM prompt.ab_test_experiments e
     WHERE e.tenant_id = tenant AND e.layer = set_holdout.layer AND e.status IN ('running', 'paused')
       AND e.traffic && int4range(10000 - held, 10000);
    IF taken IS NOT NULL THEN
        RAISE EXCEPTION 'experiments of layer "%" have traffic that is to be held out', layer
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = taken || '.',
                  HINT = 'Narrow them with prompt.set_traffic(), or wait for their end.';
    END IF;
    INSERT INTO prompt.prompt_state AS s (tenant_id, key, value) VALUES (tenant, 'holdout:' || layer, held::text)
        ON CONFLICT (tenant_id, key) DO UPDATE SET value = excluded.value, updated_at = now();
    RETURN held;
END
$set$;
COMMENT ON FUNCTION prompt.set_holdout(text, float8) IS
    'keeps a share of a layer''s users, those of its last buckets, out of every experiment of that layer; how many buckets '
    'that is. A layer is named as its prompt unless the experiments say otherwise';

CREATE FUNCTION prompt.force_variant(name text, user_id text, variant text) RETURNS uuid
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $force$
#variable_conflict use_variable
DECLARE
    target constant uuid := prompt._experiment_id(name);
    forced_users int;
BEGIN
    IF user_id IS NULL OR length(user_id) NOT BETWEEN 1 AND 1000 THEN
        RAISE EXCEPTION 'user_id %, not 1 to 1000 characters',
            CASE WHEN user_id IS NULL THEN 'is null' WHEN user_id = '' THEN 'is empty' ELSE format('has %s', length(user_id)) END
            USING ERRCODE = 'invalid_parameter_value';
    ELSIF variant IS NOT NULL AND NOT EXISTS (SELECT FROM prompt.ab_test_variants v
                                               WHERE v.experiment_id = target AND v.name = force_variant.variant) THEN
        RAISE EXCEPTION 'experiment "%" has no variant "%"', name, left(variant, 100) USING ERRCODE = 'undefined_object',
            DETAIL = (SELECT format('Its variants are %s.', string_agg(format('"%s"', v.name), ', ' ORDER BY v.ordinal))
                        FROM prompt.ab_test_variants v WHERE v.experiment_id = target);
    END IF;
    IF variant IS NOT NULL AND (SELECT e.status FROM prompt.ab_test_experiments e WHERE e.id = target) IN ('completed', 'cancelled') THEN
        RAISE EXCEPTION 'experiment "%" is % and serves nobody', name,
                        (SELECT e.status FROM prompt.ab_test_experiments e WHERE e.id = target)
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'prompt.get_prompt(..., version => ...) gives a version outside of experiments.';
    END IF;
    UPDATE prompt.ab_test_experiments e
       SET forced = CASE WHEN variant IS NULL THEN e.forced - user_id ELSE e.forced || jsonb_build_object(user_id, variant) END
     WHERE e.id = target
    RETURNING (SELECT count(*) FROM jsonb_object_keys(e.forced)) INTO forced_users;
    IF forced_users > 1000 THEN
        RAISE EXCEPTION 'more than 1000 users have forced variants in experiment "%"', name
            USING ERRCODE = 'program_limit_exceeded', HINT = 'They are for tests by hand; weights deal variants to users.';
    END IF;
    RETURN target;
END
$force$;
COMMENT ON FUNCTION prompt.force_variant(text, text, text) IS
    'gives a named user a variant, in or out of the traffic, or takes that back (null); his executions have epoch 0 and count '
    'in no reading';

CREATE FUNCTION prompt.start_rollout(name text, version int, percentage float8, primary_metric text DEFAULT 'success_rate')
    RETURNS uuid LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $rollout$
#variable_conflict use_variable
DECLARE
    candidate constant uuid := prompt._template_id(name, version, true);
    rollout constant text := left(format('rollout of %s', name), 240) || format(' to version %s', version);
    production int;
    found record;
    weights jsonb;
    target uuid;
BEGIN
    IF percentage IS NULL OR NOT (percentage > 0 AND percentage <= 100) THEN
        RAISE EXCEPTION 'percentage is %, not above 0 and at most 100', coalesce(percentage::text, 'null')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    weights := jsonb_build_object('control', 100 - percentage, 'candidate', percentage);
    SELECT e.id, e.name, e.status INTO found FROM prompt.ab_test_experiments e
     WHERE e.tenant_id = prompt.current_tenant() AND (e.name = rollout OR starts_with(e.name, rollout || ' (') AND right(e.name, 1) = ')')
       AND e.status IN ('draft', 'running', 'paused') ORDER BY e.created_at DESC LIMIT 1;
    IF found.id IS NULL THEN
        SELECT t.version INTO production FROM prompt.prompt_templates t
         WHERE t.tenant_id = prompt.current_tenant() AND t.name = start_rollout.name AND t.status = 'production';
        IF production IS NULL OR production = version THEN
            RAISE EXCEPTION '%', CASE WHEN production IS NULL THEN format('prompt "%s" has no version in production', name)
                                      ELSE format('version %s of prompt "%s" is in production already', version, name) END
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      HINT = CASE WHEN production IS NULL THEN 'Activate one with prompt.activate_version().'
                            ELSE 'Roll out another version.' END;
        END IF;
        -- A rollout that was cancelled may be tried again under the next number.
        SELECT rollout || CASE WHEN count(*) > 0 THEN format(' (%s)', count(*) + 1) ELSE '' END INTO found.name
          FROM prompt.ab_test_experiments e
         WHERE e.tenant_id = prompt.current_tenant() AND (e.name = rollout OR starts_with(e.name, rollout || ' (') AND right(e.name, 1) = ')');
        target := prompt.create_experiment(found.name, name, jsonb_build_array(
            jsonb_build_object('name', 'control', 'version', production, 'weight', 100 - percentage, 'is_control', true),
            jsonb_build_object('name', 'candidate', 'version', version, 'weight', percentage)), primary_metric,
            description => format('Gradual roll-out of version %s of prompt "%s".', version, name),
            traffic_share => 1 - prompt._holdout(prompt.current_tenant(), name) / 10000.0);
        PERFORM prompt.start_experiment(found.name);
    ELSIF percentage < 100 THEN
        PERFORM prompt.set_allocation(found.name, weights);
        target := found.id;
    END IF;
    IF percentage = 100 THEN
        target := coalesce(target, found.id);
        PERFORM prompt.declare_winner(found.name, 'candidate', true);
    END IF;
    RETURN target;
END
$rollout$;
COMMENT ON FUNCTION prompt.start_rollout(text, int, float8, text) IS
    'serves a version of a prompt to a percentage of its users, the production version to the others and to those held out, as '
    'an experiment whose id it returns; called again it moves the fewest users, and 100 puts the version into production';
