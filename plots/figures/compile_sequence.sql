-- SPDX-License-Identifier: MIT
-- Three blocks of index and compile time in ms: cold compiles, cached ones, and the median of all
-- after the first with its interval, as a line from program 2 to the last.
SELECT 'index' AS a, 'one compile (' || count(DISTINCT job) || ' processes)' AS b FROM samples WHERE status = 'ok' AND compile_ns <> '';
SELECT program, compile_ns / 1e6 FROM samples WHERE status = 'ok' AND compile_ns <> '' AND cached = '0';
.print ""
.print ""
SELECT 'index' AS a, 'answered from a cache' AS b;
SELECT program, compile_ns / 1e6 FROM samples WHERE status = 'ok' AND compile_ns <> '' AND cached = '1';
.print ""
.print ""
SELECT 'index' AS a, 'median from the second on, 95 % interval (n = ' || n || ' ' || n_unit || ')' AS b
FROM summary WHERE program = 'compile_sequence' AND metric = 'later_compile_ns';
SELECT x.i, median / 1e6, coalesce(nullif(ci_low, ''), median) / 1e6, coalesce(nullif(ci_high, ''), median) / 1e6
FROM summary, (SELECT 2 AS i UNION SELECT max(program + 0) FROM samples WHERE status = 'ok') x
WHERE summary.program = 'compile_sequence' AND metric = 'later_compile_ns' AND median <> '';
