-- ---------------------------------------------------------------- who may do what

CREATE FUNCTION prompt._access_grants(level text) RETURNS SETOF text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $grants$
    SELECT replace(replace(g.statement, '{own}', (SELECT string_agg(o.relation::text, ', ') FROM prompt._own_relations() o)),
                   '{partitions}', (SELECT string_agg(p.relation::text, ', ' ORDER BY p.relation::text) FROM prompt._partitions() p))
      FROM (VALUES
        ('reader', 'USAGE ON SCHEMA prompt'),
        -- Not all tables in the schema: detached partitions and the user's own tables are not ours to hand out.
        ('reader', 'SELECT ON {own}'),
        ('reader', 'SELECT ON {partitions}'),
        ('service', 'INSERT, UPDATE ON prompt.prompt_executions'),
        -- A draft's content; its status and its dates are not the author's.
        ('author', 'INSERT (id, tenant_id, name, version, semver, prompt_type, template_format, template_text, messages, variables, '
                   'strict, model_config, description, category, tags, change_description, parent_version_id, created_by, updated_by), '
                   'UPDATE (prompt_type, template_format, template_text, messages, variables, strict, model_config, description, category, tags, '
                   'change_description, semver, updated_by) ON prompt.prompt_templates'),
        ('approver', 'INSERT, UPDATE ON prompt.prompt_templates'),
        ('approver', 'INSERT, UPDATE, DELETE ON prompt.prompt_labels, prompt.ab_test_experiments, prompt.ab_test_variants'),
        ('approver', 'INSERT, UPDATE ON prompt.prompt_state'),
        -- Folding, which starting and ending an experiment need.
        ('approver', 'INSERT, UPDATE, DELETE ON prompt.prompt_subjects, prompt.prompt_subject_queue, prompt.ab_test_statistics, '
                     'prompt.ab_test_progress'),
        ('admin', 'ALL ON {own}'),
        ('admin', 'ALL ON {partitions}')) AS g (level, statement)
     WHERE g.level = ANY (CASE _access_grants.level WHEN 'reader' THEN '{reader}' WHEN 'service' THEN '{reader,service}'
                                     WHEN 'author' THEN '{reader,author}' WHEN 'approver' THEN '{reader,author,approver}'
                                     WHEN 'admin' THEN '{reader,admin}' END::text[])
$grants$;
COMMENT ON FUNCTION prompt._access_grants(text) IS 'the grants that a level of access stands for';

CREATE FUNCTION prompt.grant_access(role name, level text) RETURNS SETOF text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $grant$
DECLARE
    statement text;
    schema_owner constant name := (SELECT pg_get_userbyid(n.nspowner) FROM pg_namespace n WHERE n.nspname = 'prompt');
    owns_schema constant boolean := pg_has_role(current_user, schema_owner, 'USAGE');
BEGIN
    PERFORM prompt._require_install();
    IF level IS NULL OR level NOT IN ('none', 'reader', 'service', 'author', 'approver', 'admin') THEN
        RAISE EXCEPTION 'there is no level "%" of access', level
            USING ERRCODE = 'invalid_parameter_value', HINT = 'The levels are none, reader, service, author, approver and admin.';
    ELSIF NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = role) THEN
        RAISE EXCEPTION 'role "%" does not exist', role USING ERRCODE = 'undefined_object', HINT = 'CREATE ROLE makes one.';
    ELSIF NOT (SELECT pg_has_role(current_user, c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = 'prompt.prompt_templates'::regclass)
    THEN
        -- REVOKE and GRANT would only warn.
        RAISE EXCEPTION 'role "%" may not grant access', current_user
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = (SELECT format('The tables belong to role "%s".', pg_get_userbyid(c.relowner)) FROM pg_class c
                             WHERE c.oid = 'prompt.prompt_templates'::regclass),
                  HINT = 'That role, its members and superusers may.';
    ELSIF level <> 'none' AND NOT owns_schema AND NOT has_schema_privilege(role, 'prompt', 'USAGE') THEN
        RAISE EXCEPTION 'role "%" may not grant the use of schema prompt', current_user
            USING ERRCODE = 'insufficient_privilege', DETAIL = format('The schema belongs to role "%s".', schema_owner),
                  HINT = format('That role grants it first: GRANT USAGE ON SCHEMA prompt TO %I;', role);
    END IF;
    -- What an earlier call has granted ends.
    FOREACH statement IN ARRAY ARRAY['ALL ON ALL TABLES IN SCHEMA prompt', 'ALL ON SCHEMA prompt'] LOOP
        CONTINUE WHEN statement LIKE '% ON SCHEMA prompt' AND NOT owns_schema;
        EXECUTE format('REVOKE %s FROM %I', statement, role);
    END LOOP;
    -- Rights on columns are rights of their own.
    EXECUTE format('REVOKE INSERT (%1$s), UPDATE (%1$s) ON prompt.prompt_templates FROM %2$I',
                   (SELECT string_agg(quote_ident(a.attname), ', ') FROM pg_attribute a
                     WHERE a.attrelid = 'prompt.prompt_templates'::regclass AND a.attnum > 0 AND NOT a.attisdropped), role);
    FOR statement IN SELECT * FROM prompt._access_grants(level) LOOP
        -- Null, too: for partitions where there are none.
        CONTINUE WHEN statement IS NULL OR statement LIKE '% ON SCHEMA prompt' AND NOT owns_schema;
        EXECUTE format('GRANT %s TO %I', statement, role);
        RETURN NEXT format('GRANT %s TO %I', statement, role);
    END LOOP;
END
$grant$;
COMMENT ON FUNCTION prompt.grant_access(name, text) IS
    'gives a role the rights of one level (reader, service, author, approver, admin; none takes all away) by plain GRANTs, and says '
    'which; repeat it after install() has made new tables';

-- ---------------------------------------------------------------- tenants

-- Who may see and write rows of a table under tenancy. Shared rows are seen by all, and written with no tenant set.
CREATE FUNCTION prompt._tenancy_rules(OUT table_name text, OUT seen text, OUT written text)
    RETURNS SETOF record LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $rules$
    SELECT r.name, format(r.seen, c.tenant), format(r.written, c.tenant)
      FROM (SELECT $$coalesce(current_setting('prompt.tenant_id', true), '')$$::text AS tenant) AS c,
           (VALUES
        ('prompt_templates', 'tenant_id IN (%1$s, '''')', 'tenant_id = %1$s'),
        ('prompt_labels', 'tenant_id IN (%1$s, '''')', 'tenant_id = %1$s AND EXISTS (SELECT FROM prompt.prompt_templates t '
            'WHERE t.id = template_id AND t.tenant_id IN (%1$s, ''''))'),
        ('prompt_guardrails', 'tenant_id IN (%1$s, '''')', 'tenant_id = %1$s'),
        ('ab_test_experiments', 'tenant_id IN (%1$s, '''')', 'tenant_id = %1$s'),
        ('ab_test_variants', 'tenant_id IN (%1$s, '''')', 'tenant_id = %1$s AND EXISTS (SELECT FROM prompt.prompt_templates t '
            'WHERE t.id = template_id AND t.tenant_id IN (%1$s, '''')) AND EXISTS (SELECT FROM prompt.ab_test_experiments e '
            'WHERE e.id = experiment_id AND e.tenant_id = %1$s)'),
        ('prompt_executions', 'tenant_id = %1$s', 'tenant_id = %1$s AND EXISTS (SELECT FROM prompt.prompt_templates t '
            'WHERE t.id = template_id AND t.tenant_id IN (%1$s, '''')) AND (experiment_id IS NULL OR EXISTS ('
            'SELECT FROM prompt.ab_test_experiments e WHERE e.id = experiment_id AND e.tenant_id IN (%1$s, '''')))'),
        ('prompt_metrics', 'tenant_id = %1$s', 'tenant_id = %1$s'),
        ('prompt_guardrail_metrics', 'tenant_id = %1$s', 'tenant_id = %1$s'),
        ('prompt_subjects', 'tenant_id = %1$s', 'tenant_id = %1$s'),
        ('prompt_subject_queue', 'tenant_id = %1$s', 'tenant_id = %1$s'),
        ('ab_test_statistics', 'tenant_id = %1$s', 'tenant_id = %1$s'),
        ('ab_test_progress', 'tenant_id = %1$s', 'tenant_id = %1$s'),
        ('prompt_audit_log', 'tenant_id = %1$s', 'tenant_id = %1$s'),
        ('prompt_state', 'tenant_id IN (%1$s, '''')', 'tenant_id = %1$s')) AS r (name, seen, written)
$rules$;
COMMENT ON FUNCTION prompt._tenancy_rules() IS 'the policies of row-level security that prompt.enable_tenancy() makes';

CREATE FUNCTION prompt._enable_tenancy_on(relation regclass, seen text, written text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $enable$
BEGIN
    EXECUTE format('DROP POLICY IF EXISTS prompt_tenant_reads ON %s', relation);
    EXECUTE format('DROP POLICY IF EXISTS prompt_tenant_inserts ON %s', relation);
    EXECUTE format('DROP POLICY IF EXISTS prompt_tenant_updates ON %s', relation);
    EXECUTE format('DROP POLICY IF EXISTS prompt_tenant_deletes ON %s', relation);
    EXECUTE format('CREATE POLICY prompt_tenant_reads ON %s FOR SELECT USING (%s)', relation, seen);
    EXECUTE format('CREATE POLICY prompt_tenant_inserts ON %s FOR INSERT WITH CHECK (%s)', relation, written);
    EXECUTE format('CREATE POLICY prompt_tenant_updates ON %s FOR UPDATE USING (%s) WITH CHECK (%s)', relation,
                   'tenant_id = coalesce(current_setting(''prompt.tenant_id'', true), '''')', written);
    EXECUTE format('CREATE POLICY prompt_tenant_deletes ON %s FOR DELETE USING (%s)', relation,
                   'tenant_id = coalesce(current_setting(''prompt.tenant_id'', true), '''')');
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', relation);
END
$enable$;
COMMENT ON FUNCTION prompt._enable_tenancy_on(regclass, text, text) IS 'makes the policies of one table and turns them on';

-- A partition reached by its own name has policies of its own or none.
CREATE FUNCTION prompt._protect_partition(leaf regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $protect$
BEGIN
    IF (SELECT c.relrowsecurity FROM pg_class c WHERE c.oid = 'prompt.prompt_executions'::regclass) THEN
        PERFORM prompt._enable_tenancy_on(leaf, r.seen, r.written) FROM prompt._tenancy_rules() r
          WHERE r.table_name = 'prompt_executions';
    END IF;
END
$protect$;
COMMENT ON FUNCTION prompt._protect_partition(regclass) IS 'gives a new partition of prompt_executions its policies where tenancy is enabled';

CREATE FUNCTION prompt.enable_tenancy() RETURNS SETOF text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $enable$
DECLARE
    item record;
BEGIN
    PERFORM prompt._require_install();
    FOR item IN
        SELECT p.relid::regclass AS relation, r.seen, r.written, CASE WHEN t.is_detached AND NOT pg_has_role(c.relowner, 'USAGE')
                                                                      THEN pg_get_userbyid(c.relowner) END AS foreign_owner
          FROM prompt._tenancy_rules() r,
               LATERAL (SELECT format('prompt.%I', r.table_name)::regclass AS root, false AS is_detached
                        UNION SELECT d, true FROM prompt._detached_partitions() AS d WHERE r.table_name = 'prompt_executions') AS t,
               LATERAL (SELECT x.relid FROM pg_partition_tree(t.root) AS x UNION SELECT t.root) AS p
          JOIN pg_class c ON c.oid = p.relid
         ORDER BY p.relid::regclass::text COLLATE "C"
    LOOP
        IF item.foreign_owner IS NOT NULL THEN
            RAISE WARNING 'detached partition % has no row-level security', item.relation
                USING DETAIL = format('It belongs to role "%s".', item.foreign_owner),
                      HINT = 'Whoever may read it sees the rows of all tenants.';
            CONTINUE;
        END IF;
        PERFORM prompt._enable_tenancy_on(item.relation, item.seen, item.written);
        RETURN NEXT format('row-level security on %s', item.relation);
    END LOOP;
END
$enable$;
COMMENT ON FUNCTION prompt.enable_tenancy() IS
    'turns on row-level security: a session sees rows of its tenant (setting prompt.tenant_id) and shared prompts, rules and '
    'experiments, and writes rows of its tenant that refer to its own or shared prompts; the tables'' owner is above it';

CREATE FUNCTION prompt.disable_tenancy() RETURNS SETOF text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $disable$
DECLARE
    item record;
BEGIN
    FOR item IN
        SELECT DISTINCT p.polrelid::regclass AS relation FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
         WHERE c.relnamespace = 'prompt'::regnamespace AND starts_with(p.polname::text, 'prompt_tenant_') ORDER BY 1
    LOOP
        EXECUTE format('DROP POLICY prompt_tenant_reads ON %1$s; DROP POLICY prompt_tenant_inserts ON %1$s; '
                       'DROP POLICY prompt_tenant_updates ON %1$s; DROP POLICY prompt_tenant_deletes ON %1$s; '
                       'ALTER TABLE %1$s DISABLE ROW LEVEL SECURITY', item.relation);
        RETURN NEXT format('no row-level security on %s', item.relation);
    END LOOP;
END
$disable$;
COMMENT ON FUNCTION prompt.disable_tenancy() IS 'takes away the policies of enable_tenancy() and turns row-level security off on these tables';
