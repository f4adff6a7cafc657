# The bridge between C++ and the server: errors leak nothing and leave the session usable, long work ends when
# it is asked to.

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use PgPromptTest;

my $node = start_node('boundary');

# ---- memory over failing calls ------------------------------------------------------------------------------

# What the backend holds, as the server counts it (kB in memory contexts) and as the kernel does (kB resident).
my $memory = q{
SELECT (SELECT sum(total_bytes) / 1024 FROM pg_backend_memory_contexts)::bigint || ' ' ||
       substring(pg_read_file('/proc/self/status') FROM 'VmRSS:\s*(\d+)');
};

# Each fails another way: in the parser, in the renderer, at a limit, in RE2, in an argument, in a guardrail.
my @failing = (
	q[SELECT prompt.render('Hello {{ name', '{"name": "Ada"}')],
	q[SELECT prompt.render('{% if x %}' || repeat('text ', 1000) || '{{ x | nosuchfilter }}', '{}')],
	q[SELECT prompt.render('{{ a }} {{ b }}', '{}', strict => true)],
	q[SET prompt.max_output_bytes = '1kB'; SELECT prompt.render('{{ x }}', jsonb_build_object('x', repeat('y', 5000)))],
	q[SELECT prompt.render('{{ x }}', '[1, 2]')],
	q[SELECT prompt.test_guardrail('regex', '{"pattern": "(unbalanced"}', 'content')],
	q[SELECT prompt.test_guardrail('nosuchtype', '{}', 'content')],
	q[SELECT prompt.assign_variant('salt', 'unit', ARRAY[50, -1]::float8[])],
	q[SELECT prompt.two_proportion_test(-1, 10, 5, 10)],
	q[SELECT * FROM prompt.get_active_prompt('no such prompt')],);

my $calls = 10_000;
my $script = '';
for my $round (1 .. 2 * $calls)
{
	my $statement = $failing[ $round % @failing ];
	# As many calls before the first reading as after it: caches fill, the heap finds its size.
	$script .= "\\echo memory\n$memory" if $round == $calls;
	$script .= "$statement;\n";
}
$script .= "\\echo memory\n$memory";
$script .= "\\echo alive\nRESET ALL; SELECT prompt.render('{{ x }}', '{\"x\": 42}');\n";

my ($stdout, $stderr);
$node->psql(
	'postgres', $script,
	stdout        => \$stdout,
	stderr        => \$stderr,
	on_error_stop => 0);
my $errors = () = $stderr =~ /^psql:.*?ERROR: /mg;
is($errors, 2 * $calls, "each of the calls failed, and failed as an SQL error");
unlike($stderr, qr/internal error|XX000|terminat|server closed/i,
	'none of them as an internal error');
my %said = map { $_ => 1 } $stderr =~ /ERROR:  (.*)/g;
cmp_ok(scalar(keys %said), '>=', scalar(@failing),
	'and each kind with a message of its own');
like($stdout, qr/alive\n42$/, 'the session goes on');

my @readings = $stdout =~ /memory\n(\d+ \d+)/g;
is(scalar @readings, 2, 'memory was read twice');
my ($contexts_before, $resident_before) = split / /, $readings[0];
my ($contexts_after,  $resident_after)  = split / /, $readings[1];
note("memory contexts: $contexts_before kB before, $contexts_after kB after $calls failing calls");
note("resident: $resident_before kB before, $resident_after kB after");
# 10,000 calls that lose 100 bytes each lose 1000 kB.
cmp_ok($contexts_after - $contexts_before,
	'<=', 256, "$calls failing calls leave nothing in the server's memory");
cmp_ok($resident_after - $resident_before,
	'<=', 900, "nor in the process");

# ---- cancelling ----------------------------------------------------------------------------------------------

# 400^4 steps: hours, unless it is stopped. It makes no output, so that no other limit ends it.
my $long_render = q{
SELECT prompt.render('{% for a in xs %}{% for b in xs %}{% for c in xs %}{% for d in xs %}{% endfor %}{% endfor %}{% endfor %}{% endfor %}',
                     jsonb_build_object('xs', (SELECT jsonb_agg(n) FROM generate_series(1, 400) AS n)));
};
my $no_step_limit = 'SET prompt.max_render_steps = 2147483647;';

my $started = milliseconds();
my $result  = $node->psql(
	'postgres', "$no_step_limit SET statement_timeout = '300ms'; $long_render",
	stderr  => \$stderr,
	timeout => 60);
my $took = milliseconds() - $started;
like($stderr, qr/canceling statement due to statement timeout/,
	'statement_timeout ends a long render');
note(sprintf 'statement_timeout of 300 ms ended it after %.0f ms, connecting included', $took);
cmp_ok($took, '<', 20_000, 'within a bound');

my $session = $node->background_psql('postgres', on_error_stop => 0, timeout => 60);
my $pid = $session->query('SELECT pg_backend_pid()');
$session->query($no_step_limit);
$session->query_until(qr/started/, "\\echo started\n$long_render\n\\echo ended\n");
ok( $node->poll_query_until(
		'postgres',
		"SELECT state = 'active' AND query LIKE '%prompt.render%' FROM pg_stat_activity WHERE pid = $pid"
	),
	'a long render runs');
$started = milliseconds();
$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
$session->query_until(qr/ended/, '');
$took = milliseconds() - $started;
like($session->{stderr}, qr/canceling statement due to user request/,
	'pg_cancel_backend ends it');
note(sprintf 'pg_cancel_backend ended it after %.0f ms, connecting included', $took);
cmp_ok($took, '<', 20_000, 'within a bound');
$session->{stderr} = '';
is($session->query('SELECT pg_backend_pid()'), $pid, 'in the same session');
is($session->query(q{SELECT prompt.render('{{ x }}', '{"x": "goes on"}')}), 'goes on', 'which goes on');
$session->quit;

# The step limit ends the same render without anyone's asking.
$node->psql('postgres', $long_render, stderr => \$stderr, timeout => 180);
like($stderr, qr/ERROR: .*step/, 'the step limit ends it, too');

# ---- large JSON texts ----------------------------------------------------------------------------------------

# 40 MB of JSON each, stored as they are: as strings, and, read by the complete reader, wrong at their end. Times are
# psql's own, of the statement alone.
$node->safe_psql(
	'postgres', q{
CREATE TABLE large (kind text, variables json);
ALTER TABLE large ALTER variables SET STORAGE EXTERNAL;
INSERT INTO large VALUES
	('objects', ('{"x": [' || repeat('{"name": "Zoë", "note": "a few words", "age": 41, "ok": true}, ', 650000) || '1]}')::json),
	('numbers', ('{"x": [' || repeat('1,', 20000000) || '1]}')::json),
	('escapes', ('{"x": "' || repeat('\\u00e9\\n', 5000000) || '"}')::json),
	('refused', ('{"x": [' || repeat('"a", ', 8000000) || '1e999]}')::json);
});
for my $kind (qw(objects escapes refused))
{
	my $timed = '';
	$node->psql(
		'postgres',
		"SELECT 1; SET statement_timeout = '20ms';\n\\timing on\n"
		  . "SELECT length(prompt.render('{% for i in range(100000) %}{{ x | length }}{% endfor %}', variables)) FROM large WHERE kind = '$kind';",
		stdout  => \$timed,
		stderr  => \$stderr,
		on_error_stop => 0,
		timeout => 60);
	like($stderr, qr/canceling statement due to statement timeout/, "statement_timeout ends the reading of 40 MB of $kind");
	my ($ms) = $timed =~ /Time: ([\d.]+) ms/;
	note("statement_timeout of 20 ms ended it after $ms ms");
	cmp_ok($ms, '<', 2_000, 'within a bound');
}
$node->psql('postgres', "SELECT prompt.render('{{ x | length }}', variables) FROM large WHERE kind = 'numbers'",
	stderr => \$stderr, timeout => 60);
like($stderr, qr/ERROR:  the memory limit of one rendering is exceeded/, 'values beyond the memory limit end it');

$node->stop;
done_testing();
