-- SPDX-License-Identifier: MIT
-- How many times as long as on the engine an eval takes on the GPU and on the processor, by shape in the order of its
-- work; with the ends of both intervals. Above 1 the engine is ahead. Then the claim's bound at its shape.
CREATE TEMP TABLE shapes AS SELECT shape, row_number() OVER (ORDER BY max(gflop + 0.0), max(weight_mb + 0.0)) AS y, printf('%s, %.2g GFLOP', shape, max(gflop + 0.0)) AS words FROM samples
  WHERE shape <> '' GROUP BY shape;
CREATE TEMP TABLE evals AS SELECT arm, replace(metric, '_eval_ns', '') AS shape, median + 0.0 AS median, coalesce(nullif(ci_low, ''), median) + 0.0 AS low,
    coalesce(nullif(ci_high, ''), median) + 0.0 AS high, n FROM summary WHERE experiment = 'units' AND metric LIKE '%\_eval\_ns' ESCAPE '\' AND metric NOT LIKE '%first\_eval\_ns' ESCAPE '\' AND median <> '';
CREATE TEMP TABLE ratios AS SELECT u.arm, s.y, s.words, u.median / e.median AS ratio, u.low / e.high AS low, u.high / e.low AS high, min(u.n, e.n) AS n
  FROM evals u JOIN evals e ON e.shape = u.shape AND e.arm = 'ne' JOIN shapes s ON s.shape = u.shape WHERE u.arm <> 'ne';
SELECT 'times' AS a, 'the GPU (n = ' || coalesce(max(n), 0) || ' processes)' AS b FROM ratios WHERE arm = 'gpu';
SELECT ratio, y, low, high, words FROM ratios WHERE arm = 'gpu' ORDER BY y;
.print ""
.print ""
SELECT 'times' AS a, 'the processor (n = ' || coalesce(max(n), 0) || ' processes)' AS b FROM ratios WHERE arm = 'cpu';
SELECT ratio, y, low, high, words FROM ratios WHERE arm = 'cpu' ORDER BY y;
.print ""
.print ""
SELECT 'times' AS a, 'claimed of the GPU with a vector: below ' || (1 - margin / 100.0) AS b FROM findings WHERE finding = 'units.gpu-vector';
SELECT 1 - margin / 100.0, s.y FROM findings JOIN shapes s ON s.shape = 'vector' WHERE finding = 'units.gpu-vector';
