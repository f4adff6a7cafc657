-- Tests on sufficient statistics; the values' oracles are in test/unit/experiment and test/conformance.
\set SHOW_CONTEXT never
SET extra_float_digits = -3;
SELECT difference, statistic, p_value, lift FROM prompt.two_proportion_test(8502, 44700, 8279, 45489);
SELECT statistic, p_value FROM prompt.two_proportion_test(20034, 44700, 20119, 45489);
SELECT * FROM prompt.two_proportion_test(0, 10, 3, 10);
SELECT * FROM prompt.two_proportion_test(0, 0, 3, 10);
SELECT difference, statistic, p_value, lift FROM prompt.welch_test(10, .75, 3.200556, 10, 2.33, 4.009);
SELECT * FROM prompt.welch_test(1, 1, 0, 10, 2, 1);
SELECT round(statistic::numeric, 4) AS statistic, df, round(p_value::numeric, 6) AS p, round(sequential_p::numeric, 6) AS sequential_p, alarm
  FROM prompt.srm_test('{5000, 5300}', '{50, 50}');
SELECT alarm FROM prompt.srm_test('{44700, 45489}', '{50, 50}');

-- Bad input.
SELECT * FROM prompt.two_proportion_test(11, 10, 3, 10);
SELECT * FROM prompt.two_proportion_test(-1, 10, 3, 10);
SELECT * FROM prompt.two_proportion_test(1, 10, 3, 10, 1);
SELECT * FROM prompt.welch_test(10, 'NaN', 1, 10, 1, 1);
SELECT * FROM prompt.welch_test(10, 1, 'infinity', 10, 1, 1);
SELECT * FROM prompt.srm_test('{1, 2}', '{1, 2, 3}');
SELECT * FROM prompt.srm_test('{1, null}', '{1, 2}');
SELECT * FROM prompt.srm_test('{{1, 2}, {3, 4}}', '{1, 2}');
