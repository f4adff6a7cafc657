-- ---------------------------------------------------------------- tables: ordinary tables of whoever calls install()

-- Version of the tables' layout; the library checks it against prompt_state.
CREATE FUNCTION prompt._table_version() RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN 1;
COMMENT ON FUNCTION prompt._table_version() IS 'layout version of the tables that this library works with';

CREATE FUNCTION prompt._create_prompt_tables() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $create$
BEGIN
CREATE TABLE IF NOT EXISTS prompt.prompt_state (
    tenant_id  text NOT NULL DEFAULT coalesce(current_setting('prompt.tenant_id', true), ''),
    key        text NOT NULL,
    value      text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, key)
);
COMMENT ON TABLE prompt.prompt_state IS
    'what the extension keeps about itself: layout version of the tables, generation of each tenant''s guardrails';

CREATE TABLE IF NOT EXISTS prompt.prompt_templates (
    id                 uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id          text NOT NULL DEFAULT coalesce(current_setting('prompt.tenant_id', true), ''),
    name               text NOT NULL,
    version            int NOT NULL DEFAULT 1,
    semver             text NOT NULL DEFAULT '1.0.0',
    status             text NOT NULL DEFAULT 'draft',
    is_active          boolean GENERATED ALWAYS AS (status = 'production') STORED,
    prompt_type        text NOT NULL DEFAULT 'system',
    template_format    text NOT NULL DEFAULT 'jinja2',
    template_text      text,
    messages           jsonb,
    variables          jsonb NOT NULL DEFAULT '[]',
    includes           text[] NOT NULL DEFAULT '{}',
    strict             boolean NOT NULL DEFAULT false,
    model_config       jsonb NOT NULL DEFAULT '{}',
    description        text,
    category           text,
    tags               text[] NOT NULL DEFAULT '{}',
    change_description text,
    parent_version_id  uuid REFERENCES prompt.prompt_templates (id),
    created_at         timestamptz NOT NULL DEFAULT now(),
    created_by         text NOT NULL DEFAULT current_user,
    updated_at         timestamptz NOT NULL DEFAULT now(),
    updated_by         text NOT NULL DEFAULT current_user,
    activated_at       timestamptz,
    activated_by       text,
    deactivated_at     timestamptz,
    deactivated_by     text,
    CONSTRAINT prompt_templates_version_key UNIQUE (tenant_id, name, version),
    CONSTRAINT prompt_templates_name_check CHECK (
        length(name) <= 255 AND name = btrim(name) AND name ~ '^[^/@]+(/[^/@]+)*$'),
    CONSTRAINT prompt_templates_version_check CHECK (version > 0),
    CONSTRAINT prompt_templates_semver_check CHECK (semver ~ '^(0|[1-9][0-9]*)[.](0|[1-9][0-9]*)[.](0|[1-9][0-9]*)$'),
    CONSTRAINT prompt_templates_status_check CHECK (
        status IN ('draft', 'review', 'approved', 'production', 'deprecated', 'archived')),
    CONSTRAINT prompt_templates_prompt_type_check CHECK (
        prompt_type IN ('system', 'user', 'assistant', 'few-shot', 'template', 'chat')),
    CONSTRAINT prompt_templates_template_format_check CHECK (
        template_format IN ('jinja2', 'handlebars', 'mustache', 'f-string')),
    CONSTRAINT prompt_templates_content_check CHECK (
        CASE WHEN prompt_type = 'chat' THEN messages IS NOT NULL AND template_text IS NULL
             ELSE messages IS NULL AND template_text IS NOT NULL END),
    CONSTRAINT prompt_templates_messages_check CHECK (jsonb_typeof(messages) = 'array'),
    CONSTRAINT prompt_templates_variables_check CHECK (jsonb_typeof(variables) = 'array'),
    CONSTRAINT prompt_templates_model_config_check CHECK (jsonb_typeof(model_config) = 'object')
);
COMMENT ON TABLE prompt.prompt_templates IS
    'one row per version of a prompt; content is immutable once the version has left draft';
CREATE UNIQUE INDEX IF NOT EXISTS prompt_templates_production_key
    ON prompt.prompt_templates (tenant_id, name) WHERE status = 'production';
COMMENT ON INDEX prompt.prompt_templates_production_key IS 'at most one production version per prompt';
COMMENT ON COLUMN prompt.prompt_templates.includes IS
    'the prompts that this version includes by name, read off its templates; they cannot be deleted while it is there';
CREATE INDEX IF NOT EXISTS prompt_templates_includes_idx ON prompt.prompt_templates USING gin (includes);
CREATE INDEX IF NOT EXISTS prompt_templates_parent_idx
    ON prompt.prompt_templates (parent_version_id) WHERE parent_version_id IS NOT NULL;

CREATE TABLE IF NOT EXISTS prompt.prompt_labels (
    tenant_id   text NOT NULL DEFAULT coalesce(current_setting('prompt.tenant_id', true), ''),
    prompt_name text NOT NULL,
    label       text NOT NULL,
    template_id uuid NOT NULL REFERENCES prompt.prompt_templates (id),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    updated_by  text NOT NULL DEFAULT current_user,
    PRIMARY KEY (tenant_id, prompt_name, label),
    CONSTRAINT prompt_labels_label_check CHECK (
        label ~ '^[a-z0-9][a-z0-9._-]{0,62}$' AND label NOT IN ('latest', 'production'))
);
COMMENT ON TABLE prompt.prompt_labels IS
    'movable pointers to a version, such as staging; latest and production are computed and cannot be set';
CREATE INDEX IF NOT EXISTS prompt_labels_template_idx ON prompt.prompt_labels (template_id);

CREATE TABLE IF NOT EXISTS prompt.prompt_guardrails (
    id                    uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id             text NOT NULL DEFAULT coalesce(current_setting('prompt.tenant_id', true), ''),
    name                  text NOT NULL,
    description           text,
    rule_type             text NOT NULL,
    rule_config           jsonb NOT NULL DEFAULT '{}',
    severity              text NOT NULL DEFAULT 'warning',
    enforcement           text NOT NULL DEFAULT 'warning',
    stages                text[] NOT NULL DEFAULT '{input,prompt}',
    applies_to_templates  text[],
    applies_to_categories text[],
    is_active             boolean NOT NULL DEFAULT true,
    created_at            timestamptz NOT NULL DEFAULT now(),
    created_by            text NOT NULL DEFAULT current_user,
    updated_at            timestamptz NOT NULL DEFAULT now(),
    updated_by            text NOT NULL DEFAULT current_user,
    CONSTRAINT prompt_guardrails_name_key UNIQUE (tenant_id, name),
    CONSTRAINT prompt_guardrails_name_check CHECK (
        length(name) BETWEEN 1 AND 255 AND name = btrim(name)),
    CONSTRAINT prompt_guardrails_rule_type_check CHECK (rule_type IN (
        'regex', 'keyword', 'max_length', 'pii', 'injection', 'toxic', 'secret', 'model_check', 'custom')),
    CONSTRAINT prompt_guardrails_rule_config_check CHECK (jsonb_typeof(rule_config) = 'object'),
    CONSTRAINT prompt_guardrails_severity_check CHECK (severity IN ('info', 'warning', 'error', 'critical')),
    CONSTRAINT prompt_guardrails_enforcement_check CHECK (
        enforcement IN ('blocking', 'redact', 'warning', 'logging')),
    CONSTRAINT prompt_guardrails_stages_check CHECK (
        stages <@ ARRAY['input', 'prompt', 'response'] AND cardinality(stages) > 0)
);
COMMENT ON TABLE prompt.prompt_guardrails IS 'one row per rule; applies to all prompts where both applies_to columns are null';

CREATE TABLE IF NOT EXISTS prompt.prompt_audit_log (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id  text NOT NULL,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor      text NOT NULL,
    acting_as  text NOT NULL,
    action     text NOT NULL,
    entity     text NOT NULL,
    entity_id  text NOT NULL,
    reason     text,
    old_values jsonb,
    new_values jsonb,
    sequence   bigint NOT NULL,
    previous   bytea NOT NULL,
    hash       bytea NOT NULL,
    CONSTRAINT prompt_audit_log_sequence_key UNIQUE (tenant_id, entity, entity_id, sequence)
);
COMMENT ON TABLE prompt.prompt_audit_log IS
    'who changed what and when, in the same transaction as the change; append-only and hash-chained per entity';
COMMENT ON COLUMN prompt.prompt_audit_log.actor IS 'the role that had logged in (session_user)';
COMMENT ON COLUMN prompt.prompt_audit_log.acting_as IS 'the role whose rights were used (current_user)';
COMMENT ON COLUMN prompt.prompt_audit_log.old_values IS 'columns before the change: those that changed, or all that were not null';
COMMENT ON COLUMN prompt.prompt_audit_log.hash IS
    'SHA-256 of previous and of the entry''s canonical text, see prompt._audit_text(); previous is the hash before it';
END
$create$;
COMMENT ON FUNCTION prompt._create_prompt_tables() IS 'creates the tables and indexes of prompts, guardrails and the audit log that are missing';
