# Rules that call SQL functions: on a hot standby, in parallel workers, through dump and restore, under a timeout.

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use PgPromptTest;

my $primary = start_node('primary');
create_live_prompt($primary, 'desk', 'Answer {{ message }}');
$primary->safe_psql(
	'postgres', q{
CREATE SCHEMA "my models";
CREATE FUNCTION "my models".score(content text) RETURNS float8 LANGUAGE plpgsql STABLE PARALLEL SAFE AS
    $$ BEGIN RETURN CASE WHEN content LIKE '%refund%' THEN 1 ELSE 0 END; END $$;
CREATE FUNCTION "my models".broken(content text) RETURNS float8 LANGUAGE plpgsql STABLE PARALLEL SAFE AS
    $$ BEGIN RETURN 1 / (length(content) - length(content)); END $$;
CREATE FUNCTION "my models".unsafe(content text, config jsonb) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT true $$;
SELECT prompt.create_guardrail('money', 'model_check', '{"scorer": "\"my models\".score", "threshold": 0.5}', stages => '{input}');
SELECT prompt.create_guardrail('broken', 'model_check', '{"scorer": "\"my models\".broken", "threshold": 0.5}', stages => '{prompt}');
});
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup($standby);

my $found = q{SELECT rule, entity FROM prompt.evaluate_guardrails('a refund', stage => 'input')};
my $blocked = q{SELECT blocked FROM prompt.get_prompt('desk', '{"message": "a refund"}')};
for my $node ($primary, $standby)
{
	is($node->safe_psql('postgres', $found), 'money|model_check', $node->name . ': the function is called');
	is($node->safe_psql('postgres', $blocked), 't', $node->name . ': one that fails blocks');
}
like(slurp_file($standby->logfile), qr/guardrail "broken" could not be evaluated.*division by zero/s,
	'the log says why');

# One rule, many calls, in workers.
my $setting = $primary->safe_psql('postgres', 'SHOW server_version_num') >= 160000
	? 'debug_parallel_query' : 'force_parallel_mode';
is( $primary->safe_psql('postgres', "SET $setting = on; SELECT rule FROM prompt.evaluate_guardrails('a refund', stage => 'input')"),
	'money', 'a parallel safe function is called in a worker');
$primary->safe_psql('postgres', q{SELECT prompt.create_guardrail('unsafe', 'custom', '{"function": "\"my models\".unsafe"}', stages => '{input}')});
my ($code, $stdout, $stderr) = $primary->psql('postgres',
	"SET $setting = on; SELECT rule FROM prompt.evaluate_guardrails('a refund', stage => 'input')");
like($stderr, qr/is not parallel safe/, 'one that is not says so there');
is( $primary->safe_psql('postgres', "SELECT string_agg(rule, ',') FROM prompt.evaluate_guardrails('a refund', stage => 'input')"),
	'money,unsafe', 'and is called elsewhere');

# The functions' names survive.
my $dump = $primary->backup_dir . '/dump.sql';
$primary->command_ok([ 'pg_dump', '-f', $dump, 'postgres' ], 'pg_dump');
$primary->safe_psql('postgres', 'CREATE DATABASE restored');
$primary->command_ok([ 'psql', '-X', '-v', 'ON_ERROR_STOP=1', '-q', '-f', $dump, '-d', 'restored' ], 'restore');
is($primary->safe_psql('restored', "SELECT string_agg(rule, ',') FROM prompt.evaluate_guardrails('a refund', stage => 'input')"),
	'money,unsafe', 'restored rules call the restored functions');
$primary->safe_psql('restored', 'DROP FUNCTION "my models".score(text)');
is($primary->safe_psql('restored', $found . q{ WHERE rule = 'money'}),
	'money|evaluation_error', 'a function that is gone blocks');

# Nothing lingers of the subtransactions that caught errors.
is( $primary->safe_psql('postgres', q{
SET client_min_messages = warning;
BEGIN;
CREATE TEMP TABLE t AS SELECT n, (SELECT blocked FROM prompt.get_prompt('desk', jsonb_build_object('message', n))) FROM generate_series(1, 300) AS n;
SELECT count(*), bool_and(blocked) FROM t;
COMMIT;
SELECT count(*) FROM t}), "300|t\n300", 'a transaction goes on after a function has failed in it');

$standby->stop;
$primary->stop;
done_testing();
