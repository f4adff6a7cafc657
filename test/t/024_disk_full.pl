# A full disk, under writers: that of the data, when statements fail, and that of the log, when the server goes down.
# Afterwards every acknowledged execution is there and every figure is right.
#
# ACCIDENT_SMALL_DISK=directory is where: on a file system of 64 to 200 MB that the server's user may write to (script/test makes one
# when it may: mount -t tmpfs -o size=100m). ACCIDENT_ROUNDS=20 is how often (2 by default).

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

my $rounds = $ENV{ACCIDENT_ROUNDS} // 2;
my $disk   = $ENV{ACCIDENT_SMALL_DISK};
plan skip_all => 'ACCIDENT_SMALL_DISK names no small disk' unless $disk && -d $disk;

# Takes what is left but $kilobytes; the writers take some meanwhile.
sub fill_disk
{
	my ($kilobytes) = @_;
	while (1)
	{
		my ($free) = (split ' ', (split /\n/, `df -k --output=avail $disk`)[1]);
		return if $free <= $kilobytes || !system('fallocate', '-l', ($free - $kilobytes) . 'K', "$disk/ballast");
	}
}

# Statements fail, $what names them; the writers go on until enough have.
sub wait_for_failures
{
	my ($writers, $pattern) = @_;
	for (1 .. 600)
	{
		return 1 if $writers->errors =~ $pattern;
		Time::HiRes::usleep(100_000);
	}
	return 0;
}

# ---- the disk of the data --------------------------------------------------------------------------------------------------

{
	my $node = start_node('data', 'max_connections = 40');
	mkdir "$disk/data" or die $!;
	$node->safe_psql('postgres', "CREATE TABLESPACE small LOCATION '$disk/data'");
	$node->safe_psql('postgres', 'CREATE DATABASE small TABLESPACE small');
	$node->safe_psql('small', 'CREATE EXTENSION pg_prompt; SELECT prompt.install()');
	Writers::prepare($node, 'small');
	my $writers = Writers->new($node, 'small', 8, 2000);
	for my $round (1 .. $rounds)
	{
		$writers->start;
		$writers->wait_for_rows(200);
		fill_disk(1000);
		ok(wait_for_failures($writers, qr/No space left on device/), "full disk, round $round: statements fail");
		$writers->stop;
		# Without any room the server may not even take a connection (it writes its init file).
		unlink "$disk/ballast";
		$writers->check("full disk, round $round");
		is($node->safe_psql('small', q{
				INSERT INTO prompt.prompt_executions (template_id, status) SELECT template_id, 'success' FROM prompt.prompt_executions LIMIT 100;
				SELECT count(*) FROM prompt.verify_metrics()}),
			'0', "full disk, round $round: with room it goes on");
		$node->safe_psql('small', 'TRUNCATE prompt.prompt_executions');
		$writers->{acknowledged} = {};
	}
	$node->stop;
	system_or_bail('rm', '-r', "$disk/data");
}

# ---- the disk of the log --------------------------------------------------------------------------------------------------

{
	my $node = PostgreSQL::Test::Cluster->new('wal');
	$node->init(allows_streaming => 1, extra => [ '--wal-segsize=1', '-X', "$disk/wal" ]);
	$node->append_conf('postgresql.conf', "max_connections = 40\nmax_wal_size = 1GB\nmin_wal_size = 2MB");
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION pg_prompt; SELECT prompt.install()');
	Writers::prepare($node, 'postgres');
	my $writers = Writers->new($node, 'postgres', 8, 2000);
	for my $round (1 .. $rounds)
	{
		my $before = -s $node->logfile;
		$writers->start;
		$writers->wait_for_rows(200);
		fill_disk($round % 2 ? 0 : 3000);
		ok(wait_for_failures($writers, qr/server closed the connection|terminating connection/), "full log, round $round: the server goes down");
		$writers->stop;
		like(slurp_file($node->logfile, $before), qr/PANIC:.*No space left on device/, "full log, round $round: for want of room");
		$node->stop('immediate', fail_ok => 1);
		unlink "$disk/ballast";
		$node->start;
		$writers->check("full log, round $round");
		$node->safe_psql('postgres', 'CHECKPOINT; CHECKPOINT');
	}
	$node->stop;
	system_or_bail('rm', '-r', "$disk/wal");
}

done_testing();
