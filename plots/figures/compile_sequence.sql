-- SPDX-License-Identifier: MIT
-- Five blocks of index and compile time in ms: cold compiles, cached ones, the median of all after
-- the first with its interval, the rise that would count as degradation, and the observed rise,
-- through the median.
CREATE TEMP TABLE compiles AS SELECT job, program + 0 AS program, compile_ns / 1e6 AS ms, cached FROM samples
  WHERE status = 'ok' AND compile_ns GLOB '[0-9]*';
SELECT 'index' AS a, 'one compile (n = ' || count(*) || ' in ' || count(DISTINCT job) || iif(count(DISTINCT job) = 1, ' process)', ' processes)') AS b FROM compiles WHERE cached = '0';
SELECT program, ms FROM compiles WHERE cached = '0';
.print ""
.print ""
SELECT 'index' AS a, 'served from a cache (n = ' || count(*) || ')' AS b FROM compiles WHERE cached = '1';
SELECT program, ms FROM compiles WHERE cached = '1';
.print ""
.print ""
SELECT 'index' AS a, coalesce((SELECT 'median from the second on, 95 % interval (n = ' || n || ' ' || n_unit || ')'
  FROM summary_words WHERE experiment = 'compile_sequence' AND metric_id = 'later_compile_ns' AND median <> ''), '') AS b;
SELECT x.i, median / 1e6, coalesce(nullif(ci_low, ''), median) / 1e6, coalesce(nullif(ci_high, ''), median) / 1e6
FROM summary, (SELECT 2 AS i UNION SELECT max(2, max(program)) FROM compiles) x
WHERE summary.experiment = 'compile_sequence' AND metric = 'later_compile_ns' AND median <> '' AND EXISTS (SELECT 1 FROM compiles);
CREATE TEMP TABLE line AS SELECT median / 1e6 AS ms, x.i, (x.i - 1.0) / nullif((SELECT max(program) FROM compiles) - 1, 0) AS way
FROM summary, (SELECT 1 AS i UNION SELECT max(2, max(program)) FROM compiles) x
WHERE summary.experiment = 'compile_sequence' AND metric = 'later_compile_ns' AND median <> '' AND EXISTS (SELECT 1 FROM compiles);
.print ""
.print ""
SELECT 'index' AS a, 'would count as degradation: +' || margin || ' % over the sequence' AS b FROM findings WHERE finding = 'compile-sequence.no-degradation';
SELECT i, ms * (1 + margin / 100.0 * (way - 0.5)) FROM line, findings WHERE finding = 'compile-sequence.no-degradation' AND way IS NOT NULL ORDER BY i;
.print ""
.print ""
SELECT 'index' AS a, 'slope found: ' || format('%+.1f', measured) || ' %' || CASE WHEN ci_low = '' OR ci_high = '' THEN '' ELSE format(' (%+.1f to %+.1f)', ci_low, ci_high) END AS b
FROM verdicts WHERE finding = 'compile-sequence.no-degradation' AND measured GLOB '*[0-9]*';
SELECT i, ms * (1 + measured / 100.0 * (way - 0.5)) FROM line, verdicts WHERE finding = 'compile-sequence.no-degradation' AND measured GLOB '*[0-9]*' AND way IS NOT NULL ORDER BY i;
