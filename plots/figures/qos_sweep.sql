-- SPDX-License-Identifier: MIT
-- points: arm=sweep status=ok ratio!= Three blocks on one axis: level, or 66 and 68 (the A/A pair)
-- and 72 (the known effect). Raw ratios, at most about 3000 of them; median and interval over
-- processes; the equivalence margin, the axis, and the number of raw ratios in total and beyond it.
CREATE TEMP TABLE places(metric TEXT PRIMARY KEY, treatment TEXT, x REAL, median, ci_low, ci_high, n);
INSERT INTO places SELECT metric, substr(metric, 7), CASE
    WHEN metric GLOB 'ratio_qos_[0-9]*' THEN substr(metric, 11) + 0
    ELSE CASE row_number() OVER (PARTITION BY metric GLOB 'ratio_qos_[0-9]*' ORDER BY rowid) WHEN 1 THEN 66 WHEN 2 THEN 68 ELSE 72 END END,
    median, coalesce(nullif(ci_low, ''), median), coalesce(nullif(ci_high, ''), median), n
  FROM summary WHERE experiment = 'qos_sweep' AND arm = 'sweep' AND metric GLOB 'ratio_*' GROUP BY metric;
-- Single batches may be far out; the axis shows all medians with their intervals, and the band.
CREATE TEMP TABLE axis AS SELECT 1 - margin / 100.0 AS low, 1 + margin / 100.0 AS high,
    min(1 - 3 * margin / 100.0, coalesce(least - 0.01, 1)) AS bottom, max(1 + 3 * margin / 100.0, coalesce(most + 0.01, 1)) AS top
  FROM findings, (SELECT min(ci_low + 0.0) AS least, max(ci_high + 0.0) AS most FROM places WHERE median <> '')
  WHERE finding = 'qos.no-latency-effect';
CREATE TEMP TABLE counts AS SELECT count(*) AS n, coalesce(sum(ratio + 0.0 < bottom OR ratio + 0.0 > top), 0) AS n_beyond
  FROM samples, axis WHERE arm = 'sweep' AND status = 'ok' AND ratio GLOB '[0-9]*';
-- The same rows each time, spread over the run without regard to its rounds.
CREATE TEMP TABLE raw AS SELECT treatment, qos, ratio + 0.0 AS ratio FROM samples
  WHERE rowid * 2654435761 % 4294967296 * (SELECT n FROM counts) < 3000 * 4294967296
    AND arm = 'sweep' AND status = 'ok' AND ratio GLOB '[0-9]*';
SELECT 'level' AS a, 'one batch to its neighbours at 21 (n = ' || coalesce(points.n, counts.n) || ', ' ||
  (SELECT count(*) FROM raw) || ' drawn)' AS b FROM counts, points;
SELECT p.x, r.ratio FROM raw r JOIN places p ON p.treatment = CASE r.treatment WHEN 'level' THEN 'qos_' || r.qos ELSE r.treatment END, axis
WHERE r.ratio BETWEEN bottom AND top;
.print ""
.print ""
SELECT 'level' AS a, 'median over processes, 95 % interval (n = ' || coalesce(max(n + 0), 0) || ' processes)' AS b FROM places;
SELECT x, median, ci_low, ci_high FROM places WHERE median <> '' ORDER BY x;
.print ""
.print ""
SELECT 'margin' AS a, 'equivalence margin' AS b, 'bottom' AS c, 'top' AS d, 'n' AS e, 'beyond' AS f;
SELECT axis.*, counts.* FROM axis, counts WHERE n > 0 AND EXISTS (SELECT 1 FROM places WHERE median <> '');
