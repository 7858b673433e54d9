-- SPDX-License-Identifier: MIT
-- points: status=ok fp16_ns!= Single evals of both sides, in us; median with its interval over
-- processes; and the bound for int8 by the claim.
CREATE TEMP TABLE places AS SELECT arm, substr(metric, 1, 4) AS side, row_number() OVER (ORDER BY summary.rowid) AS x, median / 1000.0 AS median,
    coalesce(nullif(ci_low, ''), median) / 1000.0 AS low, coalesce(nullif(ci_high, ''), median) / 1000.0 AS high, n
  FROM summary WHERE experiment = 'int8' AND metric IN ('fp16_eval_ns', 'w8a8_eval_ns') AND median <> '';
CREATE TEMP TABLE raw AS SELECT arm, 'fp16' AS side, fp16_ns / 1000.0 AS us FROM samples WHERE status = 'ok' AND fp16_ns GLOB '[0-9]*' UNION ALL
  SELECT arm, 'w8a8', w8a8_ns / 1000.0 FROM samples WHERE status = 'ok' AND w8a8_ns GLOB '[0-9]*';
SELECT 'place' AS a, 'one eval (n = ' || coalesce((SELECT n FROM points), count(*)) || ')' AS b FROM raw;
SELECT p.x, r.us FROM raw r JOIN places p ON p.arm = r.arm AND p.side = r.side;
.print ""
.print ""
SELECT 'place' AS a, 'median over processes, 95 % interval' AS b;
SELECT x, median, low, high, arm || ' ' || side || char(92) || 'nn = ' || n FROM places ORDER BY x;
.print ""
.print ""
SELECT 'place' AS a, 'int8 must be below: fp16 / ' || (1 + margin / 100.0) AS b FROM findings WHERE finding = 'int8.faster';
SELECT w.x, f.median / (1 + margin / 100.0) FROM places f JOIN places w ON w.arm = f.arm AND w.side = 'w8a8' AND f.side = 'fp16', findings WHERE finding = 'int8.faster';
