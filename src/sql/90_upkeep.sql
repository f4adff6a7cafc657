-- ---------------------------------------------------------------- upkeep

CREATE FUNCTION prompt._partitions(OUT relation regclass, OUT from_id uuid, OUT to_id uuid, OUT from_at timestamptz,
                                   OUT to_at timestamptz, OUT is_default boolean)
    RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $partitions$
    SELECT p.relid, b.from_id::uuid, b.to_id::uuid, prompt.uuid_v7_time(b.from_id::uuid),
           prompt.uuid_v7_time(b.to_id::uuid), pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT'
      FROM pg_partition_tree('prompt.prompt_executions') p
      JOIN pg_class c ON c.oid = p.relid,
           LATERAL (SELECT substring(pg_get_expr(c.relpartbound, c.oid) FROM $$FROM \('([^']*)'$$),
                           substring(pg_get_expr(c.relpartbound, c.oid) FROM $$TO \('([^']*)'$$)) AS b (from_id, to_id)
     WHERE p.isleaf AND c.relkind = 'r'
$partitions$;
COMMENT ON FUNCTION prompt._partitions() IS
    'partitions of prompt_executions with their bounds: ids of version 7 and the times in them';

CREATE FUNCTION prompt._leaves_without_triggers() RETURNS SETOF regclass
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $leaves$
    SELECT p.relid::regclass
      FROM pg_partition_tree('prompt.prompt_executions') p
      JOIN pg_class c ON c.oid = p.relid AND c.relkind IN ('r', 'p')
     WHERE (SELECT count(*) FROM pg_trigger t
             WHERE t.tgrelid = p.relid AND t.tgenabled <> 'D'
               AND t.tgfoid = 'prompt._count_executions()'::regprocedure)
           < CASE c.relkind WHEN 'r' THEN 4 ELSE 3 END
     ORDER BY p.relid::regclass::text
$leaves$;
COMMENT ON FUNCTION prompt._leaves_without_triggers() IS
    'prompt_executions or partitions of it that lack a metric trigger or have one disabled';

-- Attached rather than created as a partition: that would lock the parent against readers. What needs a lock gives up
-- after lock_timeout; the caller tries again at its next run.
CREATE FUNCTION prompt._attach_partition(from_at timestamptz, to_at timestamptz, INOUT name text, OUT moved bigint)
    RETURNS record LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $attach$
DECLARE
    from_id constant uuid := prompt.uuid_v7_bound(from_at);
    to_id constant uuid := prompt.uuid_v7_bound(to_at);
    default_partition constant regclass := (SELECT p.relation FROM prompt._partitions() p WHERE p.is_default);
    partition text;
    columns text;
    trigger_states text;
BEGIN
    -- A partition that was detached may have kept the name.
    IF to_regclass(format('prompt.%I', name)) IS NOT NULL THEN
        name := name || '_' || to_char(clock_timestamp(), 'YYYYMMDDHH24MISSUS');
    END IF;
    partition := format('prompt.%I', name);
    moved := 0;
    EXECUTE format('CREATE TABLE %s (LIKE prompt.prompt_executions INCLUDING DEFAULTS INCLUDING GENERATED '
                   'INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING COMPRESSION INCLUDING COMMENTS)', partition);
    EXECUTE format('COMMENT ON TABLE %s IS %L', partition,
                   format('executions from %s to %s (UTC)', from_at AT TIME ZONE 'UTC', to_at AT TIME ZONE 'UTC'));
    -- Attaching locks the default partition anyway, to see that it holds no row that belongs to the new one.
    IF default_partition IS NOT NULL THEN
        EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', default_partition);
        -- Generated columns are computed again; those of the default partition may have another order.
        SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) INTO columns FROM pg_attribute a
         WHERE a.attrelid = partition::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '';
        -- Rows change their place, not what they count for. Triggers of the user's come back as they were.
        SELECT format('ALTER TABLE %s ', default_partition)
               || string_agg(format('ENABLE %s TRIGGER %I', CASE t.tgenabled WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' END,
                                    t.tgname), ', ')
          INTO trigger_states FROM pg_trigger t
         WHERE t.tgrelid = default_partition AND NOT t.tgisinternal AND t.tgenabled <> 'D';
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', default_partition);
        EXECUTE format('WITH moved AS (DELETE FROM %1$s WHERE id >= %2$L AND id < %3$L RETURNING %5$s) '
                       'INSERT INTO %4$s (%5$s) SELECT %5$s FROM moved', default_partition, from_id, to_id, partition, columns);
        GET DIAGNOSTICS moved = ROW_COUNT;
        IF trigger_states IS NOT NULL THEN
            EXECUTE trigger_states;
        END IF;
    END IF;
    EXECUTE format('ALTER TABLE prompt.prompt_executions ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)', partition,
                   from_id, to_id);
    PERFORM prompt._create_metric_triggers_on(partition::regclass);
    PERFORM prompt._protect_partition(partition::regclass);
END
$attach$;
COMMENT ON FUNCTION prompt._attach_partition(timestamptz, timestamptz, text) IS
    'creates and attaches a partition of prompt_executions and moves rows of the default partition there; says its name and how many';

CREATE FUNCTION prompt._attach_missing_partitions(ahead timestamptz, OUT step text, OUT detail text)
    RETURNS SETOF record LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $missing$
DECLARE
    item record;
    made record;
    default_partition regclass := (SELECT p.relation FROM prompt._partitions() p WHERE p.is_default);
    first_at timestamptz;
    has_rows boolean;
BEGIN
    IF default_partition IS NOT NULL THEN
        -- Rows that came before their partition; ids of other versions name no time and stay.
        EXECUTE format('SELECT min(prompt.uuid_v7_time(id)) FROM %s WHERE prompt.uuid_v7_time(id) < now()', default_partition)
           INTO first_at;
    END IF;
    FOR item IN SELECT * FROM prompt._partition_spans(least(first_at, now()), ahead) AS s ORDER BY s.start_at LOOP
        CONTINUE WHEN EXISTS (SELECT FROM prompt._partitions() p
                               WHERE p.from_at < item.end_at AND p.to_at > item.start_at);
        -- Between the first row of the default partition and now, only where there are rows.
        IF item.end_at <= now() THEN
            EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE id >= %L AND id < %L)', default_partition,
                           prompt.uuid_v7_bound(item.start_at), prompt.uuid_v7_bound(item.end_at)) INTO has_rows;
            CONTINUE WHEN NOT has_rows;
        END IF;
        BEGIN
            made := prompt._attach_partition(item.start_at, item.end_at, item.name);
            step := 'partition';
            detail := format('created %s, moved %s rows from the default partition', made.name, made.moved);
        EXCEPTION WHEN lock_not_available THEN
            step := 'postponed';
            detail := format('partition %s: others hold locks; the next run tries again', item.name);
        END;
        RETURN NEXT;
    END LOOP;
END
$missing$;
COMMENT ON FUNCTION prompt._attach_missing_partitions(timestamptz) IS
    'creates partitions up to a time ahead, and those that rows of the default partition belong to';

-- Rows of hours that are over and slots that no transaction will use again become one per key. What somebody has
-- locked is left for the next time; who finds his row gone writes another.
CREATE FUNCTION prompt._compact_metrics() RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $compact$
DECLARE
    own_slot constant bigint := -(pg_current_xact_id()::text::bigint * 1048576 + 1048574);
    removed bigint;
    total bigint := 0;
    names constant text := array_to_string(prompt._metric_figures() || '{response_time_sketch,minutes}', ', ');
    sums constant text := (SELECT string_agg(format('sum(g.%I)', f), ', ') FROM unnest(prompt._metric_figures()) AS f)
                          || ', prompt._counts_sum(g.response_time_sketch), prompt._counts_sum(g.minutes)';
    is_something constant text := (
        SELECT string_agg(format('sum(g.%I) <> 0', f), ' OR ') FROM unnest(prompt._metric_figures()) AS f)
        || $$ OR prompt._counts_sum(g.response_time_sketch) <> '' OR prompt._counts_sum(g.minutes) <> ''$$;
BEGIN
    EXECUTE format($sql$
        WITH crowded AS (
            SELECT template_id, hour, tenant_id, experiment_id, variant
              FROM prompt.prompt_metrics
             WHERE slot < 0 OR slot >= 4294967296 OR (slot > 0 AND hour < now() - interval '2 hours')
             GROUP BY 1, 2, 3, 4, 5 HAVING count(*) > 1),
        locked AS (
            SELECT m.template_id, m.hour, m.tenant_id, m.experiment_id, m.variant, m.slot
              FROM prompt.prompt_metrics m JOIN crowded USING (template_id, hour, tenant_id, experiment_id, variant)
             WHERE m.slot < 0 OR m.slot >= 4294967296 OR (m.slot > 0 AND m.hour < now() - interval '2 hours')
               FOR UPDATE OF m SKIP LOCKED),
        gone AS (
            DELETE FROM prompt.prompt_metrics m USING locked l
             WHERE (m.template_id, m.hour, m.tenant_id, m.experiment_id, m.variant, m.slot)
                 = (l.template_id, l.hour, l.tenant_id, l.experiment_id, l.variant, l.slot)
            RETURNING m.*),
        kept AS (
            INSERT INTO prompt.prompt_metrics (template_id, hour, tenant_id, experiment_id, variant, slot, %1$s)
            SELECT g.template_id, g.hour, g.tenant_id, g.experiment_id, g.variant, $1, %2$s
              FROM gone g GROUP BY 1, 2, 3, 4, 5 HAVING %3$s
            RETURNING 1)
        SELECT (SELECT count(*) FROM gone) - (SELECT count(*) FROM kept)
    $sql$, names, sums, is_something) USING own_slot INTO removed;
    total := removed;
    WITH crowded AS (
        SELECT guardrail, hour, tenant_id
          FROM prompt.prompt_guardrail_metrics r
         WHERE r.slot < 0 OR r.slot >= 4294967296 OR (r.slot > 0 AND r.hour < now() - interval '2 hours')
         GROUP BY 1, 2, 3 HAVING count(*) > 1),
    locked AS (
        SELECT m.guardrail, m.hour, m.tenant_id, m.slot
          FROM prompt.prompt_guardrail_metrics m JOIN crowded USING (guardrail, hour, tenant_id)
         WHERE m.slot < 0 OR m.slot >= 4294967296 OR (m.slot > 0 AND m.hour < now() - interval '2 hours')
           FOR UPDATE OF m SKIP LOCKED),
    gone AS (
        DELETE FROM prompt.prompt_guardrail_metrics m USING locked l
         WHERE (m.guardrail, m.hour, m.tenant_id, m.slot) = (l.guardrail, l.hour, l.tenant_id, l.slot)
        RETURNING m.*),
    kept AS (
        INSERT INTO prompt.prompt_guardrail_metrics (guardrail, hour, tenant_id, slot, evaluations, violations)
        SELECT g.guardrail, g.hour, g.tenant_id, own_slot, sum(g.evaluations), sum(g.violations)
          FROM gone g GROUP BY 1, 2, 3 HAVING sum(g.evaluations) <> 0 OR sum(g.violations) <> 0
        RETURNING 1)
    SELECT (SELECT count(*) FROM gone) - (SELECT count(*) FROM kept) INTO removed;
    RETURN total + removed;
END
$compact$;
COMMENT ON FUNCTION prompt._compact_metrics() IS
    'merges rows of the running metrics that no writer needs apart; says how many rows fewer there are';

CREATE FUNCTION prompt._metric_figures() RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN '{executions,pending,successes,errors,timeouts,blocked,response_time_count,response_time_sum,
             response_time_squares,tokens_count,input_tokens,output_tokens,cost_count,cost_usd,quality_count,quality_sum,
             rating_count,rating_sum,rating_1,rating_2,rating_3,rating_4,rating_5,conversion_count,conversion_sum,
             escalations,flags,guardrail_violations}'::text[];
COMMENT ON FUNCTION prompt._metric_figures() IS 'columns of prompt_metrics that add up';

-- What goes with a partition stays as history, in slot 0: figures of the live rows lose it, history gains it. Writers of
-- this partition alone wait from here on.
CREATE FUNCTION prompt._close_partition(partition regclass) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $close$
DECLARE
    slot constant bigint := -(pg_current_xact_id()::text::bigint * 1048576 + 1048573);
    counted bigint;
BEGIN
    EXECUTE format('LOCK TABLE ONLY %s IN SHARE ROW EXCLUSIVE MODE', partition);
    EXECUTE format($sql$
        WITH leaving AS (
            SELECT k.key, f.name, f.value::numeric AS value, k.sketch, k.minutes
              FROM prompt._recount_metrics(%1$L) k, jsonb_each_text(k.figures) AS f (name, value)),
        rows AS (
            SELECT s.slot, l.key, jsonb_object_agg(l.name, l.value * s.sign)
                   || jsonb_build_object('response_time_sketch', prompt._counts_combine('', l.sketch, s.sign),
                                         'minutes', prompt._counts_combine('', l.minutes, s.sign)) AS figures
              FROM leaving l, (VALUES ($1, -1), (0, 1)) AS s (slot, sign) GROUP BY s.slot, l.key, s.sign, l.sketch, l.minutes)
        SELECT prompt._add_metrics(jsonb_agg(r.key || r.figures || jsonb_build_object('slot', r.slot, 'hour',
                   (r.key ->> 'hour')::timestamp AT TIME ZONE 'UTC'))) FROM rows r
    $sql$, partition) USING slot;
    EXECUTE format($sql$
        INSERT INTO prompt.prompt_guardrail_metrics AS m (guardrail, hour, tenant_id, slot, evaluations, violations)
        SELECT k.key ->> 'guardrail', (k.key ->> 'hour')::timestamp AT TIME ZONE 'UTC', k.key ->> 'tenant_id', s.slot,
               (k.figures ->> 'evaluations')::bigint * s.sign, (k.figures ->> 'violations')::bigint * s.sign
          FROM prompt._recount_guardrail_metrics(%1$L) k, (VALUES ($1, -1), (0, 1)) AS s (slot, sign)
            ON CONFLICT (guardrail, hour, tenant_id, slot) DO UPDATE
           SET evaluations = m.evaluations + excluded.evaluations, violations = m.violations + excluded.violations
    $sql$, partition) USING slot;
    EXECUTE format('SELECT count(*) FROM %s', partition) INTO counted;
    RETURN counted;
END
$close$;
COMMENT ON FUNCTION prompt._close_partition(regclass) IS
    'keeps the figures of a partition of prompt_executions as history, before it goes; says how many executions it has';

CREATE FUNCTION prompt._add_metrics(changes jsonb) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $add$
BEGIN
    EXECUTE (
        -- Our own columns alone: those that the user has added take their defaults.
        SELECT format('INSERT INTO prompt.prompt_metrics AS m (%1$s) '
                      'SELECT %1$s FROM jsonb_populate_recordset(NULL::prompt.prompt_metrics, $1) '
                      'ON CONFLICT (template_id, hour, tenant_id, experiment_id, variant, slot) DO UPDATE SET %2$s, '
                      'response_time_sketch = prompt._counts_combine(m.response_time_sketch, excluded.response_time_sketch), '
                      'minutes = prompt._counts_combine(m.minutes, excluded.minutes)',
                      'template_id, hour, tenant_id, experiment_id, variant, slot, response_time_sketch, minutes, '
                      || string_agg(quote_ident(f), ', '), string_agg(format('%1$I = m.%1$I + excluded.%1$I', f), ', '))
          FROM unnest(prompt._metric_figures()) AS f) USING changes;
END
$add$;
COMMENT ON FUNCTION prompt._add_metrics(jsonb) IS 'adds rows to prompt_metrics, to those with the same key and slot if there are';

-- The lock against everybody is taken last, when all that takes time has been done, and tried for three times.
CREATE FUNCTION prompt._lock_executions() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $lock$
BEGIN
    FOR attempt IN 1 .. 3 LOOP
        BEGIN
            LOCK TABLE ONLY prompt.prompt_executions IN ACCESS EXCLUSIVE MODE;
            RETURN;
        EXCEPTION WHEN lock_not_available THEN
            IF attempt = 3 THEN
                RAISE;
            END IF;
            PERFORM pg_sleep(0.2);
        END;
    END LOOP;
END
$lock$;
COMMENT ON FUNCTION prompt._lock_executions() IS 'locks prompt_executions against everybody, or gives up after three attempts';

-- Of the executions themselves: their times and the experiment's start need not agree, as in a replay.
CREATE FUNCTION prompt._note_lost_executions(partition regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $note$
BEGIN
    EXECUTE format($sql$
        INSERT INTO prompt.prompt_state AS s (tenant_id, key, value)
        SELECT e.tenant_id, prompt._lost_key(e.id), %2$L
          FROM prompt.ab_test_experiments e
         WHERE cardinality(e.metrics) > 0
           AND EXISTS (SELECT FROM %1$s x WHERE x.experiment_id = e.id AND x.allocation_epoch > 0
                                            AND coalesce(x.user_id, x.request_id) IS NOT NULL)
            ON CONFLICT (tenant_id, key) DO UPDATE SET value = excluded.value, updated_at = now()
    $sql$, partition, partition);
END
$note$;
COMMENT ON FUNCTION prompt._note_lost_executions(regclass) IS
    'remembers which experiments have counted executions in a partition that goes: they can be recounted no more';

CREATE FUNCTION prompt._apply_retention(retention interval, detach boolean, OUT step text, OUT detail text)
    RETURNS SETOF record LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $retention$
DECLARE
    item record;
    needed text;
    leaving regclass[];
    kept regclass[] := '{}';
    lines text[];
    last_at timestamptz;
BEGIN
    LOOP
        leaving := '{}';
        lines := '{}';
        BEGIN
            FOR item IN
                SELECT p.relation, p.relation::text AS name, p.to_at FROM prompt._partitions() p
                 WHERE p.to_at <= now() - retention AND NOT p.is_default AND p.relation <> ALL (kept) ORDER BY p.to_at
            LOOP
                EXECUTE format('SELECT min(e.name) FROM prompt.ab_test_experiments e '
                               'WHERE e.status IN (''running'', ''paused'') '
                               'AND EXISTS (SELECT FROM %s x WHERE x.experiment_id = e.id)', item.relation) INTO needed;
                IF needed IS NOT NULL THEN
                    IF kept = '{}' THEN
                        step := 'spared';
                        detail := format('%s: experiment "%s" still needs it', item.name, needed);
                        RETURN NEXT;
                    END IF;
                    CONTINUE;
                END IF;
                leaving := leaving || item.relation;
                lines := lines || format('%s: %s executions, their figures are kept', item.name, prompt._close_partition(item.relation));
                PERFORM prompt._note_lost_executions(item.relation);
                last_at := item.to_at;
            END LOOP;
            IF cardinality(leaving) = 0 THEN
                RETURN;
            END IF;
            PERFORM prompt._lock_executions();
            FOREACH item.relation IN ARRAY leaving LOOP
                -- A partition of a table that is referenced can be dropped only once it is none.
                EXECUTE format('ALTER TABLE prompt.prompt_executions DETACH PARTITION %s', item.relation);
                IF detach THEN
                    PERFORM prompt._drop_metric_triggers_on(item.relation);
                ELSE
                    EXECUTE format('DROP TABLE %s', item.relation);
                END IF;
            END LOOP;
            INSERT INTO prompt.prompt_state AS s (tenant_id, key, value) VALUES ('', 'executions_since', last_at::text)
                ON CONFLICT (tenant_id, key) DO UPDATE
               SET value = greatest(s.value::timestamptz, excluded.value::timestamptz)::text, updated_at = now();
            FOREACH detail IN ARRAY lines LOOP
                step := CASE WHEN detach THEN 'detached' ELSE 'dropped' END;
                RETURN NEXT;
            END LOOP;
            RETURN;
        EXCEPTION
            WHEN lock_not_available OR deadlock_detected THEN
                step := 'postponed';
                detail := format('retention: others hold locks; the next run tries again (%s partitions)', greatest(cardinality(leaving), 1));
                RETURN NEXT;
                RETURN;
            WHEN foreign_key_violation OR dependent_objects_still_exist THEN
                -- Tables and views of the user's; the other partitions go without it.
                kept := kept || item.relation;
                step := 'kept';
                detail := format('%s: %s', item.relation, SQLERRM);
                RETURN NEXT;
        END;
    END LOOP;
END
$retention$;
COMMENT ON FUNCTION prompt._apply_retention(interval, boolean) IS
    'drops or detaches partitions older than that, but for those that running experiments or the user''s own tables need';

CREATE FUNCTION prompt._drop_metric_triggers_on(relation regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $drop$
DECLARE
    name name;
BEGIN
    FOR name IN
        SELECT t.tgname FROM pg_trigger t
         WHERE t.tgrelid = relation AND NOT t.tgisinternal
           AND t.tgfoid IN ('prompt._count_executions()'::regprocedure, 'prompt._fill_question_hash()'::regprocedure)
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', name, relation);
    END LOOP;
END
$drop$;
COMMENT ON FUNCTION prompt._drop_metric_triggers_on(regclass) IS 'takes our triggers from a partition that has been detached';

CREATE FUNCTION prompt.maintain(retention interval DEFAULT NULL, months_ahead int DEFAULT 2, days_ahead int DEFAULT 14,
                                detach boolean DEFAULT false, OUT step text, OUT detail text)
    RETURNS SETOF record LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $maintain$
DECLARE
    leaf regclass;
    changed bigint;
BEGIN
    PERFORM prompt._require_install();
    PERFORM prompt._require_primary('prompt.maintain()');
    PERFORM prompt._require_owner('prompt.maintain()');
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'prompt.maintain() needs isolation level READ COMMITTED'
            USING ERRCODE = 'invalid_transaction_state';
    END IF;
    IF retention <= interval '0' OR months_ahead NOT BETWEEN 0 AND 120 OR days_ahead NOT BETWEEN 0 AND 3660 THEN
        RAISE EXCEPTION 'retention must be positive, months_ahead 0 to 120, and days_ahead 0 to 3660'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('retention %s, months_ahead %s, days_ahead %s', retention, months_ahead, days_ahead);
    ELSIF retention < interval '1 hour' THEN
        -- A bare number is one of seconds.
        RAISE EXCEPTION 'a retention of % drops all but the latest executions', retention
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Give it with a unit, such as ''13 months''; an hour is the least.';
    END IF;
    IF NOT pg_try_advisory_xact_lock(prompt._lock_class(), 1) THEN
        step := 'skipped';
        detail := 'another session is at it';
        RETURN NEXT;
        RETURN;
    END IF;
    changed := prompt.fold();
    IF changed > 0 THEN
        step := 'folded';
        detail := format('%s changes of users'' totals', changed);
        RETURN NEXT;
    END IF;
    changed := prompt._compact_metrics();
    IF changed > 0 THEN
        step := 'compacted';
        detail := format('%s rows fewer in the running metrics', changed);
        RETURN NEXT;
    END IF;
    FOR leaf IN SELECT * FROM prompt._leaves_without_triggers() LOOP
        BEGIN
            SET LOCAL lock_timeout = '2s';
            PERFORM prompt._create_metric_triggers_on(leaf);
            PERFORM prompt._protect_partition(leaf);
            step := 'triggers';
            detail := format('created on %s; rows put straight there before are not counted: SELECT prompt.rebuild_metrics()', leaf);
        EXCEPTION WHEN lock_not_available THEN
            step := 'postponed';
            detail := format('triggers on %s: others hold locks; the next run tries again', leaf);
        END;
        RETURN NEXT;
    END LOOP;
    RETURN QUERY SELECT * FROM prompt._attach_missing_partitions(prompt._ahead(months_ahead, days_ahead));
    -- Last: from here to the end of the transaction others may wait.
    IF retention IS NOT NULL THEN
        RETURN QUERY SELECT * FROM prompt._apply_retention(retention, detach);
    END IF;
END
$maintain$;
COMMENT ON FUNCTION prompt.maintain(interval, int, int, boolean) IS
    'the regular upkeep, for pg_cron or by hand: folds, compacts, creates missing triggers and partitions ahead, drops or detaches '
    'what is older than the retention (null: nothing); a row per thing done';

CREATE FUNCTION prompt.status(OUT item text, OUT value text, OUT advice text)
    RETURNS SETOF record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $status$
DECLARE
    found int;
BEGIN
    item := 'library';
    value := prompt.version();
    RETURN NEXT;
    item := 'table layout';
    IF to_regclass('prompt.prompt_state') IS NULL THEN
        value := 'none';
        advice := 'SELECT prompt.install()';
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT s.value::int INTO found FROM prompt.prompt_state s WHERE s.tenant_id = '' AND s.key = 'table_version';
    value := found::text;
    advice := CASE WHEN found < prompt._table_version() THEN 'SELECT prompt.install()'
                   WHEN found > prompt._table_version() THEN 'ALTER EXTENSION pg_prompt UPDATE' END;
    RETURN NEXT;
    item := 'partitions';
    SELECT count(*)::text || ' to ' || to_char(max(p.to_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD'),
           CASE WHEN max(p.to_at) < now() + interval '7 days' OR max(p.to_at) IS NULL THEN 'SELECT * FROM prompt.maintain()' END
      INTO value, advice
      FROM prompt._partitions() p WHERE NOT p.is_default;
    RETURN NEXT;
    item := 'default partition';
    SELECT CASE WHEN d.to_move THEN 'has rows' WHEN d.to_move IS NULL THEN 'empty'
                ELSE 'has rows that no partition is due for: they stay, and count as any other' END,
           CASE WHEN d.to_move THEN 'SELECT * FROM prompt.maintain()' END
      INTO value, advice
      FROM (SELECT CASE WHEN prompt._has_rows(p.relation) THEN prompt._has_rows_to_move(p.relation) END AS to_move
              FROM prompt._partitions() p WHERE p.is_default) AS d;
    value := coalesce(value, 'none');
    RETURN NEXT;
    item := 'relations without metric triggers';
    SELECT coalesce(string_agg(l::text, ', '), 'none'),
           CASE WHEN count(*) > 0 THEN 'SELECT * FROM prompt.maintain(); then SELECT prompt.rebuild_metrics()' END
      INTO value, advice FROM prompt._leaves_without_triggers() l;
    RETURN NEXT;
    item := 'queued changes of users'' totals';
    SELECT format('%s due, %s waiting', count(*) FILTER (WHERE q.due_at <= clock_timestamp()),
                  count(*) FILTER (WHERE q.due_at > clock_timestamp())),
           CASE WHEN count(*) FILTER (WHERE q.due_at <= clock_timestamp()) > 10000 THEN 'SELECT prompt.fold()' END
      INTO value, advice FROM prompt.prompt_subject_queue q;
    RETURN NEXT;
    item := 'rows of the running metrics';
    SELECT format('%s for %s keys', coalesce(sum(k.rows), 0), count(*)),
           CASE WHEN sum(k.rows) > 10 * count(*) + 1000 THEN 'SELECT * FROM prompt.maintain()' END
      INTO value, advice
      FROM (SELECT count(*) AS rows FROM prompt.prompt_metrics m
             GROUP BY m.template_id, m.hour, m.tenant_id, m.experiment_id, m.variant) AS k;
    RETURN NEXT;
    item := 'executions kept since';
    SELECT s.value INTO value FROM prompt.prompt_state s WHERE s.tenant_id = '' AND s.key = 'executions_since';
    value := coalesce(value, 'ever');
    advice := NULL;
    RETURN NEXT;
END
$status$;
COMMENT ON FUNCTION prompt.status() IS
    'how the installation is: versions, partitions, triggers, queue; advice says what to run, null: nothing to do';

CREATE FUNCTION prompt._has_rows(relation regclass) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $has$
DECLARE
    found boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', relation) INTO found;
    RETURN found;
END
$has$;
COMMENT ON FUNCTION prompt._has_rows(regclass) IS 'whether a table has any row';

-- As _attach_missing_partitions() has it: ids that name no time stay, and so do those of a time beyond the partitions to be made.
CREATE FUNCTION prompt._has_rows_to_move(default_partition regclass) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $has$
DECLARE
    found boolean;
BEGIN
    EXECUTE format($sql$
        WITH made AS MATERIALIZED (SELECT p.from_at, p.to_at FROM prompt._partitions() p WHERE NOT p.is_default),
        day AS (SELECT DISTINCT date_trunc('day', prompt.uuid_v7_time(id), 'UTC') AS at FROM %s)
        SELECT EXISTS (SELECT FROM day, prompt._partition_spans(day.at, day.at) AS s
                        WHERE s.start_at <= prompt._ahead()
                          AND NOT EXISTS (SELECT FROM made m WHERE m.from_at < s.end_at AND m.to_at > s.start_at))
    $sql$, default_partition) INTO found;
    RETURN found;
END
$has$;
COMMENT ON FUNCTION prompt._has_rows_to_move(regclass) IS 'whether maintain() would make a partition for rows of the default one';
