-- SPDX-License-Identifier: MIT
-- points: status=ok tflops!=
-- Four blocks by configuration: single evals in TFLOPS (at most some 1500), median with its
-- interval over processes; the factor that makes the numbers GFLOPS
-- where all are small; what was published for an M4 with its margin, where that is on the same scale.
CREATE TEMP TABLE unit AS SELECT CASE WHEN max(median + 0.0) < 0.5 THEN 1000 ELSE 1 END AS factor
  FROM summary WHERE experiment = 'peak' AND metric = 'tflops' AND median <> '' HAVING count(*) > 0;
CREATE TEMP TABLE places AS SELECT arm, row_number() OVER (ORDER BY summary.rowid) AS x, median * factor AS median,
    coalesce(nullif(ci_low, ''), median) * factor AS low, coalesce(nullif(ci_high, ''), median) * factor AS high, n
  FROM summary, unit WHERE experiment = 'peak' AND metric = 'tflops' AND median <> '';
CREATE TEMP TABLE raw AS SELECT arm, tflops + 0.0 AS tflops, rowid AS place FROM samples WHERE status = 'ok' AND tflops GLOB '[0-9]*';
SELECT 'configuration' AS a, 'one eval (n = ' || coalesce((SELECT n FROM points), count(*)) || ')' AS b FROM raw;
SELECT p.x, r.tflops * factor FROM raw r JOIN places p ON p.arm = r.arm, unit
WHERE r.place * 2654435761 % 4294967296 * (SELECT count(*) FROM raw) < 1500 * 4294967296;
.print ""
.print ""
SELECT 'configuration' AS a, 'median over processes, 95 % interval' AS b;
SELECT x, median, low, high, arm || ', n = ' || n FROM places ORDER BY x;
.print ""
.print ""
SELECT 'factor' AS a;
SELECT factor FROM unit;
.print ""
.print ""
SELECT 'configuration' AS a, 'published for M4, with the margin' AS b, '' AS c FROM findings WHERE finding = 'peak.512ch-96x';
SELECT x, published * factor, published * factor * margin / 100.0 FROM findings JOIN places ON finding = 'peak.' || arm, unit
WHERE published * factor < 3 * (SELECT max(median) FROM places);
