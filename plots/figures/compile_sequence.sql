-- SPDX-License-Identifier: MIT
-- Three blocks of index and compile time in ms: cold compiles, cached ones, and the median of all
-- after the first with its interval, as a line from program 2 to the last.
CREATE TEMP TABLE compiles AS SELECT job, program + 0 AS program, compile_ns / 1e6 AS ms, cached FROM samples
  WHERE status = 'ok' AND compile_ns GLOB '[0-9]*';
SELECT 'index' AS a, 'one compile (n = ' || count(*) || ' in ' || count(DISTINCT job) || ' processes)' AS b FROM compiles WHERE cached = '0';
SELECT program, ms FROM compiles WHERE cached = '0';
.print ""
.print ""
SELECT 'index' AS a, 'answered from a cache (n = ' || count(*) || ')' AS b FROM compiles WHERE cached = '1';
SELECT program, ms FROM compiles WHERE cached = '1';
.print ""
.print ""
SELECT 'index' AS a, 'median from the second on, 95 % interval where n allows one (n = ' || n || ' ' || n_unit || ')' AS b
FROM summary WHERE program = 'compile_sequence' AND metric = 'later_compile_ns' AND median <> '';
SELECT x.i, median / 1e6, coalesce(nullif(ci_low, ''), median) / 1e6, coalesce(nullif(ci_high, ''), median) / 1e6
FROM summary, (SELECT 2 AS i UNION SELECT max(2, max(program)) FROM compiles) x
WHERE summary.program = 'compile_sequence' AND metric = 'later_compile_ns' AND median <> '' AND EXISTS (SELECT 1 FROM compiles);
