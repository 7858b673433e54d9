-- SPDX-License-Identifier: MIT
-- Windows of all processes; the median of each window over processes; the factor that makes the numbers
-- GFLOPS where all are small.
CREATE TEMP TABLE unit AS SELECT CASE WHEN max(tflops + 0.0) < 0.5 THEN 1000 ELSE 1 END AS factor FROM samples
  WHERE status = 'ok' AND tflops GLOB '[0-9]*' HAVING count(*) > 0;
CREATE TEMP TABLE windows AS SELECT "window" + 0 AS place, from_ns / 1e9 AS s, tflops * factor AS rate,
    row_number() OVER (PARTITION BY "window" + 0 ORDER BY tflops + 0.0) AS rank, count(*) OVER (PARTITION BY "window" + 0) AS n
  FROM samples, unit WHERE status = 'ok' AND tflops GLOB '[0-9]*';
SELECT 's' AS a, 'one window of one process (n = ' || count(*) || ' windows)' AS b FROM windows;
SELECT s, rate FROM windows;
.print ""
.print ""
SELECT 's' AS a, 'median over processes (n = ' || coalesce(max(n), 0) || ')' AS b FROM windows;
SELECT avg(s), avg(rate) FROM windows WHERE rank IN ((n + 1) / 2, (n + 2) / 2) GROUP BY place ORDER BY place;
.print ""
.print ""
SELECT 'factor' AS a;
SELECT factor FROM unit;
.print ""
.print ""
SELECT 's' AS a, 'the last quarter must stay above: ' || (100 - margin) || ' % of the first' AS b FROM findings WHERE finding = 'sustained.held';
SELECT x.s, median * factor * (1 - margin / 100.0) FROM findings, summary, unit, (SELECT min(s) AS s FROM windows UNION SELECT max(s) FROM windows) x
WHERE finding = 'sustained.held' AND summary.experiment = 'sustained' AND metric = 'first_quarter_tflops' AND median <> '' ORDER BY 1;
