# Upkeep as it runs in production: from pg_cron, beside pg_partman, beside sessions that hold locks; and which
# partitions a call touches.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PgPromptTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('upkeep');
$node->init;
$node->append_conf('postgresql.conf', "max_worker_processes = 16\nlog_min_messages = log");
$node->start;

sub available
{
	my ($extension) = @_;
	return $node->safe_psql('postgres', "SELECT count(*) FROM pg_available_extensions WHERE name = '$extension'");
}
my $has_cron    = available('pg_cron');
my $has_partman = available('pg_partman');
if ($has_cron)
{
	$node->append_conf('postgresql.conf',
		"shared_preload_libraries = 'pg_cron'\ncron.database_name = 'postgres'\ncron.use_background_workers = on");
	$node->restart;
}
$node->safe_psql('postgres', 'CREATE EXTENSION pg_prompt; SELECT prompt.install()');
my $template = create_live_prompt($node, 'greeting', 'Hello {{ name }}');

# What maintain() will have to do: rows of last year, rows of two years ago, and too few partitions ahead.
$node->safe_psql('postgres', qq{
	INSERT INTO prompt.prompt_executions (id, template_id, created_at, status, response_time_ms)
	SELECT prompt.uuid_v7(at), '$template', at, 'success', 100 FROM unnest(ARRAY[now() - interval '1 year', now() - interval '2 years']) AS at,
		   generate_series(1, 5);
	DO \$\$ DECLARE last regclass := (SELECT relation FROM prompt._partitions() ORDER BY to_at DESC NULLS LAST LIMIT 1);
	BEGIN EXECUTE format('DROP TABLE %s', last); END \$\$});
my $ahead = q{SELECT max(to_at) > now() + interval '55 days' FROM prompt._partitions()};
is($node->safe_psql('postgres', $ahead), 'f', 'a partition ahead is missing');

# A lock that somebody holds: upkeep gives up, changes nothing, and does not keep others waiting.
my $reader = $node->background_psql('postgres') if $node->can('background_psql');
SKIP:
{
	skip 'no background psql here', 6 if !defined $reader || !$reader->can('query_safe');
	$node->safe_psql('postgres', 'SELECT * FROM prompt.maintain()');
	$reader->query_safe('BEGIN');
	$reader->query_safe('SELECT count(*) FROM prompt.prompt_executions');
	my $started = milliseconds();
	is($node->safe_psql('postgres', q{SELECT step FROM prompt.maintain(retention => '18 months')}), 'postponed',
		'retention is postponed while a reader holds a lock');
	cmp_ok(milliseconds() - $started, '<', 10_000, 'it gave up in time');
	is($node->safe_psql('postgres', 'SELECT * FROM prompt.verify_metrics()'), '', 'the figures are as they were');
	is($node->safe_psql('postgres', 'SELECT count(*) FROM prompt.prompt_executions'), '10', 'the rows, too');
	is($node->safe_psql('postgres', 'SELECT count(*) FROM prompt.prompt_metrics WHERE slot = 0'), '0', 'nothing was closed');
	$reader->query_safe('COMMIT');
	$reader->quit;
	pass('the reader was not disturbed');
}

SKIP:
{
	skip 'pg_cron is not installed', 4 unless $has_cron;
	$node->safe_psql('postgres', q{
		CREATE EXTENSION pg_cron;
		SELECT cron.schedule('pg_prompt', '* * * * *', $$SELECT prompt.maintain(retention => '18 months')$$)});
	ok($node->poll_query_until('postgres', q{SELECT EXISTS (SELECT FROM cron.job_run_details WHERE status = 'succeeded')}),
		'pg_cron ran it');
	is($node->safe_psql('postgres', q{SELECT count(*) FROM cron.job_run_details WHERE status = 'failed'}), '0', 'without a failure');
	is($node->safe_psql('postgres', $ahead), 't', 'partitions ahead are there');
	is($node->safe_psql('postgres', 'SELECT count(*) FROM prompt.prompt_executions'), '5', 'what was older than the retention is gone');
	$node->safe_psql('postgres', q{SELECT cron.unschedule('pg_prompt')});
}
$node->safe_psql('postgres', q{SELECT * FROM prompt.maintain(retention => '18 months')});
is($node->safe_psql('postgres', 'SELECT sum(executions), sum(executions) FILTER (WHERE slot = 0) FROM prompt.prompt_metrics'), '10|5',
	'the figures of what is gone are kept');
is($node->safe_psql('postgres', 'SELECT * FROM prompt.verify_metrics()'), '', 'and all are right');

SKIP:
{
	skip 'pg_partman is not installed', 4 unless $has_partman;
	$node->safe_psql('postgres', q{
		CREATE SCHEMA partman;
		CREATE EXTENSION pg_partman SCHEMA partman;
		CREATE TABLE public.visits (at timestamptz NOT NULL) PARTITION BY RANGE (at);
		SELECT partman.create_parent('public.visits', 'at', 'native', 'monthly');
		INSERT INTO public.visits SELECT now() - n * interval '20 days' FROM generate_series(0, 5) AS n});
	my $executions = $node->safe_psql('postgres', 'SELECT count(*) FROM prompt._partitions()');
	my $visits = $node->safe_psql('postgres', q{SELECT count(*) FROM pg_partition_tree('public.visits')});
	$node->safe_psql('postgres', 'SELECT partman.run_maintenance()');
	is($node->safe_psql('postgres', 'SELECT count(*) FROM prompt._partitions()'), $executions, 'pg_partman leaves our partitions alone');
	is($node->safe_psql('postgres', 'SELECT step FROM prompt.maintain()'), '', 'there is nothing to mend after it');
	is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_partition_tree('public.visits')}), $visits, "and we leave its own alone");
	is($node->safe_psql('postgres', q{SELECT count(*) FROM public.visits}), '6', 'with their rows');
}

# An id names its partition: the plans that a call runs, from the server's log.
$node->safe_psql('postgres', q{SELECT * FROM prompt.maintain(months_ahead => 24)});
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM prompt._partitions()'), '>', 20, 'there are many partitions');
my $ids = $node->safe_psql('postgres', q{
	SELECT array_agg(r.execution_id) FROM generate_series(1, 12) AS n, prompt.render_prompt('greeting', '{"name": "Ada"}', user_id => 'user ' || n) AS r});
my $place = length(slurp_file($node->logfile));
$node->safe_psql('postgres', qq{
	LOAD 'auto_explain';
	SET auto_explain.log_min_duration = 0;
	SET auto_explain.log_nested_statements = on;
	SET auto_explain.log_analyze = on;
	DO \$\$ DECLARE id uuid; BEGIN
		FOREACH id IN ARRAY '$ids'::uuid[] LOOP PERFORM prompt.complete_execution(id, response_time_ms => 7); END LOOP; END \$\$});
my $log = substr(slurp_file($node->logfile), $place);
# Scans that ran, by partition; what was pruned when the plan started says "Subplans Removed" or does not appear.
my %touched;
my $updates = () = $log =~ /Update on prompt_executions/g;
for my $line (split /\n/, $log)
{
	$touched{$1}++ if $line =~ /Scan.* on (prompt_executions_\w+) .*actual time/;
}
cmp_ok($updates, '>=', 12, 'every completion was explained');
is(scalar(keys %touched), 1, 'they touched one partition only: ' . join(', ', sort keys %touched));
like((keys %touched)[0], qr/_\d{4}_\d\d$/, 'that of the month');

$node->stop;
done_testing();
