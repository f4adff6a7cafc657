# Dumps of all forms, taken beside writers and restored: the same rows and figures. A data-only dump that is restored with triggers
# disabled needs rebuild_metrics() or install() for what no trigger counted.
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

# Into tables of an install() of its own. All tables: the figures come along. The executions without them: they are counted anew.
$node->command_ok([ 'pg_dump', '-Fc', '--data-only', '-n', 'prompt', '-f', "$dir/data", $node->connstr('postgres') ], 'data only: dumped');
for my $mend ('SELECT prompt.rebuild_metrics() >= 0', 'SELECT prompt.install() IS NOT NULL')
{
	for my $what ('all', 'executions')
	{
		my $case = "data only, $what, $mend";
		my $list = "$dir/list";
		IPC::Run::run([ 'pg_restore', '-l', "$dir/data" ], '>', "$list.all");
		my @entries = split /^/, slurp_file("$list.all");
		# install() makes rows of its own in prompt_state.
		@entries = grep { !/prompt_state/ } @entries;
		@entries = grep { !/metrics|subject|statistics|progress/ } @entries if $what eq 'executions';
		unlink $list;
		append_to_file($list, join('', @entries));
		$target->safe_psql('template1', 'DROP DATABASE IF EXISTS copy');
		$target->safe_psql('template1', 'CREATE DATABASE copy');
		$target->safe_psql('copy', 'CREATE EXTENSION pg_prompt; SELECT prompt.install()');
		$target->command_ok([ 'pg_restore', '-e', '--disable-triggers', '-L', $list, '-d', $target->connstr('copy'), "$dir/data" ], "$case: restored");
		isnt($target->safe_psql('copy', 'SELECT count(*) FROM prompt.verify_metrics()'), '0', "$case: without figures before") if $what eq 'executions';
		is($target->safe_psql('copy', $mend), 't', "$case: counted");
		right($case);
		is(figures_of($target, 'copy'), $original, "$case: the figures are the same") if $what eq 'all';
		is($target->safe_psql('copy', "$figures[0]; $figures[1]"), join("\n", map { $node->safe_psql('postgres', $_) } @figures[0, 1]),
			"$case: so are the prompt's");
		$target->safe_psql('copy', q{SELECT execution_id FROM prompt.render_prompt('greeting', '{"name": "Ada"}')});
		right("$case, written to");
	}
}

$_->stop for $node, $target;
done_testing();
