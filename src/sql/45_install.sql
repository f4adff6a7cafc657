-- ---------------------------------------------------------------- install() and uninstall()

-- Restored or older tables may hold names that would be refused now: they are served, and told.
CREATE FUNCTION prompt._tell_faulty_names() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $tell$
DECLARE
    found record;
BEGIN
    SELECT count(*) AS names, string_agg(format('%s "%s" (%s at place %s)', f.kind, f.shown, f."character", f.place), ', '
                                         ORDER BY f.kind, f.name) FILTER (WHERE f.number <= 5) AS first_ones INTO found
      FROM (SELECT n.kind, n.name, x.*, row_number() OVER (ORDER BY n.kind, n.name) AS number
              FROM (SELECT DISTINCT 'prompt' AS kind, t.name FROM prompt.prompt_templates t
                    UNION SELECT 'guardrail', g.name FROM prompt.prompt_guardrails g
                    UNION SELECT 'experiment', e.name FROM prompt.ab_test_experiments e
                    UNION SELECT 'variant', v.name FROM prompt.ab_test_variants v) AS n,
                   prompt._name_fault(n.name) AS x
             WHERE x.fault IS NOT NULL) AS f;
    IF found.names > 0 THEN
        RAISE WARNING '% % that may be taken for another', found.names, CASE found.names WHEN 1 THEN 'name has a character' ELSE 'names have characters' END
            USING DETAIL = found.first_ones || CASE WHEN found.names > 5 THEN ', and others' ELSE '' END || '.',
                  HINT = 'They are served as before. prompt.export_prompt() and prompt.import_prompt() copy a prompt under another name.';
    END IF;
END
$tell$;
COMMENT ON FUNCTION prompt._tell_faulty_names() IS 'warns of names in the tables that could not be given now';

CREATE FUNCTION prompt._renew_guardrail_generation(tenant text) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO prompt.prompt_state AS s (tenant_id, key, value)
    VALUES (tenant, 'guardrail_generation', gen_random_uuid()::text)
    ON CONFLICT (tenant_id, key) DO UPDATE SET value = excluded.value, updated_at = now()
$$;
COMMENT ON FUNCTION prompt._renew_guardrail_generation(text) IS
    'gives a tenant''s guardrails a new generation, never used before: caches key compiled rules by it';

CREATE FUNCTION prompt.install() RETURNS text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $install$
DECLARE
    found int;
    uncounted boolean := false;
    outdated record;
BEGIN
    IF NOT has_schema_privilege('prompt', 'CREATE') THEN
        RAISE EXCEPTION 'role "%" may not create tables in schema prompt', current_user
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = (SELECT format('The schema belongs to role "%s".', pg_get_userbyid(n.nspowner)) FROM pg_namespace n
                             WHERE n.nspname = 'prompt'),
                  HINT = format('That role runs prompt.install(), or lets this one: GRANT CREATE ON SCHEMA prompt TO %I;', current_user);
    END IF;
    PERFORM prompt._require_owner('prompt.install()');
    PERFORM pg_advisory_xact_lock(prompt._lock_class(), 0);
    IF to_regclass('prompt.prompt_state') IS NOT NULL THEN
        SELECT value::int INTO found FROM prompt.prompt_state WHERE tenant_id = '' AND key = 'table_version';
        IF found > prompt._table_version() THEN
            RAISE EXCEPTION 'the tables are newer (layout %) than this library (layout %)', found, prompt._table_version()
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      HINT = 'Update the extension: ALTER EXTENSION pg_prompt UPDATE.';
        END IF;
    END IF;
    PERFORM prompt._create_prompt_tables();
    PERFORM prompt._create_experiment_tables();
    PERFORM prompt._create_execution_tables();
    PERFORM prompt._create_keys();
    PERFORM prompt._create_foreign_keys();
    -- Names were once refused by the tables, which cannot know what a script needs.
    FOR outdated IN SELECT c.conrelid::regclass AS relation, c.conname AS name FROM pg_constraint c
                     WHERE c.connamespace = 'prompt'::regnamespace AND c.conname ~ '_visible_name_check$' LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', outdated.relation, outdated.name);
    END LOOP;
    -- DROP EXTENSION ... CASCADE takes triggers and this default away, and leaves the rows to come uncounted.
    IF found IS NOT NULL THEN
        uncounted := EXISTS (SELECT FROM prompt._leaves_without_triggers());
        -- A restore of the executions alone, with triggers disabled, leaves no figure.
        uncounted := uncounted OR EXISTS (SELECT FROM prompt.prompt_executions)
                                  AND NOT EXISTS (SELECT FROM prompt.prompt_metrics);
        IF NOT EXISTS (SELECT FROM pg_attrdef d
                        WHERE d.adrelid = 'prompt.prompt_executions'::regclass
                          AND pg_get_expr(d.adbin, d.adrelid) LIKE '%uuid_v7%') THEN
            ALTER TABLE prompt.prompt_executions ALTER COLUMN id SET DEFAULT prompt.uuid_v7();
        END IF;
    END IF;
    PERFORM prompt._create_partitions();
    PERFORM prompt._create_triggers();
    PERFORM prompt._create_views();
    PERFORM prompt._tell_faulty_names();
    IF uncounted THEN
        UPDATE prompt.prompt_templates t
           SET includes = prompt._template_includes(t.template_text, t.template_format, t.messages)
         WHERE t.includes <> prompt._template_includes(t.template_text, t.template_format, t.messages);
        PERFORM prompt.rebuild_metrics();
    END IF;
    INSERT INTO prompt.prompt_state AS s (tenant_id, key, value)
    VALUES ('', 'table_version', prompt._table_version()::text)
    ON CONFLICT (tenant_id, key) DO UPDATE SET value = excluded.value, updated_at = now()
        WHERE s.value <> excluded.value;
    PERFORM prompt._renew_guardrail_generation(t.tenant_id)
       FROM (SELECT '' AS tenant_id UNION SELECT g.tenant_id FROM prompt.prompt_guardrails g) AS t;
    RETURN CASE WHEN found IS NULL THEN format('pg_prompt %s installed', prompt.version())
                ELSE format('pg_prompt %s is up to date', prompt.version()) END;
END
$install$;
COMMENT ON FUNCTION prompt.install() IS
    'creates the tables, triggers and views as ordinary objects of the caller, or brings older ones up to date; counts '
    'what came in while triggers were missing; may be repeated at any time';

CREATE FUNCTION prompt.uninstall(keep_data boolean DEFAULT true) RETURNS SETOF text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $uninstall$
DECLARE
    item record;
    rows_left bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM prompt._own_relations()) THEN
        RETURN NEXT 'there is nothing to take away: prompt.install() has not been run';
        RETURN;
    END IF;
    FOR item IN SELECT r.relation::text AS name FROM prompt._own_relations() r WHERE r.kind = 'v' LOOP
        EXECUTE format('DROP VIEW %s', item.name);
        RETURN NEXT format('dropped view %s', item.name);
    END LOOP;
    FOR item IN
        SELECT t.tgname, t.tgrelid::regclass::text AS relation FROM pg_trigger t
          JOIN pg_proc p ON p.oid = t.tgfoid
          JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
          JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid
         WHERE e.extname = 'pg_prompt' AND NOT t.tgisinternal AND t.tgparentid = 0
         ORDER BY 2, 1
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', item.tgname, item.relation);
        RETURN NEXT format('dropped trigger %s on %s', item.tgname, item.relation);
    END LOOP;
    IF to_regclass('prompt.prompt_executions') IS NOT NULL THEN
        ALTER TABLE prompt.prompt_executions ALTER COLUMN id SET DEFAULT gen_random_uuid();
    END IF;
    FOR item IN SELECT r.relation::text AS name FROM prompt._own_relations() r WHERE r.kind <> 'v' LOOP
        IF keep_data THEN
            EXECUTE format('SELECT count(*) FROM %s', item.name) INTO rows_left;
            RETURN NEXT format('kept table %s with %s rows', item.name, rows_left);
        ELSE
            EXECUTE format('DROP TABLE %s CASCADE', item.name);
            RETURN NEXT format('dropped table %s', item.name);
        END IF;
    END LOOP;
    RETURN NEXT CASE WHEN keep_data THEN 'DROP EXTENSION pg_prompt leaves these tables as they are'
                     ELSE 'nothing is left but the extension: DROP EXTENSION pg_prompt' END;
END
$uninstall$;
COMMENT ON FUNCTION prompt.uninstall(boolean) IS
    'takes triggers and views away, and the tables, too, if keep_data is false; says what it did and what is left';
