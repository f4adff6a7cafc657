-- ---------------------------------------------------------------- labels, lists, comparison, export and import of prompts

CREATE FUNCTION prompt.set_label(name text, version int, label text) RETURNS uuid
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $label$
#variable_conflict use_column
DECLARE
    target uuid := prompt._template_id(set_label.name, set_label.version);
BEGIN
    IF label IS NULL OR label !~ '^[a-z0-9][a-z0-9._-]{0,62}$' OR label IN ('latest', 'production') THEN
        RAISE EXCEPTION '"%" is no label', label
            USING ERRCODE = 'invalid_name',
                  DETAIL = 'A label has 1 to 63 lower-case letters, digits, dots, dashes and underscores; '
                           'latest and production are computed.';
    ELSIF label ~ '^[0-9]+$' THEN
        RAISE EXCEPTION '"%" is no label', label
            USING ERRCODE = 'invalid_name', DETAIL = 'A label of digits only would be taken for the number of a version.',
                  HINT = format('Add a letter to it, such as v%s.', left(label, 20));
    END IF;
    INSERT INTO prompt.prompt_labels AS l (prompt_name, label, template_id) VALUES (set_label.name, set_label.label, target)
    ON CONFLICT (tenant_id, prompt_name, label) DO UPDATE
        SET template_id = excluded.template_id, updated_at = now(), updated_by = current_user;
    RETURN target;
END
$label$;
COMMENT ON FUNCTION prompt.set_label(text, int, text) IS 'points a label such as staging at a version; returns the version''s id';

CREATE FUNCTION prompt.remove_label(name text, label text) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $label$
BEGIN
    DELETE FROM prompt.prompt_labels l
     WHERE l.tenant_id = prompt.current_tenant() AND l.prompt_name = remove_label.name AND l.label = remove_label.label;
    RETURN FOUND;
END
$label$;
COMMENT ON FUNCTION prompt.remove_label(text, text) IS 'removes a label; false if there was none';

-- Can refuse, which SQL cannot; its arguments cannot have the names of its columns.
CREATE FUNCTION prompt._list_prompts(of_type text, of_category text, of_tags text[])
    RETURNS TABLE (name text, tenant_id text, prompt_type text, category text, tags text[], latest_version int,
                   production_version int, labels text[], description text, updated_at timestamptz)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $list$
#variable_conflict use_column
BEGIN
    PERFORM prompt._require_install();
    RETURN QUERY
    SELECT t.name, t.tenant_id, t.prompt_type, t.category, t.tags, t.version,
           (SELECT p.version FROM prompt.prompt_templates p
             WHERE p.tenant_id = t.tenant_id AND p.name = t.name AND p.status = 'production'),
           (SELECT array_agg(l.label ORDER BY l.label) FROM prompt.prompt_labels l
             WHERE l.tenant_id = t.tenant_id AND l.prompt_name = t.name),
           t.description, t.updated_at
      FROM (SELECT DISTINCT ON (v.tenant_id, v.name) v.* FROM prompt.prompt_templates v
             WHERE v.tenant_id IN (prompt.current_tenant(), '')
             ORDER BY v.tenant_id, v.name, v.version DESC) AS t
     WHERE (of_type IS NULL OR t.prompt_type = of_type)
       AND (of_category IS NULL OR t.category = of_category)
       AND (of_tags IS NULL OR t.tags && of_tags)
     ORDER BY t.name, t.tenant_id;
END
$list$;
COMMENT ON FUNCTION prompt._list_prompts(text, text, text[]) IS 'does the work of list_prompts()';

CREATE FUNCTION prompt.list_prompts(prompt_type text DEFAULT NULL, category text DEFAULT NULL, tags text[] DEFAULT NULL)
    RETURNS TABLE (name text, tenant_id text, prompt_type text, category text, tags text[], latest_version int,
                   production_version int, labels text[], description text, updated_at timestamptz)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT * FROM prompt._list_prompts($1, $2, $3) $$;
COMMENT ON FUNCTION prompt.list_prompts(text, text, text[]) IS
    'the prompts of this tenant and the shared ones, with their latest and production versions; filters that are null '
    'do not filter, tags match if any does';

CREATE FUNCTION prompt.compare_versions(name text, version_a int, version_b int) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $compare$
#variable_conflict use_variable
DECLARE
    id_a constant uuid := prompt._template_id(name, version_a);
    id_b constant uuid := prompt._template_id(name, version_b);
    a prompt.prompt_templates;
    b prompt.prompt_templates;
    text_a text;
    text_b text;
    metrics jsonb;
    changes jsonb;
BEGIN
    SELECT * INTO a FROM prompt.prompt_templates t WHERE t.id = id_a;
    SELECT * INTO b FROM prompt.prompt_templates t WHERE t.id = id_b;
    text_a := coalesce(a.template_text, jsonb_pretty(a.messages));
    text_b := coalesce(b.template_text, jsonb_pretty(b.messages));
    changes := prompt._changed_lines(text_a, text_b)::jsonb;
    SELECT jsonb_object_agg(f.key, jsonb_build_object('a', f.of_a, 'b', f.of_b, 'difference', f.of_b - f.of_a)) INTO metrics
      FROM prompt.prompt_template_performance pa, prompt.prompt_template_performance pb,
           LATERAL (VALUES ('total_executions', pa.total_executions::numeric, pb.total_executions::numeric),
                           ('success_rate', pa.success_rate, pb.success_rate),
                           ('avg_response_time_ms', pa.avg_response_time_ms, pb.avg_response_time_ms),
                           ('avg_token_count', pa.avg_token_count, pb.avg_token_count),
                           ('avg_cost_usd', pa.avg_cost_usd, pb.avg_cost_usd),
                           ('avg_quality_score', pa.avg_quality_score, pb.avg_quality_score),
                           ('avg_rating', pa.avg_rating, pb.avg_rating)) AS f (key, of_a, of_b)
     WHERE pa.template_id = a.id AND pb.template_id = b.id;
    RETURN jsonb_build_object(
        'name', name, 'version_a', version_a, 'version_b', version_b,
        'diff', prompt._line_diff(text_a, text_b, format('%s@%s', name, version_a), format('%s@%s', name, version_b)),
        'added', (SELECT coalesce(jsonb_agg(line -> 1), '[]') FROM jsonb_array_elements(changes) AS line
                   WHERE line ->> 0 = '+'),
        'removed', (SELECT coalesce(jsonb_agg(line -> 1), '[]') FROM jsonb_array_elements(changes) AS line
                     WHERE line ->> 0 = '-'),
        'variables', (
            SELECT jsonb_build_object(
                'added', coalesce(jsonb_agg(vb.name ORDER BY vb.name) FILTER (WHERE va.name IS NULL), '[]'),
                'removed', coalesce(jsonb_agg(va.name ORDER BY va.name) FILTER (WHERE vb.name IS NULL), '[]'),
                'changed', coalesce(jsonb_agg(va.name ORDER BY va.name) FILTER (WHERE va.declaration <> vb.declaration), '[]'))
              FROM (SELECT v ->> 'name' AS name, v AS declaration FROM jsonb_array_elements(a.variables) AS v) AS va
              FULL JOIN (SELECT v ->> 'name' AS name, v AS declaration FROM jsonb_array_elements(b.variables) AS v) AS vb
                USING (name)),
        'metrics', metrics);
END
$compare$;
COMMENT ON FUNCTION prompt.compare_versions(text, int, int) IS
    'what changed from version a to b: unified line diff, added and removed lines, variables, and the metrics of both';

CREATE FUNCTION prompt.export_prompt(name text) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $export$
DECLARE
    result jsonb;
BEGIN
    PERFORM prompt._require_install();
    SELECT jsonb_build_object(
        'pg_prompt', prompt.version(), 'name', export_prompt.name,
        'versions', jsonb_agg(to_jsonb(t) - '{id,tenant_id,is_active,parent_version_id,name,includes}'::text[]
                              || jsonb_build_object('parent_version', p.version) ORDER BY t.version),
        'labels', (SELECT coalesce(jsonb_object_agg(l.label, lt.version), '{}') FROM prompt.prompt_labels l
                     JOIN prompt.prompt_templates lt ON lt.id = l.template_id
                    WHERE l.tenant_id = prompt.current_tenant() AND l.prompt_name = export_prompt.name))
      INTO result
      FROM prompt.prompt_templates t LEFT JOIN prompt.prompt_templates p ON p.id = t.parent_version_id
     WHERE t.tenant_id = prompt.current_tenant() AND t.name = export_prompt.name
    HAVING count(*) > 0;
    IF result IS NULL THEN
        PERFORM prompt._raise_unknown_prompt(name);
    END IF;
    RETURN result;
END
$export$;
COMMENT ON FUNCTION prompt.export_prompt(text) IS 'a prompt with all versions and labels as one JSON document for import_prompt()';

CREATE FUNCTION prompt.import_prompt(document jsonb) RETURNS int
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $import$
DECLARE
    prompt_name text := document ->> 'name';
    item jsonb;
    imported int := 0;
BEGIN
    IF jsonb_typeof(document -> 'versions') IS DISTINCT FROM 'array' OR document -> 'versions' = '[]' OR prompt_name IS NULL THEN
        RAISE EXCEPTION 'the document is no exported prompt'
            USING ERRCODE = 'invalid_parameter_value', HINT = 'It is what prompt.export_prompt() returns.';
    END IF;
    PERFORM prompt._check_name(prompt_name);
    IF EXISTS (SELECT FROM prompt.prompt_templates t
                WHERE t.tenant_id = prompt.current_tenant() AND t.name = prompt_name) THEN
        RAISE EXCEPTION 'prompt "%" exists already', prompt_name
            USING ERRCODE = 'duplicate_object', HINT = 'Change the name in the document, or remove the prompt first.';
    END IF;
    SELECT v INTO item FROM jsonb_array_elements(document -> 'versions') AS v
     WHERE coalesce(v ->> 'version', '') !~ '^[1-9][0-9]{0,8}$' LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'a version in the document has no number from 1'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('Its "version" is %s.', coalesce(item ->> 'version', 'missing')),
                  HINT = 'It is what prompt.export_prompt() returns.';
    END IF;
    FOR item IN SELECT v FROM jsonb_array_elements(document -> 'versions') AS v ORDER BY (v ->> 'version')::int LOOP
        BEGIN
            INSERT INTO prompt.prompt_templates AS t (name, version, semver, status, prompt_type, template_format, template_text,
                messages, variables, strict, model_config, description, category, tags, change_description,
                parent_version_id, created_at, created_by)
            SELECT prompt_name, r.version, coalesce(r.semver, '1.0.0'), coalesce(r.status, 'draft'),
                   coalesce(r.prompt_type, 'system'), coalesce(r.template_format, 'jinja2'), r.template_text,
                   nullif(r.messages, 'null'), coalesce(r.variables, '[]'), coalesce(r.strict, false), coalesce(r.model_config, '{}'),
                   r.description, r.category, coalesce(r.tags, '{}'), r.change_description,
                   (SELECT p.id FROM prompt.prompt_templates p
                     WHERE p.tenant_id = prompt.current_tenant() AND p.name = prompt_name
                       AND p.version = (item ->> 'parent_version')::int),
                   coalesce(r.created_at, now()), coalesce(r.created_by, current_user)
              FROM jsonb_populate_record(NULL::prompt.prompt_templates, item) AS r;
        EXCEPTION WHEN check_violation OR not_null_violation OR invalid_text_representation THEN
            RAISE EXCEPTION 'version % in the document cannot be stored', item ->> 'version'
                USING ERRCODE = 'invalid_parameter_value', DETAIL = SQLERRM || '.',
                      HINT = 'A version has what prompt.export_prompt() gives it.';
        END;
        imported := imported + 1;
    END LOOP;
    INSERT INTO prompt.prompt_labels (prompt_name, label, template_id)
    SELECT prompt_name, l.key, prompt._template_id(prompt_name, l.value::int)
      FROM jsonb_each_text(coalesce(document -> 'labels', '{}')) AS l;
    RETURN imported;
END
$import$;
COMMENT ON FUNCTION prompt.import_prompt(jsonb) IS
    'stores what export_prompt() returned, with its versions, states and labels, for this tenant; returns the number of versions';
