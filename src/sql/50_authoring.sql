-- ---------------------------------------------------------------- authoring: prompts and their versions

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
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = CASE WHEN messages IS NULL THEN 'Give its text: template_text => ''Hello {{ name }}''.'
                              ELSE 'For messages, give prompt_type => ''chat''.' END;
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
    IF template_text IS NULL AND messages IS NULL AND (prompt_type = 'chat') = (parent.prompt_type = 'chat') THEN
        template_text := parent.template_text;
        messages := parent.messages;
        IF template_format = parent.template_format THEN
            variables := coalesce(variables, parent.variables);
        END IF;
    END IF;
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
    PERFORM prompt._check_content(coalesce(template_text, old.template_text), old.template_format, old.prompt_type,
                                  coalesce(messages, old.messages));
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
