# Where the extension and its tables may go, whose they are, and which versions of them go together.

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use PgPromptTest;

my $node = start_node('install');

# What a statement says on standard error, with its SQLSTATE.
sub error_of
{
	my ($database, $sql) = @_;
	my ($code, $out, $err) = $node->psql($database, "\\set VERBOSITY verbose\n$sql");
	return $err;
}

# ---- a schema that others have filled ---------------------------------------------------------------------------

$node->safe_psql('postgres', 'CREATE ROLE mallory; CREATE DATABASE squatted; CREATE DATABASE prepared');
$node->safe_psql('squatted',
	'CREATE SCHEMA prompt AUTHORIZATION mallory; SET ROLE mallory; CREATE FUNCTION prompt.version() RETURNS text LANGUAGE sql RETURN 1');
my $refused = error_of('squatted', 'CREATE EXTENSION pg_prompt');
like($refused, qr/55000: schema "prompt" belongs to role "mallory" and is not empty/, "another role's objects are refused");
like($refused, qr/It holds "version"/, 'by name');
like($refused, qr/HINT/, 'with a hint');
$node->safe_psql('prepared', 'CREATE SCHEMA prompt AUTHORIZATION mallory; CREATE EXTENSION pg_prompt');
pass('an empty schema of another role is not');

# ---- tables of an ordinary role ----------------------------------------------------------------------------------

$node->safe_psql('prepared', 'CREATE ROLE team LOGIN; GRANT USAGE, CREATE ON SCHEMA prompt TO team');
$node->safe_psql('prepared', q{
	SET SESSION AUTHORIZATION team;
	SET client_min_messages = warning;
	SELECT prompt.install();
	SELECT prompt.create_prompt('greeting', 'Hello {{ name }}');
	SELECT prompt.activate_version('greeting', 1);
	SELECT prompt.render_prompt('greeting', '{"name": "Ada"}')});
is( $node->safe_psql('prepared',
		"SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'prompt'::regnamespace AND relkind IN ('r', 'p', 'v')"),
	'team', 'the tables are those of whoever calls install()');
is($node->safe_psql('prepared', 'SELECT * FROM prompt.verify_metrics()'), '', 'and are counted');

# A service that may insert and read, nothing more: triggers write the metrics as the owner of the tables.
$node->safe_psql('prepared', q{
	CREATE ROLE service;
	GRANT USAGE ON SCHEMA prompt TO service;
	GRANT SELECT ON ALL TABLES IN SCHEMA prompt TO service;
	GRANT INSERT ON prompt.prompt_executions TO service;
	SET ROLE service;
	SELECT prompt.render_prompt('greeting', '{"name": "Grace"}')});
is( $node->safe_psql('prepared', "SELECT total_executions FROM prompt.prompt_template_performance WHERE name = 'greeting'"),
	'2', 'a role that may only insert executions has them counted');
like(error_of('prepared', "SET ROLE service; INSERT INTO prompt.prompt_metrics SELECT * FROM prompt.prompt_metrics"),
	qr/42501/, 'but cannot write metrics');
like(error_of('prepared', "SET ROLE service; SELECT prompt.create_prompt('x', 'y')"), qr/42501/, 'nor prompts');

# ---- versions of library and tables ------------------------------------------------------------------------------

$node->safe_psql('postgres', q{UPDATE prompt.prompt_state SET value = '0' WHERE key = 'table_version'});
my $older = error_of('postgres', q{SELECT * FROM prompt.get_prompt('greeting')});
like($older, qr/55000: the tables of pg_prompt are of another version/, 'a library that finds older tables says so');
like($older, qr/HINT:.*prompt\.install\(\)/, 'and how to mend it');
like($node->safe_psql('postgres', 'SELECT prompt.install()'), qr/up to date/, 'install() does');
$node->safe_psql('postgres', q{UPDATE prompt.prompt_state SET value = '99' WHERE key = 'table_version'});
like(error_of('postgres', 'SELECT prompt.install()'), qr/55000: the tables are newer/, 'newer tables are left alone');

# ---- a database that converts nothing ----------------------------------------------------------------------------

$node->safe_psql('postgres', q{CREATE DATABASE ascii ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0});
$node->safe_psql('ascii', "SET client_min_messages = warning; CREATE EXTENSION pg_prompt; SELECT prompt.install()");
is( $node->safe_psql('ascii', qq{
		SELECT count(prompt.create_prompt(name, 'x'))
		  FROM unnest('{as\xc3\xad,stra\xc3\x9fe,\xe4\xbb\xb7\xe6\xa0\xbc,\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae\xd9\x88\xd8\xa7\xd9\x87\xd9\x85}'::text[]) AS name}),
	'4', 'names in UTF-8 are as good in SQL_ASCII');
like(error_of('ascii', "SELECT prompt.create_prompt(E'a\\xE2\\x80\\x8Bb', 'x')"), qr/42602: .* invisible.*U\+200B, at place 2 of "a\?b"/s,
	'invisible characters as bad');
like(error_of('ascii', "SELECT prompt.create_prompt(E'a\\xFF', 'x')"), qr/22021: .* not in UTF-8.*HINT/s, 'and other bytes are refused');

$node->stop;
done_testing();
