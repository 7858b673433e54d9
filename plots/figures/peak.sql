-- SPDX-License-Identifier: MIT
-- Three blocks by configuration: single evals in TFLOPS (thinned to some 60 each), median with its
-- interval over processes, and the values published for other chips as findings.csv has them.
CREATE TEMP TABLE places AS SELECT arm, row_number() OVER (ORDER BY rowid) AS x, median, ci_low, ci_high, n
  FROM summary WHERE program = 'peak' AND metric = 'tflops';
CREATE TEMP TABLE raw AS SELECT p.x, s.tflops + 0.0 AS tflops, row_number() OVER (PARTITION BY p.x ORDER BY s.rowid) AS place, count(*) OVER (PARTITION BY p.x) AS n
  FROM samples s JOIN places p ON p.arm = s.arm WHERE s.status = 'ok' AND s.tflops <> '';
SELECT 'configuration' AS a, 'one eval' AS b, 'arm' AS c;
SELECT x, tflops FROM raw WHERE place % (1 + n / 60) = 0;
.print ""
.print ""
SELECT 'configuration' AS a, 'median over processes, 95 % interval where n allows one (n = ' || coalesce(max(n + 0), 0) || ')' AS b FROM places;
SELECT x, median, coalesce(nullif(ci_low, ''), median), coalesce(nullif(ci_high, ''), median), arm FROM places ORDER BY x;
