# Crashes under load: whatever was committed is counted, whatever was not is not.

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use PgPromptTest;

my $node = start_node('restart', 'restart_after_crash = on');
my $template = create_live_prompt($node, 'greeting', 'Hello {{ name }}');
$node->safe_psql(
	'postgres', q{
SELECT prompt.create_version('greeting', 'Hi {{ name }}', 'shorter');
SELECT prompt.create_experiment('short or long', 'greeting',
    '[{"name": "long", "version": 1, "weight": 50}, {"name": "short", "version": 2, "weight": 50}]', 'success_rate');
SELECT prompt.start_experiment('short or long');
});

my $dir = PostgreSQL::Test::Utils::tempdir;
append_to_file("$dir/write.sql", q{
\set user random(1, 200)
\set outcome random(0, 1)
SELECT execution_id, variant FROM prompt.render_prompt('greeting', '{"name": "Ada"}', user_id => 'user ' || :user) \gset
SELECT * FROM prompt.complete_execution(:execution_id, 'success', response_time_ms => 100 + :user, conversion_metric => :outcome);
});

for my $blow ('kill -9 of a writing backend', 'kill -9 of the postmaster', 'immediate shutdown')
{
	my $before = $node->safe_psql('postgres', 'SELECT count(*) FROM prompt.prompt_executions');
	my ($out, $err) = ('', '');
	my $writers = IPC::Run::start(
		[ 'pgbench', '-n', '-M', 'extended', '-c', '6', '-j', '2', '-T', '60', '-f', "$dir/write.sql", $node->connstr('postgres') ],
		'>', \$out, '2>', \$err);
	ok( $node->poll_query_until('postgres',
			"SELECT count(*) > $before + 300 FROM prompt.prompt_executions"),
		"$blow: writers write");
	if ($blow =~ /backend/)
	{
		my $pid = $node->safe_psql('postgres',
			q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
			   ORDER BY state = 'active' DESC LIMIT 1});
		kill 'KILL', $pid;
		$writers->finish;
		wait_until_ready($node);
	}
	else
	{
		$blow =~ /postmaster/ ? kill_server($node) : $node->stop('immediate');
		$writers->finish;
		start_again($node);
	}
	is($node->safe_psql('postgres', 'SELECT * FROM prompt.verify_metrics()'),
		'', "$blow: the metrics equal a recount");
	is( $node->safe_psql('postgres', q{
			SELECT (SELECT count(*) FROM prompt.prompt_executions) -
			       (SELECT sum(total_executions) FROM prompt.prompt_template_performance)}),
		'0',
		"$blow: and the view counts every committed row");
	is( $node->safe_psql('postgres', q{
			SELECT (SELECT count(DISTINCT user_id) FROM prompt.prompt_executions WHERE status = 'success') -
			       (SELECT sum(users) FROM prompt.experiment_results('short or long') WHERE metric = 'success_rate')}),
		'0',
		"$blow: and the results hold every user once");
	$node->safe_psql('postgres',
		q{SELECT execution_id FROM prompt.render_prompt('greeting', '{"name": "Ada"}', user_id => 'after')});
}

$node->stop;
done_testing();
