-- ---------------------------------------------------------------- authoring: prompts and their versions

CREATE FUNCTION prompt._name_fault(name text, OUT fault text, OUT "character" text, OUT place int, OUT shown text)
    RETURNS record LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pgprompt_name_fault';
COMMENT ON FUNCTION prompt._name_fault(text) IS
    'the first character that no name may have, since another name that looks the same would be another name: nulls if there is '
    'none; fault is control, white_space, invisible or not_utf8, shown the name with ? in the character''s place';

CREATE FUNCTION prompt._check_name(name text, kind text DEFAULT 'prompt') RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $check$
DECLARE
    found record := prompt._name_fault(name);
BEGIN
    IF name IS NULL OR name = '' THEN
        RAISE EXCEPTION 'the name of the % is empty', kind
            USING ERRCODE = 'invalid_name', HINT = 'Give it a name such as ''customer-support''.';
    ELSIF length(name) > 255 THEN
        RAISE EXCEPTION 'the name of the % is too long', kind
            USING ERRCODE = 'name_too_long',
                  DETAIL = format('It has %s characters and starts with "%s".', length(name), left(name, 40)),
                  HINT = 'Names have at most 255 characters.';
    ELSIF found.fault = 'not_utf8' THEN
        RAISE EXCEPTION 'the name of the % is not in UTF-8', kind
            USING ERRCODE = 'character_not_in_repertoire',
                  HINT = 'This database is in SQL_ASCII and converts nothing: set the client''s encoding to UTF8.';
    ELSIF found.fault = 'control' OR name <> btrim(name) OR (kind = 'prompt' AND name !~ '^[^/@]+(/[^/@]+)*$') THEN
        RAISE EXCEPTION '"%" is no name for a %', name, kind
            USING ERRCODE = 'invalid_name',
                  DETAIL = 'A name has no spaces around it and no control characters; a prompt''s has no @, and single '
                           'slashes only between its folders.';
    ELSIF found.fault IS NOT NULL THEN
        RAISE EXCEPTION 'the name of the % has %', kind,
            CASE found.fault WHEN 'invisible' THEN 'an invisible character' ELSE 'white space other than single spaces' END
            USING ERRCODE = 'invalid_name',
                  DETAIL = format('It is %s, at place %s of "%s".', found."character", found.place, found.shown),
                  HINT = 'Another name that looks the same would be another name.';
    END IF;
END
$check$;
COMMENT ON FUNCTION prompt._check_name(text, text) IS 'refuses a name that is empty, too long or malformed';

CREATE FUNCTION prompt._check_list(name text, list text[]) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $check$
BEGIN
    IF array_position(list, NULL) IS NOT NULL THEN
        RAISE EXCEPTION '% has an element that is null', name USING ERRCODE = 'null_value_not_allowed',
            DETAIL = format('It is %s.', left(list::text, 200));
    END IF;
END
$check$;
COMMENT ON FUNCTION prompt._check_list(text, text[]) IS 'refuses a list of names or words with a null among them';

CREATE FUNCTION prompt._raise_unknown_prompt(name text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $raise$
DECLARE
    tenant text := prompt.current_tenant();
    nearest text;
BEGIN
    IF tenant <> '' AND EXISTS (SELECT FROM prompt.prompt_templates t
                                 WHERE t.tenant_id = '' AND t.name = _raise_unknown_prompt.name) THEN
        RAISE EXCEPTION 'prompt "%" is a shared one', left(name, 100)
            USING ERRCODE = 'undefined_object', DETAIL = format('Tenant "%s" has none of its own.', tenant),
                  HINT = 'Create one of your own; it goes before the shared one.';
    END IF;
    SELECT t.name INTO nearest FROM prompt.prompt_templates t
     WHERE t.tenant_id IN (tenant, '') AND abs(length(t.name) - length(_raise_unknown_prompt.name)) <= 2
       AND prompt._edit_distance(lower(t.name), lower(_raise_unknown_prompt.name))
           BETWEEN 0 AND least(2, length(_raise_unknown_prompt.name) / 3)
     ORDER BY prompt._edit_distance(lower(t.name), lower(_raise_unknown_prompt.name)), t.name LIMIT 1;
    RAISE EXCEPTION 'prompt "%" does not exist', left(name, 100)
        USING ERRCODE = 'undefined_object',
              DETAIL = CASE WHEN tenant = '' THEN 'There is no shared prompt of this name.'
                            ELSE format('There is none for tenant "%s", nor a shared one.', tenant) END,
              HINT = CASE WHEN nearest IS NULL THEN 'prompt.list_prompts() shows what there is.'
                          ELSE format('Perhaps you mean "%s".', nearest) END;
END
$raise$;
COMMENT ON FUNCTION prompt._raise_unknown_prompt(text) IS 'raises the error for a prompt that does not exist';

-- Serialises the authors of one prompt without an advisory lock that others could hold: the row of its first version
-- is locked in a mode that foreign keys do not mind.
CREATE FUNCTION prompt._lock_prompt(tenant text, name text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $lock$
BEGIN
    PERFORM FROM prompt.prompt_templates t WHERE t.tenant_id = tenant AND t.name = _lock_prompt.name
      ORDER BY t.version LIMIT 1 FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM prompt._raise_unknown_prompt(name);
    END IF;
END
$lock$;
COMMENT ON FUNCTION prompt._lock_prompt(text, text) IS 'makes this transaction the only one that changes the prompt''s versions';

CREATE FUNCTION prompt._template_id(name text, version int, allow_shared boolean DEFAULT false) RETURNS uuid
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $find$
DECLARE
    tenant text := prompt.current_tenant();
    found uuid;
    known text;
BEGIN
    PERFORM prompt._require_install();
    SELECT t.id INTO found FROM prompt.prompt_templates t
     WHERE t.tenant_id = CASE WHEN allow_shared AND NOT EXISTS (
                   SELECT FROM prompt.prompt_templates o WHERE o.tenant_id = tenant AND o.name = _template_id.name)
               THEN '' ELSE tenant END
       AND t.name = _template_id.name AND t.version = _template_id.version;
    IF found IS NULL THEN
        SELECT string_agg(t.version::text, ', ' ORDER BY t.version) INTO known FROM (
            SELECT t.version FROM prompt.prompt_templates t
             WHERE t.tenant_id = tenant AND t.name = _template_id.name ORDER BY t.version DESC LIMIT 10) AS t;
        IF known IS NULL THEN
            PERFORM prompt._raise_unknown_prompt(name);
        END IF;
        RAISE EXCEPTION 'prompt "%" has no version %', name, version
            USING ERRCODE = 'undefined_object',
                  DETAIL = format(CASE WHEN strpos(known, ',') = 0 THEN 'It has version %s only.'
                                       ELSE 'Its latest versions are %s.' END, known);
    END IF;
    RETURN found;
END
$find$;
COMMENT ON FUNCTION prompt._template_id(text, int, boolean) IS
    'id of a version of this tenant''s prompt, or of the shared one if that is allowed, or an error naming what there is';

CREATE FUNCTION prompt._next_semver(semver text, bump text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $next$
DECLARE
    part numeric[] := string_to_array(semver, '.')::numeric[];
BEGIN
    CASE bump
        WHEN 'major' THEN RETURN format('%s.0.0', part[1] + 1);
        WHEN 'minor' THEN RETURN format('%s.%s.0', part[1], part[2] + 1);
        WHEN 'patch' THEN RETURN format('%s.%s.%s', part[1], part[2], part[3] + 1);
        ELSE RAISE EXCEPTION 'bump "%" is unknown', bump
            USING ERRCODE = 'invalid_parameter_value', HINT = 'It is major, minor or patch.';
    END CASE;
END
$next$;
COMMENT ON FUNCTION prompt._next_semver(text, text) IS 'the semantic version after a major, minor or patch change';

CREATE FUNCTION prompt.create_prompt(
    name text, template_text text DEFAULT NULL, template_format text DEFAULT 'jinja2', prompt_type text DEFAULT 'system',
    messages jsonb DEFAULT NULL, variables jsonb DEFAULT NULL, model_config jsonb DEFAULT '{}',
    description text DEFAULT NULL, category text DEFAULT NULL, tags text[] DEFAULT '{}',
    change_description text DEFAULT NULL, created_by text DEFAULT NULL, strict boolean DEFAULT false)
    RETURNS uuid LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $create$
#variable_conflict use_variable
DECLARE
    new_id uuid;
BEGIN
    PERFORM prompt._require_install();
    PERFORM prompt._check_name(name);
    PERFORM prompt._check_content(template_text, template_format, prompt_type, messages);
    INSERT INTO prompt.prompt_templates AS t (name, template_text, template_format, prompt_type, messages, variables, model_config,
        description, category, tags, change_description, created_by, updated_by, strict)
    VALUES (name, template_text, template_format, prompt_type, messages,
        coalesce(variables, prompt._declare_variables(template_text, template_format, messages)),
        coalesce(model_config, '{}'), description, category, coalesce(tags, '{}'),
        coalesce(change_description, 'Initial version'), coalesce(created_by, current_user),
        coalesce(created_by, current_user), coalesce(strict, false))
    ON CONFLICT ON CONSTRAINT prompt_templates_version_key DO NOTHING
    RETURNING t.id INTO new_id;
    IF new_id IS NULL THEN
        RAISE EXCEPTION 'prompt "%" exists already', name
            USING ERRCODE = 'duplicate_object', HINT = 'Add a version with prompt.create_version().';
    END IF;
    RETURN new_id;
END
$create$;
COMMENT ON FUNCTION prompt.create_prompt(text, text, text, text, jsonb, jsonb, jsonb, text, text, text[], text, text, boolean) IS
    'stores a new prompt as version 1 in status draft and returns its id; undeclared variables are read off the template';

CREATE FUNCTION prompt._check_content(template_text text, template_format text, prompt_type text, messages jsonb) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $check$
BEGIN
    IF template_format IS NULL OR template_format NOT IN ('jinja2', 'handlebars', 'mustache', 'f-string') THEN
        RAISE EXCEPTION 'template format "%" is unknown', template_format
            USING ERRCODE = 'invalid_parameter_value', HINT = 'It is jinja2, handlebars, mustache or f-string.';
    ELSIF prompt_type IS NULL OR prompt_type NOT IN ('system', 'user', 'assistant', 'few-shot', 'template', 'chat') THEN
        RAISE EXCEPTION 'prompt type "%" is unknown', prompt_type
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'It is system, user, assistant, few-shot, template or chat.';
    ELSIF prompt_type = 'chat' AND (messages IS NULL OR template_text IS NOT NULL) THEN
        RAISE EXCEPTION 'a chat prompt has messages and no template_text'
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'messages => ''[{"role": "system", "content": "..."}]''';
    ELSIF prompt_type <> 'chat' AND (template_text IS NULL OR messages IS NOT NULL) THEN
        RAISE EXCEPTION 'a % prompt has a template_text and no messages', prompt_type
            USING ERRCODE = 'invalid_parameter_value', HINT = 'For messages, give prompt_type => ''chat''.';
    END IF;
    -- Before the variables are read off them.
    PERFORM prompt._check_messages(messages, template_format);
END
$check$;
COMMENT ON FUNCTION prompt._check_content(text, text, text, jsonb) IS
    'refuses an unknown format or type, and content that does not go with the type';

CREATE FUNCTION prompt.create_version(
    name text, template_text text DEFAULT NULL, change_description text DEFAULT NULL, bump text DEFAULT 'patch',
    messages jsonb DEFAULT NULL, variables jsonb DEFAULT NULL, model_config jsonb DEFAULT NULL,
    template_format text DEFAULT NULL, prompt_type text DEFAULT NULL, description text DEFAULT NULL,
    category text DEFAULT NULL, tags text[] DEFAULT NULL, created_by text DEFAULT NULL, strict boolean DEFAULT NULL,
    parent_version int DEFAULT NULL)
    RETURNS uuid LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $create$
#variable_conflict use_variable
DECLARE
    tenant text := prompt.current_tenant();
    latest prompt.prompt_templates;
    parent prompt.prompt_templates;
    parent_id uuid;
    next_version bigint;
    new_id uuid;
BEGIN
    PERFORM prompt._require_install();
    PERFORM prompt._check_name(name);
    PERFORM prompt._lock_prompt(tenant, name);
    SELECT * INTO latest FROM prompt.prompt_templates t
     WHERE t.tenant_id = tenant AND t.name = name ORDER BY t.version DESC LIMIT 1;
    parent := latest;
    IF parent_version IS NOT NULL THEN
        parent_id := prompt._template_id(name, parent_version);
        SELECT * INTO parent FROM prompt.prompt_templates t WHERE t.id = parent_id;
    END IF;
    template_format := coalesce(template_format, parent.template_format);
    prompt_type := coalesce(prompt_type, parent.prompt_type);
    PERFORM prompt._check_content(template_text, template_format, prompt_type, messages);
    next_version := coalesce(latest.version::bigint, 0) + 1;
    IF next_version > 2147483647 THEN
        -- A version that somebody gave the last number there is must not keep others from following.
        SELECT coalesce(min(v.version) + 1, 1) INTO next_version
          FROM (SELECT t.version, lead(t.version) OVER (ORDER BY t.version) AS following FROM prompt.prompt_templates t
                 WHERE t.tenant_id = tenant AND t.name = name) AS v
         WHERE v.following - v.version > 1;
    END IF;
    INSERT INTO prompt.prompt_templates AS t (name, version, semver, template_text, template_format, prompt_type, messages,
        variables, model_config, description, category, tags, change_description, created_by, updated_by, strict,
        parent_version_id)
    VALUES (name, next_version, prompt._next_semver(latest.semver, coalesce(bump, 'patch')), template_text,
        template_format, prompt_type, messages,
        coalesce(variables, prompt._declare_variables(template_text, template_format, messages, parent.variables)),
        coalesce(model_config, parent.model_config), coalesce(description, parent.description),
        coalesce(category, parent.category), coalesce(tags, parent.tags), change_description,
        coalesce(created_by, current_user), coalesce(created_by, current_user), coalesce(strict, parent."strict"),
        parent.id)
    RETURNING t.id INTO new_id;
    RETURN new_id;
EXCEPTION WHEN unique_violation THEN
    -- The lock makes this possible only where the snapshot is older than the lock.
    RAISE EXCEPTION 'a version of prompt "%" was created by another transaction', name
        USING ERRCODE = 'serialization_failure', HINT = 'Run the transaction again.';
END
$create$;
COMMENT ON FUNCTION prompt.create_version(text, text, text, text, jsonb, jsonb, jsonb, text, text, text, text, text[], text, boolean, int) IS
    'stores the next version of a prompt as a draft and returns its id; what is not given is the parent version''s '
    '(by default the latest); concurrent callers get consecutive versions';

CREATE FUNCTION prompt._set_production(target uuid, who text DEFAULT NULL) RETURNS uuid
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $activate$
DECLARE
    chosen prompt.prompt_templates;
    missing text;
BEGIN
    SELECT * INTO chosen FROM prompt.prompt_templates t WHERE t.id = target;
    IF chosen.tenant_id <> prompt.current_tenant() THEN
        RAISE EXCEPTION 'prompt "%" is not of tenant "%"', chosen.name, prompt.current_tenant()
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = 'Only its own tenant puts a version into production; the shared prompts'' is the empty one.';
    END IF;
    PERFORM prompt._lock_prompt(chosen.tenant_id, chosen.name);
    -- Again, now that nobody else can change it.
    SELECT * INTO chosen FROM prompt.prompt_templates t WHERE t.id = target;
    IF chosen.status = 'production' THEN
        RETURN target;
    ELSIF chosen.status = 'archived' THEN
        RAISE EXCEPTION 'version % of prompt "%" is archived', chosen.version, chosen.name
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Copy it to a new version: prompt.rollback_to_version(..., as_new_version => true).';
    END IF;
    UPDATE prompt.prompt_templates t SET status = 'deprecated', updated_by = coalesce(who, current_user)
     WHERE t.tenant_id = chosen.tenant_id AND t.name = chosen.name AND t.status = 'production';
    UPDATE prompt.prompt_templates t SET status = 'production', activated_by = coalesce(who, current_user),
           updated_by = coalesce(who, current_user)
     WHERE t.id = target;
    SELECT r INTO missing FROM unnest(chosen.includes) AS r
     WHERE strpos(r, '@') = 0 AND NOT EXISTS (
           SELECT FROM prompt.prompt_templates t
            WHERE t.tenant_id IN (chosen.tenant_id, '') AND t.name = r AND t.status = 'production')
     LIMIT 1;
    IF missing IS NOT NULL THEN
        RAISE WARNING 'prompt "%" includes "%", which has no version in production', chosen.name, missing
            USING HINT = 'Until one is activated, it cannot be included.';
    END IF;
    RETURN target;
END
$activate$;
COMMENT ON FUNCTION prompt._set_production(uuid, text) IS 'makes a version the one in production, in place of any other';

CREATE FUNCTION prompt.activate_version(name text, version int, activated_by text DEFAULT NULL) RETURNS uuid
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN prompt._set_production(prompt._template_id(name, version), activated_by);
END
$$;
COMMENT ON FUNCTION prompt.activate_version(text, int, text) IS
    'puts a version into production, in place of the one that was; visible to every session''s next statement once '
    'committed; returns the version''s id';

CREATE FUNCTION prompt._refuse_if_included(tenant text, name text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $refuse$
DECLARE
    includers text;
BEGIN
    SELECT string_agg(i.label, ', ' ORDER BY i.label) INTO includers FROM (
        SELECT format('version %s of prompt "%s"', t.version, t.name) AS label
          FROM prompt.prompt_templates t
         WHERE t.includes && ARRAY[_refuse_if_included.name, _refuse_if_included.name || '@production']
           AND (t.tenant_id = tenant OR tenant = '') AND (t.tenant_id, t.name) <> (tenant, _refuse_if_included.name)
           AND (t.status = 'production' OR EXISTS (
                   SELECT FROM prompt.ab_test_variants v JOIN prompt.ab_test_experiments e ON e.id = v.experiment_id
                    WHERE v.template_id = t.id AND e.status IN ('running', 'paused')))
           AND NOT EXISTS (SELECT FROM prompt.prompt_templates o
                            WHERE o.tenant_id = '' AND tenant <> '' AND o.name = _refuse_if_included.name
                              AND o.status = 'production')
         LIMIT 6) AS i;
    IF includers IS NOT NULL THEN
        RAISE EXCEPTION 'prompt "%" is included by others in production', name
            USING ERRCODE = 'dependent_objects_still_exist', DETAIL = format('By %s.', includers),
                  HINT = 'Activate versions that do without it first; to replace it, activate another version of it.';
    END IF;
END
$refuse$;
COMMENT ON FUNCTION prompt._refuse_if_included(text, text) IS
    'raises an error if taking a prompt out of production would break what is being served';

CREATE FUNCTION prompt._refuse_if_experimented(tenant text, name text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $refuse$
DECLARE
    served_by text;
BEGIN
    SELECT min(e.name) INTO served_by
      FROM prompt.prompt_templates t JOIN prompt.ab_test_variants v ON v.template_id = t.id
      JOIN prompt.ab_test_experiments e ON e.id = v.experiment_id
     WHERE t.tenant_id = tenant AND t.name = _refuse_if_experimented.name AND e.status IN ('running', 'paused');
    IF served_by IS NOT NULL THEN
        PERFORM prompt._raise_served(format('prompt "%s" cannot be taken out of production', name), served_by);
    END IF;
END
$refuse$;
COMMENT ON FUNCTION prompt._refuse_if_experimented(text, text) IS
    'refuses to take a prompt out of production while a running or paused experiment is on it';

CREATE FUNCTION prompt.deactivate_prompt(name text) RETURNS uuid
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $deactivate$
DECLARE
    tenant text := prompt.current_tenant();
    changed uuid;
BEGIN
    PERFORM prompt._lock_prompt(tenant, name);
    PERFORM prompt._refuse_if_included(tenant, name);
    PERFORM prompt._refuse_if_experimented(tenant, name);
    UPDATE prompt.prompt_templates t SET status = 'deprecated'
     WHERE t.tenant_id = tenant AND t.name = deactivate_prompt.name AND t.status = 'production'
    RETURNING t.id INTO changed;
    RETURN changed;
END
$deactivate$;
COMMENT ON FUNCTION prompt.deactivate_prompt(text) IS
    'takes a prompt out of production; returns the id of the version that was, or null if none was';

CREATE FUNCTION prompt.rollback_to_version(
    name text, version int, reason text DEFAULT NULL, as_new_version boolean DEFAULT false)
    RETURNS uuid LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $rollback$
DECLARE
    target constant uuid := prompt._template_id(rollback_to_version.name, rollback_to_version.version);
    old prompt.prompt_templates;
BEGIN
    SELECT * INTO old FROM prompt.prompt_templates t WHERE t.id = target;
    PERFORM set_config('prompt.change_reason',
        coalesce(reason, format('Rollback to version %s', rollback_to_version.version)), true);
    IF as_new_version THEN
        RETURN prompt._set_production(prompt.create_version(old.name, old.template_text,
            coalesce(reason, format('Rollback to version %s', old.version)), messages => old.messages,
            variables => old.variables, model_config => old.model_config, template_format => old.template_format,
            prompt_type => old.prompt_type, description => old.description, category => old.category, tags => old.tags,
            strict => old."strict", parent_version => old.version));
    END IF;
    RETURN prompt._set_production(old.id);
END
$rollback$;
COMMENT ON FUNCTION prompt.rollback_to_version(text, int, text, boolean) IS
    'puts an earlier version into production again, or a new copy of it; returns the id of what is now in production';

CREATE FUNCTION prompt.set_status(id uuid, status text) RETURNS uuid
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $set$
DECLARE
    old prompt.prompt_templates;
BEGIN
    IF status IS NULL OR status NOT IN ('draft', 'review', 'approved', 'production', 'deprecated', 'archived') THEN
        RAISE EXCEPTION 'status "%" is unknown', status
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'It is draft, review, approved, production, deprecated or archived.';
    END IF;
    SELECT * INTO old FROM prompt.prompt_templates t
     WHERE t.id = set_status.id AND t.tenant_id = prompt.current_tenant();
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no version with id %', id USING ERRCODE = 'undefined_object';
    END IF;
    IF status = 'production' THEN
        RETURN prompt._set_production(id);
    ELSIF old.status = 'production' THEN
        PERFORM prompt._refuse_if_included(old.tenant_id, old.name);
        PERFORM prompt._refuse_if_experimented(old.tenant_id, old.name);
    END IF;
    UPDATE prompt.prompt_templates t SET status = set_status.status WHERE t.id = set_status.id;
    RETURN id;
END
$set$;
COMMENT ON FUNCTION prompt.set_status(uuid, text) IS 'sets the status of a version; production replaces the one that was';

CREATE FUNCTION prompt.update_draft(
    id uuid, template_text text DEFAULT NULL, messages jsonb DEFAULT NULL, variables jsonb DEFAULT NULL,
    model_config jsonb DEFAULT NULL, description text DEFAULT NULL, category text DEFAULT NULL,
    tags text[] DEFAULT NULL, change_description text DEFAULT NULL, strict boolean DEFAULT NULL)
    RETURNS uuid LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $update$
#variable_conflict use_variable
DECLARE
    old prompt.prompt_templates;
BEGIN
    SELECT * INTO old FROM prompt.prompt_templates t
     WHERE t.id = id AND t.tenant_id = prompt.current_tenant() FOR NO KEY UPDATE;
    IF old.id IS NULL THEN
        RAISE EXCEPTION 'there is no version with id %', id USING ERRCODE = 'undefined_object';
    ELSIF old.status <> 'draft' THEN
        RAISE EXCEPTION 'version % of prompt "%" is no draft', old.version, old.name
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('Its status is %s.', old.status),
                  HINT = 'Create a new version with prompt.create_version().';
    END IF;
    PERFORM prompt._check_messages(messages, old.template_format);
    UPDATE prompt.prompt_templates t
       SET template_text = coalesce(template_text, old.template_text), messages = coalesce(messages, old.messages),
           variables = coalesce(variables,
               CASE WHEN template_text IS NULL AND messages IS NULL THEN old.variables
                    ELSE prompt._declare_variables(coalesce(template_text, old.template_text), old.template_format,
                                                   coalesce(messages, old.messages), old.variables) END),
           model_config = coalesce(model_config, old.model_config), description = coalesce(description, old.description),
           category = coalesce(category, old.category), tags = coalesce(tags, old.tags),
           change_description = coalesce(change_description, old.change_description), strict = coalesce(strict, old."strict")
     WHERE t.id = id;
    RETURN id;
END
$update$;
COMMENT ON FUNCTION prompt.update_draft(uuid, text, jsonb, jsonb, jsonb, text, text, text[], text, boolean) IS
    'changes a version that is still a draft; what is null stays as it is';

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

CREATE FUNCTION prompt.list_prompts(prompt_type text DEFAULT NULL, category text DEFAULT NULL, tags text[] DEFAULT NULL)
    RETURNS TABLE (name text, tenant_id text, prompt_type text, category text, tags text[], latest_version int,
                   production_version int, labels text[], description text, updated_at timestamptz)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $list$
    SELECT t.name, t.tenant_id, t.prompt_type, t.category, t.tags, t.version,
           (SELECT p.version FROM prompt.prompt_templates p
             WHERE p.tenant_id = t.tenant_id AND p.name = t.name AND p.status = 'production'),
           (SELECT array_agg(l.label ORDER BY l.label) FROM prompt.prompt_labels l
             WHERE l.tenant_id = t.tenant_id AND l.prompt_name = t.name),
           t.description, t.updated_at
      FROM (SELECT DISTINCT ON (v.tenant_id, v.name) v.* FROM prompt.prompt_templates v
             WHERE v.tenant_id IN (prompt.current_tenant(), '')
             ORDER BY v.tenant_id, v.name, v.version DESC) AS t
     WHERE ($1 IS NULL OR t.prompt_type = $1)
       AND ($2 IS NULL OR t.category = $2)
       AND ($3 IS NULL OR t.tags && $3)
     ORDER BY t.name, t.tenant_id
$list$;
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
    IF jsonb_typeof(document -> 'versions') IS DISTINCT FROM 'array' OR prompt_name IS NULL THEN
        RAISE EXCEPTION 'the document is no exported prompt'
            USING ERRCODE = 'invalid_parameter_value', HINT = 'It is what prompt.export_prompt() returns.';
    END IF;
    PERFORM prompt._check_name(prompt_name);
    IF EXISTS (SELECT FROM prompt.prompt_templates t
                WHERE t.tenant_id = prompt.current_tenant() AND t.name = prompt_name) THEN
        RAISE EXCEPTION 'prompt "%" exists already', prompt_name
            USING ERRCODE = 'duplicate_object', HINT = 'Change the name in the document, or remove the prompt first.';
    END IF;
    FOR item IN SELECT v FROM jsonb_array_elements(document -> 'versions') AS v ORDER BY (v ->> 'version')::int LOOP
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
