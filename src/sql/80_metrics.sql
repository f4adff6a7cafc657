-- ---------------------------------------------------------------- running metrics

CREATE FUNCTION prompt._create_metric_triggers() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
END
$$;
COMMENT ON FUNCTION prompt._create_metric_triggers() IS 'creates the triggers that keep the running metrics';
