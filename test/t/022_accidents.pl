# Accidents under load: killed backends and servers, a full disk, no memory, statement timeouts, prepared transactions.
# Afterwards every acknowledged execution is there and every figure is right.
#
# ACCIDENT_ROUNDS=20 is how often a backend and the server are killed (2 by default), ACCIDENT_WRITERS=16 by how many sessions it is
# written meanwhile. ACCIDENT_SMALL_DISK=directory, on a file system of some 64 MB that the server's user may write to (mount -t tmpfs
# -o size=64m,mode=777 tmpfs directory), lets the disk be full; without it that part is skipped.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PgPromptTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes;

my $rounds = $ENV{ACCIDENT_ROUNDS}  // 2;
my $count  = $ENV{ACCIDENT_WRITERS} // 16;

my $node = start_node('accidents', 'restart_after_crash = on', 'max_connections = 60', 'max_prepared_transactions = 20',
	'deadlock_timeout = 200ms');
my $template = create_live_prompt($node, 'greeting', 'Hello {{ name }}');
$node->safe_psql('postgres', q{
	SELECT prompt.create_version('greeting', 'Hi {{ name }}', 'shorter');
	SELECT prompt.create_experiment('short or long', 'greeting',
		'[{"name": "long", "version": 1, "weight": 50}, {"name": "short", "version": 2, "weight": 50}]', 'success_rate');
	SELECT prompt.start_experiment('short or long');
	CREATE TABLE acknowledged (id uuid)});

my $dir = PostgreSQL::Test::Utils::tempdir;

# A writer prints the id of each execution as soon as the server has committed it.
sub start_writers
{
	my ($how_many, $options) = @_;
	my @writers;
	for my $i (1 .. $how_many)
	{
		open(my $file, '>', "$dir/writer$i.sql") or die $!;
		for my $n (1 .. 4000)
		{
			my $user = 'user ' . int(rand(200));
			print $file $n % 5 == 0
			  ? "INSERT INTO prompt.prompt_executions (template_id, user_id, status, response_time_ms, cost_usd) "
			  . "SELECT '$template', '$user', 'success', n, 0.001 FROM generate_series(1, 20) AS n RETURNING id;\n"
			  : "SELECT execution_id FROM prompt.render_prompt('greeting', '{\"name\": \"Ada\"}', user_id => '$user');\n";
			print $file "UPDATE prompt.prompt_executions SET rating = 1 + $n % 5, status = 'success' WHERE user_id = '$user' AND rating IS NULL;\n"
			  if $n % 3 == 0;
		}
		close $file;
		my $run = IPC::Run::start([ 'psql', '-X', '-q', '-A', '-t', '-f', "$dir/writer$i.sql", $node->connstr('postgres') . ($options // '') ],
			'>', "$dir/ack$i", '2>', "$dir/err$i");
		push @writers, $run;
	}
	return @writers;
}

sub wait_for_end
{
	my ($pid) = @_;
	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		return unless kill 0, $pid;
		Time::HiRes::usleep(100_000);
	}
	die "process $pid does not end";
}

sub stop_writers { my @writers = @_; for (@writers) { $_->kill_kill(grace => 2) if $_->pumpable; eval { $_->finish } } }

# Every acknowledged id is there, every figure right.
sub check
{
	my ($what) = @_;
	open(my $all, '>', "$dir/acknowledged") or die $!;
	my $acknowledged = 0;
	for my $i (1 .. $count)
	{
		next unless -e "$dir/ack$i";
		# the last line may have been cut
		for (grep { /^[0-9a-f-]{36}$/ } split /\n/, slurp_file("$dir/ack$i")) { print $all "$_\n"; $acknowledged++ }
	}
	close $all;
	$node->safe_psql('postgres', "TRUNCATE acknowledged; COPY acknowledged FROM '$dir/acknowledged'");
	is($node->safe_psql('postgres', 'SELECT count(*) FROM acknowledged a WHERE NOT EXISTS (SELECT FROM prompt.prompt_executions x WHERE x.id = a.id)'),
		'0', "$what: all $acknowledged acknowledged executions are there");
	is($node->safe_psql('postgres', 'SELECT * FROM prompt.verify_metrics()'), '', "$what: the figures equal a recount");
	return $acknowledged;
}

for my $blow ('backend', 'server')
{
	for my $round (1 .. $rounds)
	{
		my $before = $node->safe_psql('postgres', 'SELECT count(*) FROM prompt.prompt_executions');
		my @writers = start_writers($count);
		$node->poll_query_until('postgres', "SELECT count(*) > $before + 400 FROM prompt.prompt_executions") or die 'nothing is written';
		if ($blow eq 'backend')
		{
			my $pid = $node->safe_psql('postgres',
				q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND query ~ 'prompt'
				   ORDER BY state = 'active' DESC, random() LIMIT 1});
			kill 'KILL', $pid;
			stop_writers(@writers);
			$node->poll_query_until('postgres', 'SELECT true');
		}
		else
		{
			my $postmaster = (split /\n/, slurp_file($node->data_dir . '/postmaster.pid'))[0];
			$node->kill9;
			stop_writers(@writers);
			wait_for_end($postmaster);
			$node->start;
		}
		cmp_ok(check("kill -9 of a $blow, round $round"), '>', 0, 'there were some');
	}
}
unlink glob("$dir/ack*");
$node->safe_psql('postgres', 'SELECT prompt.fold()');

# ---- statement timeouts at random ---------------------------------------------------------------------------------

{
	my @writers = map { start_timed($_) } 1 .. 4;
	$_->finish for @writers;
	my $cancelled = () = join('', map { slurp_file("$dir/timed$_.err") } 1 .. 4) =~ /statement timeout/g;
	cmp_ok($cancelled, '>', 3, "$cancelled statements ran out of time");
	check('statement timeouts');
}

sub start_timed
{
	my ($i) = @_;
	open(my $file, '>', "$dir/timed$i.sql") or die $!;
	for my $n (1 .. 60)
	{
		print $file 'SET statement_timeout = ' . (1 + int(rand(25))) . ";\n";
		my $rows = 1 + int(rand(400));
		print $file "INSERT INTO prompt.prompt_executions (template_id, user_id, status, response_time_ms) SELECT '$template', 'user ' || n % 50, 'success', n "
		  . "FROM generate_series(1, $rows) AS n;\n";
		print $file "UPDATE prompt.prompt_executions SET quality_score = 0.5, cost_usd = 0.25 WHERE user_id = 'user $n';\n" if $n % 4 == 0;
		print $file "SELECT prompt.fold(100);\n" if $n % 10 == 0;
	}
	close $file;
	return IPC::Run::start([ 'psql', '-X', '-q', '-f', "$dir/timed$i.sql", $node->connstr('postgres') ], '>', '/dev/null', '2>', "$dir/timed$i.err");
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
check('prepared transactions');

# ---- a backend without memory --------------------------------------------------------------------------------------

$node->stop;
system_or_bail('bash', '-c', q{ulimit -v 900000; pg_ctl -D "$0" -l "$1" -w start >/dev/null}, $node->data_dir, $node->logfile);
$node->_update_pid(1);
{
	my ($out, $err) = ('', '');
	for my $size (100, 300, 600)
	{
		$node->psql('postgres', qq{
			INSERT INTO prompt.prompt_executions (template_id, status) VALUES ('$template', 'success');
			INSERT INTO prompt.prompt_executions (template_id, status, response_text, user_id)
			SELECT '$template', 'success', (SELECT string_agg(repeat(md5(x::text), 32000), '') FROM generate_series(1, $size) AS x), 'large ' || n
			  FROM generate_series(1, 3) AS n}, stderr => \$err);
		$out .= $err;
	}
	like($out, qr/out of memory/, 'a backend had no memory');
	check('out of memory');
}
$node->restart;

# ---- a full disk ------------------------------------------------------------------------------------------------------

SKIP:
{
	my $disk = $ENV{ACCIDENT_SMALL_DISK};
	skip 'ACCIDENT_SMALL_DISK names no small disk', 4 unless $disk && -d $disk;
	$disk .= '/tablespace';
	mkdir $disk;
	$node->safe_psql('postgres', "CREATE TABLESPACE small LOCATION '$disk'");
	$node->safe_psql('postgres', 'CREATE DATABASE small TABLESPACE small');
	$node->safe_psql('small', 'CREATE EXTENSION pg_prompt; SELECT prompt.install()');
	$node->safe_psql('small', "INSERT INTO prompt.prompt_templates (id, name, template_text) VALUES ('$template', 'greeting', 'Hello')");
	my ($full, $written) = (0, 0);
	for my $n (1 .. 400)
	{
		my $err = '';
		my $failed = $node->psql('small', qq{INSERT INTO prompt.prompt_executions (template_id, status, response_time_ms, response_text)
			SELECT '$template', 'success', n, string_agg(md5(random()::text), '') FROM generate_series(1, 50) AS n, generate_series(1, 100) AS m GROUP BY n},
			stderr => \$err);
		$failed ? $full++ : ($written += 50);
		die $err if $failed && $err !~ /No space left on device/;
		last if $full > 5;
	}
	cmp_ok($full, '>', 5, 'the disk was full');
	is($node->safe_psql('small', 'SELECT count(*) FROM prompt.prompt_executions'), $written, "a full disk: all $written acknowledged executions are there");
	is($node->safe_psql('small', 'SELECT * FROM prompt.verify_metrics()'), '', 'a full disk: the figures equal a recount');
	$node->safe_psql('small', 'DELETE FROM prompt.prompt_executions WHERE response_time_ms > 25');
	is($node->safe_psql('small', 'SELECT * FROM prompt.verify_metrics()'), '', 'and after making room');
	$node->safe_psql('postgres', 'DROP DATABASE small');
	$node->safe_psql('postgres', 'DROP TABLESPACE small');
}

$node->stop;
done_testing();
