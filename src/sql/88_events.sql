-- ---------------------------------------------------------------- what happens, on channel prompt_events

CREATE FUNCTION prompt._announce() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $announce$
DECLARE
    event jsonb;
BEGIN
    IF TG_TABLE_NAME = 'prompt_templates' THEN
        IF NEW.status = 'production' AND (TG_OP = 'INSERT' OR OLD.status <> 'production') THEN
            event := jsonb_build_object('event', 'activated', 'prompt', NEW.name, 'version', NEW.version, 'template_id', NEW.id);
        ELSIF TG_OP = 'UPDATE' AND OLD.status = 'production' AND NEW.status <> 'production' THEN
            event := jsonb_build_object('event', 'deactivated', 'prompt', NEW.name, 'version', NEW.version, 'template_id', NEW.id);
        END IF;
    ELSIF TG_OP = 'INSERT' OR NEW.status <> OLD.status THEN
        IF NEW.status = 'running' THEN
            event := jsonb_build_object('event', CASE WHEN TG_OP = 'UPDATE' AND OLD.status = 'paused'
                                                      THEN 'experiment_resumed' ELSE 'experiment_started' END);
        ELSIF NEW.status IN ('paused', 'completed', 'cancelled') THEN
            event := jsonb_build_object('event', 'experiment_' || NEW.status);
        END IF;
        event := event || jsonb_build_object('experiment', NEW.name, 'experiment_id', NEW.id, 'prompt', NEW.prompt_name,
                                             'winner_template_id', NEW.winner_template_id);
    END IF;
    IF event IS NOT NULL THEN
        PERFORM pg_notify('prompt_events', (event || jsonb_build_object('tenant_id', NEW.tenant_id, 'at', now()))::text);
    END IF;
    RETURN NULL;
END
$announce$;
COMMENT ON FUNCTION prompt._announce() IS
    'trigger: announces activations of versions and the states of experiments on channel prompt_events, at commit';

CREATE FUNCTION prompt._create_event_triggers() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $create$
BEGIN
    PERFORM prompt._create_trigger('prompt_templates_announce', 'prompt.prompt_templates',
        'AFTER INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION prompt._announce()');
    PERFORM prompt._create_trigger('ab_test_experiments_announce', 'prompt.ab_test_experiments',
        'AFTER INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION prompt._announce()');
END
$create$;
COMMENT ON FUNCTION prompt._create_event_triggers() IS 'creates the triggers that announce, or repairs them';
