# Accidents under load: killed backends and servers, statement timeouts, prepared transactions, backends without memory.
# Afterwards every acknowledged execution is there and every figure is right.
#
# ACCIDENT_ROUNDS=20 is how often a backend and the server are killed, and how long it goes on with the rest (2 by default),
# ACCIDENT_WRITERS=16 by how many sessions it is written meanwhile.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PgPromptTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes;
use Writers;

my $rounds = $ENV{ACCIDENT_ROUNDS}  // 2;
my $count  = $ENV{ACCIDENT_WRITERS} // 16;

my $node = start_node('accidents', 'restart_after_crash = on', 'max_connections = 60', 'max_prepared_transactions = 20',
	'deadlock_timeout = 200ms');
Writers::prepare($node, 'postgres');
my $writers = Writers->new($node, 'postgres', $count);
my $template = $writers->{template};
my $dir = PostgreSQL::Test::Utils::tempdir;

for my $blow ('backend', 'server')
{
	for my $round (1 .. $rounds)
	{
		$writers->start;
		$writers->wait_for_rows(400);
		if ($blow eq 'backend')
		{
			my $pid = $node->safe_psql('postgres',
				q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND query ~ 'prompt'
				   ORDER BY state = 'active' DESC, random() LIMIT 1});
			kill 'KILL', $pid;
			$writers->stop;
			wait_until_ready($node);
		}
		else
		{
			kill_server($node);
			$writers->stop;
			start_again($node);
		}
		$writers->check("kill -9 of a $blow, round $round");
	}
}
$node->safe_psql('postgres', 'SELECT prompt.fold()');

# ---- statement timeouts at random ---------------------------------------------------------------------------------

{
	my @sessions = map { start_timed($_) } 1 .. 4;
	$_->finish for @sessions;
	$writers->note_ids("$dir/timed$_.out") for 1 .. 4;
	unlike(slurp_file($node->logfile), qr/current transaction is aborted/, 'and their sessions went on');
	my $cancelled = () = join('', map { slurp_file("$dir/timed$_.err") } 1 .. 4) =~ /statement timeout/g;
	cmp_ok($cancelled, '>', 3, "$cancelled statements ran out of time");
	$writers->check('statement timeouts');
}

# A session whose statement ran out of time while it looked after an experiment can go on.
{
	$node->safe_psql('postgres', q{
		ALTER FUNCTION prompt._after_fold(uuid) RENAME TO _after_fold_kept;
		CREATE FUNCTION prompt._after_fold(uuid) RETURNS void LANGUAGE sql AS 'SELECT pg_sleep(60)'});
	my ($code, $out, $err) = $node->psql('postgres',
		"SET statement_timeout = '200ms';\nSELECT prompt.fold();\nSELECT 'goes on';", on_error_stop => 0);
	like($err, qr/statement timeout/, 'folding runs out of time');
	is($out, 'goes on', 'and its session goes on');
	$node->safe_psql('postgres', q{
		DROP FUNCTION prompt._after_fold(uuid);
		ALTER FUNCTION prompt._after_fold_kept(uuid) RENAME TO _after_fold});
}

sub start_timed
{
	my ($i) = @_;
	open(my $file, '>', "$dir/timed$i.sql") or die $!;
	for my $n (1 .. 30 * $rounds)
	{
		print $file 'SET statement_timeout = ' . (1 + int(rand(25))) . ";\n";
		my $rows = 1 + int(rand(400));
		print $file "INSERT INTO prompt.prompt_executions (template_id, user_id, status, response_time_ms) SELECT '$template', 'user ' || n % 50, 'success', n "
		  . "FROM generate_series(1, $rows) AS n RETURNING id;\n";
		print $file "UPDATE prompt.prompt_executions SET quality_score = 0.5, cost_usd = 0.25 WHERE user_id = 'user $n';\n" if $n % 4 == 0;
		print $file "SELECT prompt.fold(100);\n" if $n % 10 == 0;
	}
	close $file;
	return IPC::Run::start([ 'psql', '-X', '-q', '-A', '-t', '-f', "$dir/timed$i.sql", $node->connstr('postgres') ],
		'>', "$dir/timed$i.out", '2>', "$dir/timed$i.err");
}

# ---- prepared transactions ------------------------------------------------------------------------------------------

my $before = $node->safe_psql('postgres', 'SELECT count(*) FROM prompt.prompt_executions');
for my $i (1 .. 6)
{
	$node->safe_psql('postgres', qq{
		BEGIN;
		INSERT INTO prompt.prompt_executions (template_id, user_id, status) SELECT '$template', 'prepared', 'success' FROM generate_series(1, 10);
		PREPARE TRANSACTION 'p$i'});
}
$node->safe_psql('postgres', "INSERT INTO prompt.prompt_executions (template_id, status) VALUES ('$template', 'success')");
is($node->safe_psql('postgres', 'SELECT * FROM prompt.verify_metrics()'), '', 'prepared transactions: right while they wait');
$node->safe_psql('postgres', "COMMIT PREPARED 'p1'; ");
$node->safe_psql('postgres', "ROLLBACK PREPARED 'p2'");
$node->restart;
$node->safe_psql('postgres', "INSERT INTO prompt.prompt_executions (template_id, status) VALUES ('$template', 'success')");
$node->safe_psql('postgres', 'SELECT * FROM prompt.maintain()');
$node->safe_psql('postgres', "COMMIT PREPARED 'p$_'") for 3, 4;
$node->safe_psql('postgres', "ROLLBACK PREPARED 'p$_'") for 5, 6;
is($node->safe_psql('postgres', 'SELECT count(*) FROM prompt.prompt_executions') - $before, 32, 'what was committed is there, also over a restart');
$writers->check('prepared transactions');

# ---- backends without memory ---------------------------------------------------------------------------------------

# The backend, and nothing else, may take a little more than it has: at random so much that it fails in the statement, in the
# triggers, in the core or not at all. Keys of many hours make the triggers take memory; the response makes the statement.
{
	my $started = $node->safe_psql('postgres', 'SELECT pg_postmaster_start_time()');
	my ($failed, $went, $unexpected) = (0, 0, '');
	for my $n (1 .. 15 * $rounds)
	{
		my $headroom = int(2**(17 + rand(12)));
		my $rows = 1 + int(rand(15000));
		my $size = int(rand(3)) * 20;
		append_to_file("$dir/memory$n.sql", qq{
			SET work_mem = '64MB';
			SELECT pg_backend_pid() AS pid, prompt.render('warm {{ up }}') IS NULL AS warm \\gset
			\\setenv BACKEND :pid
			\\! prlimit --pid \$BACKEND --as=\$((\$(awk '/^VmSize/ {print \$2}' /proc/\$BACKEND/status) * 1024 + $headroom)): || echo 'no limit' >&2
			INSERT INTO prompt.prompt_executions (template_id, status, user_id, response_time_ms, created_at, guardrails_evaluated)
			SELECT '$template', 'success', 'large ' || n, n, now() - n * interval '1 hour', '[{"rule": "no secrets", "passed": true}]'
			  FROM generate_series(1, $rows) AS n RETURNING id;
			INSERT INTO prompt.prompt_executions (template_id, status, response_text)
			VALUES ('$template', 'success', repeat('x', $size * 1000000)) RETURNING id;
			SELECT execution_id FROM prompt.render_prompt('greeting', jsonb_build_object('name', repeat('Ada ', $size * 5000)), user_id => 'large');
			UPDATE prompt.prompt_executions SET rating = 3 WHERE user_id LIKE 'large %' AND rating IS NULL;
			SELECT prompt.fold();});
		my $err = '';
		IPC::Run::run([ 'psql', '-X', '-q', '-A', '-t', '-f', "$dir/memory$n.sql", $node->connstr('postgres') ],
			'>', "$dir/memory$n.out", '2>', \$err);
		$writers->note_ids("$dir/memory$n.out");
		$err =~ /out of memory/ ? $failed++ : $went++;
		$unexpected .= join '', grep { !/out of memory|failed to map segment|LINE 1|DETAIL:|HINT:|CONTEXT:|STATEMENT:|QUERY:|^PL\/pgSQL function|^SQL statement|^\s/ } split /^/, $err;
	}
	cmp_ok($failed, '>', 0, "$failed sessions had no memory");
	note("$went had enough");
	is($unexpected, '', 'which is what they were told');
	is($node->safe_psql('postgres', 'SELECT pg_postmaster_start_time()'), $started, 'the server went on');
	unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal (?!9)/, 'and no backend died of it');
	$writers->check('out of memory');
}

$node->stop;
done_testing();
