-- ---------------------------------------------------------------- what the tables themselves refuse

CREATE FUNCTION prompt._serving_experiment(template_id uuid) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $find$
BEGIN
    RETURN (SELECT min(e.name) FROM prompt.ab_test_variants v JOIN prompt.ab_test_experiments e ON e.id = v.experiment_id
             WHERE v.template_id = _serving_experiment.template_id AND e.status IN ('running', 'paused'));
END
$find$;
COMMENT ON FUNCTION prompt._serving_experiment(uuid) IS
    'name of a running or paused experiment that serves a version, null if none does';

CREATE FUNCTION prompt._raise_served(what text, experiment text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $raise$
BEGIN
    RAISE EXCEPTION '%', what
        USING ERRCODE = 'object_in_use', DETAIL = format('Experiment "%s" serves it.', experiment),
              HINT = 'Complete or cancel the experiment, or declare a winner.';
END
$raise$;
COMMENT ON FUNCTION prompt._raise_served(text, text) IS 'raises the error for a version that an experiment serves';

CREATE FUNCTION prompt._guard_template() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
DECLARE
    served_by text;
BEGIN
    IF TG_OP = 'INSERT' OR NEW.name <> OLD.name THEN
        PERFORM prompt._check_name(NEW.name);
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.status <> 'draft' THEN
        IF (NEW.id, NEW.tenant_id, NEW.name, NEW.version, NEW.semver, NEW.prompt_type, NEW.template_format, NEW.template_text,
            NEW.messages, NEW.variables, NEW."strict", NEW.model_config)
           IS DISTINCT FROM
           (OLD.id, OLD.tenant_id, OLD.name, OLD.version, OLD.semver, OLD.prompt_type, OLD.template_format, OLD.template_text,
            OLD.messages, OLD.variables, OLD."strict", OLD.model_config)
        THEN
            RAISE EXCEPTION 'version % of prompt "%" is immutable', OLD.version, OLD.name
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      DETAIL = format('Its status is %s; only drafts can be edited.', OLD.status),
                      HINT = 'Create a new version with prompt.create_version().';
        END IF;
        IF NEW.status = 'draft' THEN
            RAISE EXCEPTION 'version % of prompt "%" cannot become a draft again', OLD.version, OLD.name
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      DETAIL = format('Its status is %s.', OLD.status),
                      HINT = 'Create a new version with prompt.create_version().';
        END IF;
    END IF;
    -- A draft that an experiment serves, started by other means than start_experiment().
    IF TG_OP = 'UPDATE' AND OLD.status = 'draft'
       AND (NEW.tenant_id, NEW.name, NEW.version, NEW.prompt_type, NEW.template_format, NEW.template_text, NEW.messages,
            NEW.variables, NEW."strict", NEW.model_config)
           IS DISTINCT FROM
           (OLD.tenant_id, OLD.name, OLD.version, OLD.prompt_type, OLD.template_format, OLD.template_text, OLD.messages,
            OLD.variables, OLD."strict", OLD.model_config)
    THEN
        served_by := prompt._serving_experiment(OLD.id);
        IF served_by IS NOT NULL THEN
            PERFORM prompt._raise_served(format('version %s of prompt "%s" cannot be edited', OLD.version, OLD.name), served_by);
        END IF;
    END IF;
    -- Another version may still take its place in production: that deprecates it, and the experiment goes on.
    IF TG_OP = 'UPDATE' AND NEW.status <> OLD.status AND NEW.status NOT IN ('approved', 'production')
       AND (OLD.status, NEW.status) NOT IN (('production', 'deprecated'), ('draft', 'review'))
    THEN
        served_by := prompt._serving_experiment(OLD.id);
        IF served_by IS NOT NULL THEN
            PERFORM prompt._raise_served(format('version %s of prompt "%s" cannot become %s', OLD.version, OLD.name,
                                                CASE NEW.status WHEN 'review' THEN 'one in review' ELSE NEW.status END), served_by);
        END IF;
    END IF;
    IF TG_OP = 'INSERT' OR (NEW.template_text, NEW.template_format, NEW.messages, NEW.variables)
                           IS DISTINCT FROM (OLD.template_text, OLD.template_format, OLD.messages, OLD.variables)
    THEN
        PERFORM prompt._check_template(NEW.template_text, NEW.template_format, NEW.messages, NEW.variables);
    END IF;
    IF TG_OP = 'INSERT' OR (NEW.template_text, NEW.template_format, NEW.messages, NEW.includes)
                           IS DISTINCT FROM (OLD.template_text, OLD.template_format, OLD.messages, OLD.includes)
    THEN
        NEW.includes := prompt._template_includes(NEW.template_text, NEW.template_format, NEW.messages);
    END IF;
    PERFORM prompt._check_object('model_config', NEW.model_config);
    IF TG_OP = 'INSERT' OR NEW.tags IS DISTINCT FROM OLD.tags THEN
        PERFORM prompt._check_list('tags', NEW.tags);
    END IF;
    IF TG_OP = 'UPDATE' THEN
        NEW.updated_at := now();
        IF NEW.updated_by = OLD.updated_by THEN
            NEW.updated_by := current_user;
        END IF;
    END IF;
    IF NEW.status = 'production' AND (TG_OP = 'INSERT' OR OLD.status <> 'production') THEN
        IF EXISTS (SELECT FROM prompt.prompt_templates t
                    WHERE t.tenant_id = NEW.tenant_id AND t.name = NEW.name AND t.status = 'production' AND t.id <> NEW.id) THEN
            RAISE EXCEPTION 'prompt "%" has a version in production already', NEW.name
                USING ERRCODE = 'unique_violation',
                      DETAIL = (SELECT format('It is version %s.', t.version) FROM prompt.prompt_templates t
                                 WHERE t.tenant_id = NEW.tenant_id AND t.name = NEW.name AND t.status = 'production'),
                      HINT = 'prompt.activate_version() and prompt.set_status() put one version in the place of another.';
        END IF;
        NEW.activated_at := now();
        NEW.activated_by := coalesce(nullif(NEW.activated_by, OLD.activated_by), current_user);
        NEW.deactivated_at := NULL;
        NEW.deactivated_by := NULL;
    ELSIF TG_OP = 'UPDATE' AND OLD.status = 'production' AND NEW.status <> 'production' THEN
        NEW.deactivated_at := now();
        NEW.deactivated_by := current_user;
    END IF;
    RETURN NEW;
END
$guard$;
COMMENT ON FUNCTION prompt._guard_template() IS
    'trigger: keeps versions that have left draft or that an experiment serves, refuses templates that do not parse, '
    'notes what they include, keeps the dates';

CREATE FUNCTION prompt._guard_includes() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'pgprompt_guard_includes';
COMMENT ON FUNCTION prompt._guard_includes() IS
    'trigger: refuses to delete a version or label that other prompts include, and locks what a new version includes';

CREATE FUNCTION prompt._guard_guardrail() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
DECLARE
    called text;
    missing text;
BEGIN
    IF TG_OP = 'INSERT' OR NEW.name <> OLD.name THEN
        PERFORM prompt._check_name(NEW.name, 'guardrail');
    END IF;
    IF TG_OP = 'INSERT' OR (NEW.rule_type, NEW.rule_config, NEW.stages, NEW.tenant_id)
                           IS DISTINCT FROM (OLD.rule_type, OLD.rule_config, OLD.stages, OLD.tenant_id) THEN
        called := prompt._check_rule(NEW.name, NEW.rule_type, NEW.rule_config, NEW.stages);
        IF called IS NOT NULL THEN
            NEW.rule_config := NEW.rule_config
                || jsonb_build_object(CASE NEW.rule_type WHEN 'custom' THEN 'function' ELSE 'scorer' END, called);
        END IF;
    END IF;
    IF TG_OP = 'INSERT' OR NEW.applies_to_templates IS DISTINCT FROM OLD.applies_to_templates THEN
        PERFORM prompt._check_list('applies_to_templates', NEW.applies_to_templates);
        SELECT min(n) INTO missing FROM unnest(NEW.applies_to_templates) AS n
         WHERE NOT EXISTS (SELECT FROM prompt.prompt_templates t WHERE t.name = n AND (t.tenant_id IN (NEW.tenant_id, '') OR NEW.tenant_id = ''));
        IF missing IS NOT NULL THEN
            RAISE NOTICE 'guardrail "%" applies to prompt "%", which does not exist', NEW.name, left(missing, 100);
        END IF;
    END IF;
    IF TG_OP = 'INSERT' OR NEW.applies_to_categories IS DISTINCT FROM OLD.applies_to_categories THEN
        PERFORM prompt._check_list('applies_to_categories', NEW.applies_to_categories);
    END IF;
    IF TG_OP = 'UPDATE' THEN
        NEW.updated_at := now();
        NEW.updated_by := current_user;
    END IF;
    RETURN NEW;
END
$guard$;
COMMENT ON FUNCTION prompt._guard_guardrail() IS 'trigger: refuses rules whose configuration does not hold, keeps the dates';

CREATE FUNCTION prompt._guard_experiment() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.name <> OLD.name THEN
        PERFORM prompt._check_name(NEW.name, 'experiment');
    END IF;
    IF TG_OP = 'INSERT' THEN
        RETURN NEW;
    END IF;
    IF OLD.status <> 'draft' AND
       (NEW.id, NEW.tenant_id, NEW.name, NEW.prompt_name, NEW.primary_metric, NEW.secondary_metrics, NEW.guardrail_metrics,
        NEW.metric_windows, NEW.metrics, NEW.windows, NEW.minimum_detectable_effect, NEW.planned_sample_size,
        NEW.significance_threshold, NEW.method, NEW.layer, NEW.salt, NEW.adaptive, NEW.covariate)
       IS DISTINCT FROM
       (OLD.id, OLD.tenant_id, OLD.name, OLD.prompt_name, OLD.primary_metric, OLD.secondary_metrics, OLD.guardrail_metrics,
        OLD.metric_windows, OLD.metrics, OLD.windows, OLD.minimum_detectable_effect, OLD.planned_sample_size,
        OLD.significance_threshold, OLD.method, OLD.layer, OLD.salt, OLD.adaptive, OLD.covariate)
    THEN
        RAISE EXCEPTION 'the definition of experiment "%" cannot be changed', OLD.name
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = format('Its status is %s; a definition is fixed once the experiment has started.', OLD.status),
                  HINT = 'Cancel it and create another one.';
    END IF;
    IF OLD.status = 'completed' AND NEW.results IS DISTINCT FROM OLD.results THEN
        RAISE EXCEPTION 'the results of experiment "%" are frozen', OLD.name
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'It is completed.';
    END IF;
    IF NEW.status <> OLD.status AND NOT (
        (OLD.status, NEW.status) IN (('draft', 'running'), ('draft', 'cancelled'), ('running', 'paused'),
                                     ('paused', 'running'), ('running', 'completed'), ('paused', 'completed'),
                                     ('running', 'cancelled'), ('paused', 'cancelled')))
    THEN
        RAISE EXCEPTION 'experiment "%" is % and cannot become %', OLD.name, OLD.status, NEW.status
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'draft -> running <-> paused -> completed; any but completed -> cancelled.';
    ELSIF OLD.status = 'draft' AND NEW.status = 'running' AND (NEW.started_at IS NULL OR isempty(NEW.traffic)) THEN
        RAISE EXCEPTION 'experiment "%" is draft and has no traffic of its layer yet', OLD.name
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Start it with prompt.start_experiment().';
    END IF;
    NEW.updated_at := now();
    NEW.updated_by := current_user;
    RETURN NEW;
END
$guard$;
COMMENT ON FUNCTION prompt._guard_experiment() IS
    'trigger: keeps the definition of a started experiment and the order of its states, refuses names that cannot be told from others';

CREATE FUNCTION prompt._guard_variant() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
DECLARE
    e record;
    prompt_of_version text;
BEGIN
    IF TG_OP = 'INSERT' OR TG_OP = 'UPDATE' AND NEW.name <> OLD.name THEN
        PERFORM prompt._check_name(NEW.name, 'variant');
    END IF;
    SELECT x.name, x.status, x.prompt_name INTO e FROM prompt.ab_test_experiments x
     WHERE x.id = CASE WHEN TG_OP = 'INSERT' THEN NEW.experiment_id ELSE OLD.experiment_id END;
    IF TG_OP <> 'DELETE' AND (TG_OP = 'INSERT' OR NEW.template_id <> OLD.template_id) THEN
        SELECT t.name INTO prompt_of_version FROM prompt.prompt_templates t WHERE t.id = NEW.template_id;
        IF prompt_of_version <> e.prompt_name THEN
            RAISE EXCEPTION 'variant "%" is a version of prompt "%"', NEW.name, prompt_of_version
                USING ERRCODE = 'invalid_parameter_value', DETAIL = format('Experiment "%s" is on prompt "%s".', e.name, e.prompt_name);
        END IF;
    END IF;
    -- A deleted experiment takes its variants along.
    IF e.status IS NULL OR e.status = 'draft'
       OR TG_OP = 'UPDATE' AND (NEW.experiment_id, NEW.name, NEW.ordinal, NEW.template_id, NEW.is_control)
                               = (OLD.experiment_id, OLD.name, OLD.ordinal, OLD.template_id, OLD.is_control)
    THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    RAISE EXCEPTION 'the variants of experiment "%" cannot be changed', e.name
        USING ERRCODE = 'object_not_in_prerequisite_state',
              DETAIL = format('Its status is %s; a definition is fixed once the experiment has started.', e.status),
              HINT = 'Cancel it and create another one.';
END
$guard$;
COMMENT ON FUNCTION prompt._guard_variant() IS 'trigger: keeps the variants of a started experiment, but for weights and buckets';

CREATE FUNCTION prompt._guardrails_changed() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'pgprompt_guardrails_changed';
COMMENT ON FUNCTION prompt._guardrails_changed() IS
    'trigger: a new generation for the rules of the tenant, written as the owner of the tables';

-- Deferred: activating another version takes the one that was out of production first.
CREATE FUNCTION prompt._guard_production() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
BEGIN
    -- At the end of the transaction, so maybe of one whose user has no rights here: a fold promotes as the tables' owner.
    IF NOT has_schema_privilege('prompt', 'USAGE') THEN
        RETURN NULL;
    ELSIF NOT (has_table_privilege(TG_RELID, 'SELECT') AND has_table_privilege('prompt.ab_test_variants', 'SELECT')
               AND has_table_privilege('prompt.ab_test_experiments', 'SELECT')) THEN
        RETURN NULL;
    ELSIF NOT EXISTS (SELECT FROM prompt.prompt_templates t
                       WHERE t.tenant_id = OLD.tenant_id AND t.name = OLD.name AND t.status = 'production') THEN
        PERFORM prompt._refuse_if_included(OLD.tenant_id, OLD.name), prompt._refuse_if_experimented(OLD.tenant_id, OLD.name);
    END IF;
    RETURN NULL;
END
$guard$;
COMMENT ON FUNCTION prompt._guard_production() IS
    'trigger: what an experiment or another prompt serves does not leave production by an UPDATE either';

CREATE FUNCTION prompt._create_trigger(trigger_name text, relation regclass, definition text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $create$
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER %I ', trigger_name) || format(definition, relation);
    EXECUTE format('ALTER TABLE %s ENABLE TRIGGER %I', relation, trigger_name);
END
$create$;
COMMENT ON FUNCTION prompt._create_trigger(text, regclass, text) IS 'creates or repairs a trigger, enabled';

CREATE FUNCTION prompt._create_triggers() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $create$
BEGIN
    PERFORM prompt._create_trigger('prompt_templates_guard', 'prompt.prompt_templates',
        'BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION prompt._guard_template()');
    PERFORM prompt._create_trigger('prompt_templates_includes', 'prompt.prompt_templates',
        'AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION prompt._guard_includes()');
    IF NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = 'prompt.prompt_templates'::regclass
                                              AND t.tgname = 'prompt_templates_production') THEN
        CREATE CONSTRAINT TRIGGER prompt_templates_production AFTER UPDATE ON prompt.prompt_templates
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.status = 'production' AND NEW.status <> 'production')
            EXECUTE FUNCTION prompt._guard_production();
    END IF;
    ALTER TABLE prompt.prompt_templates ENABLE TRIGGER prompt_templates_production;
    PERFORM prompt._create_trigger('prompt_labels_includes', 'prompt.prompt_labels',
        'AFTER UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION prompt._guard_includes()');
    PERFORM prompt._create_trigger('prompt_guardrails_guard', 'prompt.prompt_guardrails',
        'BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION prompt._guard_guardrail()');
    PERFORM prompt._create_trigger('ab_test_experiments_guard', 'prompt.ab_test_experiments',
        'BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION prompt._guard_experiment()');
    PERFORM prompt._create_trigger('ab_test_variants_guard', 'prompt.ab_test_variants',
        'BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION prompt._guard_variant()');
    -- A row trigger, fired by logical apply, too: a subscriber's caches must see replicated rules.
    PERFORM prompt._create_trigger('prompt_guardrails_generation', 'prompt.prompt_guardrails',
        'AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION prompt._guardrails_changed()');
    ALTER TABLE prompt.prompt_guardrails ENABLE ALWAYS TRIGGER prompt_guardrails_generation;
    -- And before the first row changes: what a function called by the same statement compiles of half-changed rules must
    -- not stand under a generation that a rollback brings back.
    PERFORM prompt._create_trigger('prompt_guardrails_generation_statement', 'prompt.prompt_guardrails',
        'BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION prompt._guardrails_changed()');
    PERFORM prompt._create_metric_triggers();
    PERFORM prompt._create_question_trigger();
    PERFORM prompt._create_event_triggers();
    PERFORM prompt._create_audit_triggers();
END
$create$;
COMMENT ON FUNCTION prompt._create_triggers() IS 'creates the triggers that are missing and repairs the others';
