-- ---------------------------------------------------------------- keys that their owner has dropped, made again

-- A missing primary key would be missed by every writer of the running metrics.
CREATE FUNCTION prompt._create_keys() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $create$
DECLARE
    missing record;
BEGIN
    FOR missing IN
        SELECT k.relation, k.columns
          FROM (VALUES ('prompt_state', 'tenant_id, key'), ('prompt_templates', 'id'),
                       ('prompt_labels', 'tenant_id, prompt_name, label'), ('ab_test_experiments', 'id'),
                       ('ab_test_variants', 'experiment_id, name'), ('prompt_executions', 'id, tenant_id'),
                       ('prompt_guardrails', 'id'),
                       ('prompt_metrics', 'template_id, hour, tenant_id, experiment_id, variant, slot'),
                       ('prompt_guardrail_metrics', 'guardrail, hour, tenant_id, slot'),
                       ('prompt_subjects', 'experiment_id, unit'), ('prompt_subject_queue', 'experiment_id, due_at, id'),
                       ('ab_test_statistics', 'experiment_id, metric, variant, first_epoch, entry_epoch'),
                       ('ab_test_progress', 'experiment_id'), ('prompt_audit_log', 'id')) AS k (relation, columns)
         WHERE NOT EXISTS (SELECT FROM pg_constraint c
                            WHERE c.conrelid = format('prompt.%I', k.relation)::regclass AND c.contype = 'p')
    LOOP
        EXECUTE format('ALTER TABLE prompt.%I ADD PRIMARY KEY (%s)', missing.relation, missing.columns);
    END LOOP;
END
$create$;
COMMENT ON FUNCTION prompt._create_keys() IS 'creates the primary keys that are missing';

-- DROP ... CASCADE of a primary key takes these away. Rows that break one do not keep install() from the rest of its work: the
-- key comes back NOT VALID, for new rows, or not at all to a partitioned table, which cannot have such a key (before version 18).
CREATE FUNCTION prompt._create_foreign_keys() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $create$
DECLARE
    missing record;
    addition text;
    broken_in text;
    broken_by text;
BEGIN
    FOR missing IN
        SELECT k.relation, k.referencing, k.referenced, k.action, k.relation || '_' || k.referencing || '_fkey' AS name,
               c.relkind = 'p' AS is_partitioned
          FROM (VALUES ('prompt_templates', 'parent_version_id', 'prompt_templates', ''),
                       ('prompt_labels', 'template_id', 'prompt_templates', ''),
                       ('ab_test_experiments', 'winner_template_id', 'prompt_templates', ''),
                       ('ab_test_variants', 'experiment_id', 'ab_test_experiments', 'ON DELETE CASCADE'),
                       ('ab_test_variants', 'template_id', 'prompt_templates', ''),
                       ('prompt_executions', 'template_id', 'prompt_templates', ''),
                       ('prompt_executions', 'experiment_id', 'ab_test_experiments', ''),
                       ('prompt_subjects', 'experiment_id', 'ab_test_experiments', 'ON DELETE CASCADE'),
                       ('ab_test_statistics', 'experiment_id', 'ab_test_experiments', 'ON DELETE CASCADE'),
                       ('ab_test_progress', 'experiment_id', 'ab_test_experiments', 'ON DELETE CASCADE'))
               AS k (relation, referencing, referenced, action)
          JOIN pg_class c ON c.oid = format('prompt.%I', k.relation)::regclass
         WHERE NOT EXISTS (SELECT FROM pg_constraint f
                             JOIN pg_attribute a ON a.attrelid = f.conrelid AND f.conkey = ARRAY[a.attnum]
                            WHERE f.conrelid = c.oid AND f.contype = 'f' AND a.attname = k.referencing
                              AND f.confrelid = format('prompt.%I', k.referenced)::regclass)
    LOOP
        addition := format('ALTER TABLE prompt.%I ADD CONSTRAINT %I FOREIGN KEY (%I) REFERENCES prompt.%I (id) %s',
                           missing.relation, missing.name, missing.referencing, missing.referenced, missing.action);
        BEGIN
            EXECUTE addition;
        EXCEPTION WHEN foreign_key_violation THEN
            GET STACKED DIAGNOSTICS broken_in = TABLE_NAME, broken_by = PG_EXCEPTION_DETAIL;
            IF missing.is_partitioned THEN
                RAISE WARNING 'foreign key "%" is missing: rows of "%" break it', missing.name, broken_in
                    USING DETAIL = broken_by, HINT = 'Delete or correct them, then call prompt.install() again.';
            ELSE
                EXECUTE addition || ' NOT VALID';
                RAISE WARNING 'foreign key "%" holds for new rows only: older ones of "%" break it', missing.name, broken_in
                    USING DETAIL = broken_by,
                          HINT = format('Delete or correct them, then: ALTER TABLE prompt.%I VALIDATE CONSTRAINT %I.',
                                        missing.relation, missing.name);
            END IF;
        END;
    END LOOP;
END
$create$;
COMMENT ON FUNCTION prompt._create_foreign_keys() IS
    'creates the foreign keys that are missing, and warns of rows that break one';
