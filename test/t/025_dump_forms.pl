# Dumps of all forms, taken beside writers and restored: the same rows and figures. A data-only dump takes the commands of
# doc/operations.md.
#
# ACCIDENT_ROUNDS=20 is how often it is dumped beside writers (2 by default).

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PgPromptTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Writers;

my $rounds = $ENV{ACCIDENT_ROUNDS} // 2;
my $node = start_node('source', 'max_connections = 40');
my $target = start_node('target', 'max_connections = 40');
Writers::prepare($node, 'postgres');
my $writers = Writers->new($node, 'postgres', 4);
my $dir = PostgreSQL::Test::Utils::tempdir;

my @figures = (
	'SELECT count(*) FROM prompt.prompt_executions',
	'SELECT p FROM prompt.prompt_template_performance AS p ORDER BY version',
	'SELECT p FROM prompt.prompt_guardrail_performance AS p ORDER BY name',
	q{SELECT r FROM prompt.experiment_results('short or long') AS r});
sub figures_of { my ($server, $database) = @_; return join "\n", map { $server->safe_psql($database, $_) } @figures }

sub restored
{
	my ($what, @command) = @_;
	$target->safe_psql('template1', 'DROP DATABASE IF EXISTS copy');
	$target->safe_psql('template1', 'CREATE DATABASE copy TEMPLATE template0');
	$target->command_ok([@command], "$what: restored");
	return;
}

sub right
{
	my ($what) = @_;
	is($target->safe_psql('copy', 'SELECT * FROM prompt.verify_metrics()'), '', "$what: the figures equal a recount");
	return;
}

# ---- beside writers: a dump is of one moment -------------------------------------------------------------------------------

for my $round (1 .. $rounds)
{
	$writers->start;
	$writers->wait_for_rows(100);
	$node->command_ok([ 'pg_dump', '-Fd', '-j', '2', '-f', "$dir/beside$round", $node->connstr('postgres') ], "round $round: dumped beside writers");
	$writers->stop;
	restored("round $round", 'pg_restore', '-e', '-j', '2', '-d', $target->connstr('copy'), "$dir/beside$round");
	right("round $round");
	cmp_ok($target->safe_psql('copy', 'SELECT count(*) FROM prompt.prompt_executions'), '>', 100, "round $round: there is something");
}
$writers->check('beside dumps');

# ---- every form ------------------------------------------------------------------------------------------------------------

# Partitions of months that install() makes none for, figures of some that are dropped, one that is detached, and rows that no
# partition is due for.
$node->safe_psql('postgres', q{
	INSERT INTO prompt.prompt_executions (id, template_id, created_at, status, response_time_ms)
	SELECT prompt.uuid_v7(at), t.id, at, 'success', 7
	  FROM prompt.prompt_templates t, unnest('{2 years,23 months,20 months,5 months,3 months,1 month,-1 year}'::interval[]) AS age,
	       LATERAL (SELECT now() - age AS at) AS x
	 WHERE t.is_active;
	SELECT * FROM prompt.maintain();
	SELECT * FROM prompt.maintain(retention => '22 months');
	SELECT * FROM prompt.maintain(retention => '1 year', detach => true)});
is($node->safe_psql('postgres', 'SELECT sum(executions) FROM prompt.prompt_metrics WHERE slot = 0'), '3', 'there is history');
my $detached = $node->safe_psql('postgres', 'SELECT prompt._detached_partitions()');
like($detached, qr/^prompt\.prompt_executions_\d{4}_\d\d$/, 'and a detached partition');
push @figures, q{SELECT item, value FROM prompt.status() WHERE item = 'executions kept since'};

my $original = figures_of($node, 'postgres');
my %forms = (
	plain     => [ [ 'pg_dump', '-Fp' ], [ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', $target->connstr('copy'), '-f' ] ],
	inserts   => [ [ 'pg_dump', '-Fp', '--rows-per-insert=100' ], [ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', $target->connstr('copy'), '-f' ] ],
	custom    => [ [ 'pg_dump', '-Fc' ], [ 'pg_restore', '-e', '-d', $target->connstr('copy') ] ],
	parallel  => [ [ 'pg_dump', '-Fc' ], [ 'pg_restore', '-e', '-j', '2', '-d', $target->connstr('copy') ] ],
	directory => [ [ 'pg_dump', '-Fd', '-j', '2' ], [ 'pg_restore', '-e', '-j', '2', '-d', $target->connstr('copy') ] ]);
for my $form (sort keys %forms)
{
	my ($dump, $restore) = @{ $forms{$form} };
	$node->command_ok([ @$dump, '-f', "$dir/$form", $node->connstr('postgres') ], "$form: dumped");
	restored($form, @$restore, "$dir/$form");
	is(figures_of($target, 'copy'), $original, "$form: the figures are the same");
	right($form);
	$target->safe_psql('copy', q{SELECT execution_id FROM prompt.render_prompt('greeting', '{"name": "Ada"}')});
	right("$form, written to");
}

# ---- data only -------------------------------------------------------------------------------------------------------------

# Into tables of an install() of its own, some of whose partitions are missing. All tables: the figures come along, with those of
# partitions that are gone. Without the figures: the executions that are there are counted anew.
$node->command_ok(
	[ qw(pg_dump -Fc --data-only --load-via-partition-root -n prompt -T), $detached, '-f', "$dir/data", $node->connstr('postgres') ],
	'data only: dumped');
my $rows = 'SELECT tableoid::regclass, count(*) FROM prompt.prompt_executions GROUP BY 1 ORDER BY 1';
for my $mend ('SELECT prompt.rebuild_metrics() >= 0', 'SELECT prompt.install() IS NOT NULL')
{
	for my $what ('all', 'executions')
	{
		my $case = "data only, $what, $mend";
		my $list = "$dir/list";
		IPC::Run::run([ 'pg_restore', '-l', "$dir/data" ], '>', "$list.all");
		my @entries = grep { !/ prompt_state / } split /^/, slurp_file("$list.all");
		@entries = grep { !/metrics|subject|statistics|progress/ } @entries if $what eq 'executions';
		unlink $list;
		append_to_file($list, join('', @entries));
		$target->safe_psql('template1', 'DROP DATABASE IF EXISTS copy');
		$target->safe_psql('template1', 'CREATE DATABASE copy');
		my $copy = $target->connstr('copy');
		$target->safe_psql('copy', 'CREATE EXTENSION pg_prompt; SELECT prompt.install(); TRUNCATE prompt.prompt_state');
		$target->command_ok([ qw(pg_restore -e -t prompt_state -d), $copy, "$dir/data" ], "$case: the state is restored");
		{
			local $ENV{PGOPTIONS} = '-c session_replication_role=replica';
			$target->command_ok([ qw(pg_restore -e -L), $list, '-d', $copy, "$dir/data" ], "$case: the rest, too");
		}
		isnt($target->safe_psql('copy', 'SELECT count(*) FROM prompt.verify_metrics()'), '0', "$case: without figures before") if $what eq 'executions';
		is($target->safe_psql('copy', $mend), 't', "$case: counted");
		right($case);
		is(figures_of($target, 'copy'), $original, "$case: the figures are the same") if $what eq 'all';
		is($target->safe_psql('copy', $figures[0]), $node->safe_psql('postgres', $figures[0]), "$case: no execution is missing");
		$target->safe_psql('copy', 'SELECT * FROM prompt.maintain()');
		is($target->safe_psql('copy', $rows), $node->safe_psql('postgres', $rows), "$case: maintain() puts them into partitions");
		right("$case, maintained");
		is($target->safe_psql('copy', 'SELECT coalesce(sum(executions), 0) FROM prompt.prompt_metrics WHERE slot = 0'),
			$what eq 'all' ? 3 : 0, "$case: history");
		$target->safe_psql('copy', q{SELECT execution_id FROM prompt.render_prompt('greeting', '{"name": "Ada"}')});
		right("$case, written to");
	}
}

$_->stop for $node, $target;
done_testing();
