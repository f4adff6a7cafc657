# The tables are the user's: pg_dump takes them whole, DROP EXTENSION leaves them, and the running metrics are
# right on the other side.

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use PgPromptTest;

my $node = start_node('dump');
fill_tables($node);
$node->safe_psql('postgres', q{
	SELECT prompt.create_prompt('dump/part', 'part'), prompt.create_prompt('dump/whole', '{% include "dump/part" %}')});

# What a table holds, as one digest, whatever the order of its rows.
my $digests = q{
SELECT string_agg(format('%s %s', c.oid::regclass,
                         (xpath('/row/d/text()', query_to_xml(format(
                             'SELECT count(*) || '':'' || md5(string_agg(t::text, ''|'' ORDER BY t::text)) AS d FROM %s AS t',
                             c.oid::regclass), true, true, '')))[1]), E'\n' ORDER BY c.relname)
  FROM pg_class AS c
 WHERE c.relnamespace = 'prompt'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition};
my $original = $node->safe_psql('postgres', $digests);
like($original, qr/^prompt\.prompt_executions 500:/m, 'there is something to dump');
like($original, qr/^prompt\.prompt_metrics [1-9]/m, 'metrics among it');
is($node->safe_psql('postgres', 'SELECT * FROM prompt.verify_metrics()'), '', 'and they are right');

# ---- dumps in both forms, into a fresh database -----------------------------------------------------------------

my $dir = PostgreSQL::Test::Utils::tempdir;
$node->command_ok([ 'pg_dump', '-f', "$dir/plain.sql", $node->connstr('postgres') ], 'pg_dump, plain');
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/custom.dump", $node->connstr('postgres') ], 'pg_dump -Fc');
$node->safe_psql('postgres', "CREATE DATABASE $_ TEMPLATE template0") for qw(plain custom);
$node->command_ok(
	[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/plain.sql", $node->connstr('plain') ],
	'restored by psql');
$node->command_ok([ 'pg_restore', '-e', '-d', $node->connstr('custom'), "$dir/custom.dump" ],
	'restored by pg_restore');

for my $copy (qw(plain custom))
{
	is($node->safe_psql($copy, $digests), $original, "$copy: every table holds the same rows");
	is($node->safe_psql($copy, 'SELECT * FROM prompt.verify_metrics()'),
		'', "$copy: the metrics equal a recount");
	use_it($copy, "$copy: ");
	my ($code, $out, $errors) = $node->psql($copy, q{DELETE FROM prompt.prompt_templates WHERE name = 'dump/part'});
	like($errors, qr/included by other prompts/, "$copy: what is included stays");
}

# ---- without the extension --------------------------------------------------------------------------------------

$node->safe_psql('postgres', 'SET client_min_messages = warning; DROP EXTENSION pg_prompt CASCADE');
is($node->safe_psql('postgres', $digests), $original, 'DROP EXTENSION CASCADE leaves every row');
is( $node->safe_psql('postgres', "SELECT team FROM prompt.prompt_templates WHERE name = 'greeting' AND version = 1"),
	'support',
	"and the user's own column");
$node->safe_psql('postgres', 'CREATE EXTENSION pg_prompt; SELECT prompt.install()');
is($node->safe_psql('postgres', 'SELECT * FROM prompt.verify_metrics()'),
	'', 'created again, it finds the metrics right');
use_it('postgres', 'created again: ');

# Rows that came in while no trigger counted: install() counts them.
$node->safe_psql('custom', 'SET client_min_messages = warning; DROP EXTENSION pg_prompt CASCADE');
$node->safe_psql('custom',
	q{INSERT INTO prompt.prompt_executions (id, template_id, status)
	  SELECT gen_random_uuid(), id, 'success' FROM prompt.prompt_templates WHERE is_active;
	  INSERT INTO prompt.prompt_templates (name, template_text) VALUES ('dump/late', '{% include "dump/part" %}');
	  DELETE FROM prompt.prompt_templates WHERE name = 'dump/whole'});
$node->safe_psql('custom', 'CREATE EXTENSION pg_prompt; SELECT prompt.install()');
is($node->safe_psql('custom', 'SELECT * FROM prompt.verify_metrics()'),
	'', 'install() counts what was inserted without the extension');
my ($code, $out, $errors) = $node->psql('custom', q{DELETE FROM prompt.prompt_templates WHERE name = 'dump/part'});
like($errors, qr/By version 1 of prompt "dump\/late"/, 'and notes what it includes');

# ---- uninstall ---------------------------------------------------------------------------------------------------

my $before = $node->safe_psql('plain', $digests);
($code, $out, $errors) = $node->psql('plain', '\set VERBOSITY sqlstate
DROP EXTENSION pg_prompt');
like($errors, qr/2BP01/, 'DROP EXTENSION is refused while our triggers and views are there');
like($node->safe_psql('plain', 'SELECT * FROM prompt.uninstall(keep_data => true)'),
	qr/prompt_executions/, 'uninstall() says what is left');
is($node->safe_psql('plain', $digests), $before, 'which is every row');
$node->safe_psql('plain', 'DROP EXTENSION pg_prompt');
pass('and DROP EXTENSION needs no CASCADE then');
is($node->safe_psql('plain', $digests), $before, 'and still every row is there');

$node->safe_psql('postgres', 'SET client_min_messages = warning; SELECT prompt.uninstall(keep_data => false)');
$node->safe_psql('postgres', 'DROP EXTENSION pg_prompt');
is( $node->safe_psql('postgres',
		"SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname = 'prompt'"),
	'0',
	'uninstall(keep_data => false) leaves nothing');

$node->stop;
done_testing();

sub fill_tables
{
	my ($node) = @_;
	$node->safe_psql(
		'postgres', q{
SET client_min_messages = warning;
ALTER TABLE prompt.prompt_templates ADD COLUMN team text;
SELECT prompt.create_prompt('greeting', 'Hello {{ name }}', category => 'support', tags => ARRAY['a', 'b']);
SELECT prompt.create_version('greeting', 'Hi {{ name }}', 'shorter');
SELECT prompt.create_prompt('farewell', 'Bye {name}', template_format => 'f-string');
SELECT prompt.activate_version('greeting', 1);
SELECT prompt.activate_version('farewell', 1);
UPDATE prompt.prompt_templates SET team = 'support';
SELECT prompt.create_guardrail('no secrets', 'keyword', '{"keywords": ["secret"]}');
SELECT prompt.create_experiment('short or long', 'greeting',
    '[{"name": "long", "version": 1, "weight": 50}, {"name": "short", "version": 2, "weight": 50}]', 'conversion');
SELECT prompt.start_experiment('short or long');
INSERT INTO prompt.prompt_executions (template_id, experiment_id, variant, allocation_epoch, user_id, status,
                                      response_time_ms, cost_usd, conversion_metric)
SELECT v.template_id, v.experiment_id, v.name, 1, 'user ' || n, (ARRAY['success', 'error', 'timeout'])[1 + n % 3],
       n, n * 0.000123, n % 2
  FROM generate_series(1, 500) AS n
  JOIN prompt.ab_test_variants v ON v.ordinal = 1 + n % 2;
UPDATE prompt.prompt_executions SET rating = 4 WHERE response_time_ms % 7 = 0;
});
}

# Writing works, and is counted.
sub use_it
{
	my ($database, $label) = @_;
	my $total = q{SELECT sum(total_executions) FROM prompt.prompt_template_performance};
	my $count = $node->safe_psql($database, $total);
	$node->safe_psql($database, q{SELECT execution_id FROM prompt.render_prompt('farewell', '{"name": "Ada"}')});
	is($node->safe_psql($database, $total), $count + 1, "${label}a new execution is counted");
	is($node->safe_psql($database, 'SELECT * FROM prompt.verify_metrics()'), '', "${label}rightly");
	$node->safe_psql($database, q{DELETE FROM prompt.prompt_executions WHERE status = 'pending'});
	return;
}
