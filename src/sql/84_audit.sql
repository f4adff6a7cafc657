-- ---------------------------------------------------------------- audit log

CREATE FUNCTION prompt._audit() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'pgprompt_audit';
COMMENT ON FUNCTION prompt._audit() IS 'trigger: writes a change to prompt_audit_log, as the owner of the tables';

CREATE FUNCTION prompt._audit_text(tenant_id text, "at" timestamptz, actor text, acting_as text, action text, entity text,
                                   entity_id text, reason text, old_values jsonb, new_values jsonb, sequence bigint)
    RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN jsonb_build_array(tenant_id, (extract(epoch FROM "at") * 1000000)::bigint, actor, acting_as, action, entity,
                             entity_id, reason, old_values, new_values, sequence)::text;
COMMENT ON FUNCTION prompt._audit_text(text, timestamptz, text, text, text, text, text, text, jsonb, jsonb, bigint) IS
    'canonical text of an audit entry: a JSON array as jsonb prints it, the time in microseconds since 1970';

CREATE FUNCTION prompt._write_audit_entry(entity text, action text, actor text, acting_as text, reason text, old_row jsonb,
                                          new_row jsonb)
    RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $write$
DECLARE
    this_row constant jsonb := coalesce(new_row, old_row, '{}');
    entry_at constant timestamptz := clock_timestamp();
    tenant constant text := coalesce(this_row ->> 'tenant_id', '');
    key constant text := CASE entity
        WHEN 'prompt_labels' THEN concat_ws('@', this_row ->> 'prompt_name', this_row ->> 'label')
        WHEN 'ab_test_variants' THEN concat_ws('/', this_row ->> 'experiment_id', this_row ->> 'name')
        ELSE coalesce(this_row ->> 'id', '') END;
    old_values jsonb;
    new_values jsonb;
    last record;
BEGIN
    IF action = 'UPDATE' THEN
        SELECT jsonb_object_agg(o.name, o.value), jsonb_object_agg(n.name, n.value) INTO old_values, new_values
          FROM jsonb_each(old_row) AS o (name, value) JOIN jsonb_each(new_row) AS n (name, value) USING (name)
         WHERE o.value <> n.value;
        IF new_values IS NULL THEN
            RETURN;
        END IF;
    ELSE
        SELECT jsonb_object_agg(o.name, o.value) INTO old_values FROM jsonb_each(old_row) AS o (name, value)
         WHERE o.value <> 'null';
        SELECT jsonb_object_agg(n.name, n.value) INTO new_values FROM jsonb_each(new_row) AS n (name, value)
         WHERE n.value <> 'null';
    END IF;
    -- Whoever changes a row holds it locked, so the chain of an entity has one writer at a time.
    SELECT l.sequence, l.hash INTO last FROM prompt.prompt_audit_log l
     WHERE l.tenant_id = tenant AND l.entity = _write_audit_entry.entity AND l.entity_id = key
     ORDER BY l.sequence DESC LIMIT 1;
    INSERT INTO prompt.prompt_audit_log (tenant_id, at, actor, acting_as, action, entity, entity_id, reason, old_values,
                                         new_values, sequence, previous, hash)
    SELECT tenant, entry_at, actor, acting_as, action, entity, key, reason, old_values, new_values, n.sequence, n.previous,
           sha256(n.previous || convert_to(prompt._audit_text(tenant, entry_at, actor, acting_as, action, entity, key,
                                                              reason, old_values, new_values, n.sequence), 'UTF8'))
      FROM (SELECT coalesce(last.sequence, 0) + 1, coalesce(last.hash, '')) AS n (sequence, previous);
END
$write$;
COMMENT ON FUNCTION prompt._write_audit_entry(text, text, text, text, text, jsonb, jsonb) IS
    'appends an entry to the chain of its entity; called by the trigger prompt._audit() alone';

CREATE FUNCTION prompt._refuse_audit_change() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $refuse$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only'
        USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('%s on prompt.%s was refused.', TG_OP, TG_TABLE_NAME);
END
$refuse$;
COMMENT ON FUNCTION prompt._refuse_audit_change() IS 'trigger: refuses UPDATE, DELETE and TRUNCATE of the audit log';

CREATE FUNCTION prompt._create_audit_triggers() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $create$
DECLARE
    audited text;
BEGIN
    FOREACH audited IN ARRAY '{prompt_templates,prompt_labels,prompt_guardrails,ab_test_experiments,ab_test_variants}'::text[]
    LOOP
        PERFORM prompt._create_trigger(audited || '_audit', format('prompt.%I', audited)::regclass,
            'AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION prompt._audit()');
        PERFORM prompt._create_trigger(audited || '_audit_truncate', format('prompt.%I', audited)::regclass,
            'AFTER TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION prompt._audit()');
    END LOOP;
    PERFORM prompt._create_trigger('prompt_audit_log_append_only', 'prompt.prompt_audit_log',
        'BEFORE UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION prompt._refuse_audit_change()');
    PERFORM prompt._create_trigger('prompt_audit_log_append_only_truncate', 'prompt.prompt_audit_log',
        'BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION prompt._refuse_audit_change()');
    -- Even for sessions that run as replicas.
    ALTER TABLE prompt.prompt_audit_log ENABLE ALWAYS TRIGGER prompt_audit_log_append_only;
    ALTER TABLE prompt.prompt_audit_log ENABLE ALWAYS TRIGGER prompt_audit_log_append_only_truncate;
END
$create$;
COMMENT ON FUNCTION prompt._create_audit_triggers() IS 'creates the triggers that write the audit log and keep it append-only';

CREATE FUNCTION prompt.audit_log_head() RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $head$
    SELECT coalesce(jsonb_agg(jsonb_build_array(h.tenant_id, h.entity, h.entity_id, h.sequence, encode(h.hash, 'hex'))
                              ORDER BY h.tenant_id, h.entity, h.entity_id), '[]')
      FROM (SELECT DISTINCT ON (l.tenant_id, l.entity, l.entity_id) l.*
              FROM prompt.prompt_audit_log l
             ORDER BY l.tenant_id, l.entity, l.entity_id, l.sequence DESC) AS h
$head$;
COMMENT ON FUNCTION prompt.audit_log_head() IS
    'the last entry of every chain: [tenant, entity, entity id, sequence, hash]; keep it elsewhere for verify_audit_log()';

CREATE FUNCTION prompt.verify_audit_log(exported_head jsonb DEFAULT NULL, OUT id bigint, OUT entity text,
                                        OUT entity_id text, OUT sequence bigint, OUT problem text)
    RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $verify$
    WITH entry AS (
        SELECT l.*, lag(l.hash) OVER chain AS hash_before, lag(l.sequence) OVER chain AS sequence_before,
               lag(l.id) OVER chain AS id_before
          FROM prompt.prompt_audit_log l
        WINDOW chain AS (PARTITION BY l.tenant_id, l.entity, l.entity_id ORDER BY l.sequence, l.id)),
    head AS (
        SELECT h ->> 0 AS tenant_id, h ->> 1 AS entity, h ->> 2 AS entity_id, (h ->> 3)::bigint AS sequence, h ->> 4 AS hash
          FROM jsonb_array_elements(exported_head) AS h)
    SELECT e.id, e.entity, e.entity_id, e.sequence, p.problem
      FROM entry e,
           LATERAL (VALUES
               (e.sequence <> coalesce(e.sequence_before, 0) + 1,
                CASE WHEN e.sequence = e.sequence_before + 2 OR (e.sequence_before IS NULL AND e.sequence = 2)
                     THEN format('entry %s is missing', e.sequence - 1)
                     ELSE format('entries %s to %s are missing', coalesce(e.sequence_before, 0) + 1, e.sequence - 1) END),
               (e.sequence = coalesce(e.sequence_before, 0) + 1 AND e.previous <> coalesce(e.hash_before, ''),
                'does not continue the entry before it'),
               (e.hash <> sha256(e.previous || convert_to(prompt._audit_text(e.tenant_id, e.at, e.actor, e.acting_as,
                    e.action, e.entity, e.entity_id, e.reason, e.old_values, e.new_values, e.sequence), 'UTF8')),
                'content does not match its hash'),
               (e.id < e.id_before, 'was written before the entry that precedes it')
           ) AS p (holds, problem)
     WHERE p.holds
    UNION ALL
    SELECT e.id, h.entity, h.entity_id, h.sequence,
           CASE WHEN e.id IS NULL THEN 'is in the exported head but not in the log' ELSE 'differs from the exported head' END
      FROM head h
      LEFT JOIN prompt.prompt_audit_log e
             ON e.tenant_id = h.tenant_id AND e.entity = h.entity AND e.entity_id = h.entity_id AND e.sequence = h.sequence
     WHERE e.id IS NULL OR encode(e.hash, 'hex') <> h.hash
     ORDER BY 2, 3, 4, 5
$verify$;
COMMENT ON FUNCTION prompt.verify_audit_log(jsonb) IS
    'entries of the audit log that were tampered with, reordered or removed; a cut tail shows only against a head that '
    'audit_log_head() gave earlier and that was kept elsewhere. No row: nothing found';
