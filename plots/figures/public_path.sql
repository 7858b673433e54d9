-- SPDX-License-Identifier: MIT
-- How many times as long an eval takes by Core ML, of what it takes by the private framework: over the latter, for
-- shared and for copied inputs and outputs, with the ends of both intervals; then the claim's margin.
CREATE TEMP TABLE evals AS SELECT arm, replace(metric, '_eval_ns', '') AS shape, median + 0.0 AS median, coalesce(nullif(ci_low, ''), median) + 0.0 AS low,
    coalesce(nullif(ci_high, ''), median) + 0.0 AS high, n FROM summary WHERE experiment = 'public_path' AND metric LIKE '%\_eval\_ns' ESCAPE '\' AND metric NOT LIKE '%first\_eval\_ns' ESCAPE '\' AND median <> '';
CREATE TEMP TABLE ratios AS SELECT p.arm, p.shape, d.median / 1000 AS us, p.median / d.median AS ratio, p.low / d.high AS low, p.high / d.low AS high, min(p.n, d.n) AS n
  FROM evals p JOIN evals d ON d.shape = p.shape AND d.arm = 'direct' WHERE p.arm <> 'direct';
SELECT 'us' AS a, 'shared surfaces (n = ' || coalesce(max(n), 0) || ' processes)' AS b FROM ratios WHERE arm = 'public';
SELECT us, ratio, low, high, shape FROM ratios WHERE arm = 'public' ORDER BY us;
.print ""
.print ""
SELECT 'us' AS a, 'inputs and outputs copied (n = ' || coalesce(max(n), 0) || ' processes)' AS b FROM ratios WHERE arm = 'copied';
SELECT us, ratio, low, high, shape FROM ratios WHERE arm = 'copied' ORDER BY us;
.print ""
.print ""
SELECT 'us' AS a, 'claimed of the smallest: above ' || (1 + margin / 100.0) AS b FROM findings WHERE finding = 'public-path.small-slower';
SELECT (SELECT min(us) FROM ratios), 1 + margin / 100.0 FROM findings WHERE finding = 'public-path.small-slower' AND EXISTS (SELECT 1 FROM ratios);
SELECT (SELECT max(us) FROM ratios), 1 + margin / 100.0 FROM findings WHERE finding = 'public-path.small-slower' AND EXISTS (SELECT 1 FROM ratios);
