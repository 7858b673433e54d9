-- SPDX-License-Identifier: MIT
-- Two blocks on one axis: level, or 66, 67 (the A/A pair) and 69 (the known effect).
-- First raw ratios, thinned to some 40 a level; then median and interval over processes.
CREATE TEMP TABLE places(metric TEXT PRIMARY KEY, treatment TEXT, x REAL);
INSERT INTO places SELECT metric, substr(metric, 7), CASE
    WHEN metric GLOB 'ratio_qos_[0-9]*' THEN substr(metric, 11) + 0
    ELSE 66 + 1.5 * (row_number() OVER (PARTITION BY metric GLOB 'ratio_qos_[0-9]*' ORDER BY rowid) - 1) END
  FROM summary WHERE program = 'qos_sweep' AND arm = 'sweep' AND metric GLOB 'ratio_*';
CREATE TEMP TABLE raw AS SELECT p.x, s.ratio + 0.0 AS ratio, row_number() OVER (PARTITION BY p.x ORDER BY s.rowid) AS place,
    count(*) OVER (PARTITION BY p.x) AS n
  FROM samples s JOIN places p ON p.treatment = CASE s.treatment WHEN 'level' THEN 'qos_' || s.qos ELSE s.treatment END
  WHERE s.arm = 'sweep' AND s.status = 'ok' AND s.ratio <> '';
SELECT 'level' AS a, 'one batch of evals over its neighbours at level 21 (' || coalesce(max(n), 0) || ' a level)' AS b FROM raw;
SELECT x, ratio FROM raw WHERE place % (1 + n / 40) = 0;
.print ""
.print ""
SELECT 'level' AS a, 'median over processes, 95 % interval (n = ' || coalesce(max(n + 0), 0) || ' processes)' AS b
FROM summary WHERE program = 'qos_sweep' AND metric GLOB 'ratio_*';
SELECT p.x, s.median, coalesce(nullif(s.ci_low, ''), s.median), coalesce(nullif(s.ci_high, ''), s.median)
FROM summary s JOIN places p ON p.metric = s.metric WHERE s.program = 'qos_sweep' AND s.arm = 'sweep' AND s.median <> '' ORDER BY p.x;
.print ""
.print ""
SELECT 'margin' AS a, 'equivalence margin' AS b;
SELECT 1 - margin / 100.0, 1 + margin / 100.0 FROM findings WHERE finding = 'qos.no-latency-effect';
