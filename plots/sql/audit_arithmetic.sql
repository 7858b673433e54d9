-- SPDX-License-Identifier: MIT
-- Published numbers checked against each other: what a source states, and what follows from its
-- other numbers. Every number is read from results/published.csv; those of the formulas are shapes
-- of programs. Fills `arithmetic`: check_id, source, chip, what, stated, follows (numbers), unit,
-- tolerance (in percent of what follows), and how it follows.

CREATE TABLE arithmetic (check_id, source, chip, what, stated, follows, unit, tolerance, how);

CREATE VIEW number AS
SELECT rowid AS line, source, chip, os, experiment, config, metric, value + 0.0 AS value, unit FROM published WHERE value <> '';

-- A stack or single convolution: "96x conv 512ch sp64", "1x conv 512to256 sp64", "128x conv 512ch 64x64".
CREATE VIEW conv AS
SELECT *, 2e-9 * depth * n_in * n_out * positions AS gflop FROM (
  SELECT *, CAST(config AS INTEGER) AS depth, CAST(shape AS INTEGER) AS n_in,
    CASE WHEN shape GLOB '[0-9]*to[0-9]*' THEN CAST(substr(shape, instr(shape, 'to') + 2) AS INTEGER) ELSE CAST(shape AS INTEGER) END AS n_out,
    CASE WHEN instr(shape, ' sp') > 0 THEN CAST(substr(shape, instr(shape, ' sp') + 3) AS INTEGER) WHEN shape GLOB '*ch 64x64*' THEN 4096 END AS positions
  FROM (SELECT *, substr(config, instr(config, 'x conv ') + 7) AS shape FROM number
        WHERE config GLOB '[0-9]*x conv [0-9]*ch sp[0-9]*' OR config GLOB '[0-9]*x conv [0-9]*to[0-9]* sp[0-9]*' OR config GLOB '[0-9]*x conv [0-9]*ch 64x64*'))
WHERE positions > 0;

-- Throughput versus latency, source by source: the number of rows that agree to 3 % or to their
-- last digit.
INSERT INTO arithmetic
SELECT 'throughput-latency', source, group_concat(DISTINCT chip), 'rows whose throughput follows from their latency', sum(agrees), count(*), 'rows', 0,
  '2 x depth x in x out x positions / latency' || coalesce('; not ' || min(CASE WHEN NOT agrees THEN chip || ' ' || config || ': ' || format('%.4g for %.4g', stated, follows) END), '')
FROM (SELECT *, abs(stated - follows) <= max(0.03 * follows, digit) AS agrees FROM (
  SELECT t.source, t.chip, t.config, t.value AS stated, t.gflop / l.value AS follows,
    CASE WHEN t.value = round(t.value) THEN 0.5 WHEN t.value = round(t.value, 1) THEN 0.06 ELSE 0.006 END AS digit
  FROM conv t JOIN conv l ON l.source = t.source AND l.chip = t.chip AND l.os = t.os AND l.experiment = t.experiment AND l.config = t.config
  WHERE l.value > 0 AND ((t.metric = 'throughput' AND l.metric = 'eval_latency') OR
    (t.metric = 'throughput_fp16' AND l.metric = 'eval_latency_fp16') OR (t.metric = 'throughput_int8' AND l.metric = 'eval_latency_int8'))
  GROUP BY t.line HAVING min(abs(t.value - t.gflop / l.value)) >= 0)) -- of runs of one configuration the nearest
GROUP BY source;

-- Percentages of 15.8 TFLOPS versus the throughput next to them.
INSERT INTO arithmetic
SELECT 'utilisation-of-15.8', u.source, u.chip, 'utilisation of ' || u.config, u.value, 100 * t.value / 15.8, '%', 6,
  format('%g TFLOPS of 15.8, the rating of M2 and M3%s', t.value, CASE WHEN u.chip GLOB 'M[23]*' THEN '' ELSE ', not of ' || u.chip END)
FROM number u JOIN number t ON t.source = u.source AND t.chip = u.chip AND t.experiment = u.experiment AND t.config = u.config
WHERE u.metric = 'utilisation_of_15.8' AND t.metric IN ('throughput', 'throughput_ane') AND u.source NOT LIKE 'maderix/ANE#23' GROUP BY u.line
HAVING abs(u.value - 100 * t.value / 15.8) > 0.06 * 100 * t.value / 15.8;

-- Shares of wall time versus the times.
INSERT INTO arithmetic
SELECT 'compile-share', s.source, s.chip, 'share of compiling in ' || s.config, s.value, 100 * c.value / w.value, '%', 3,
  format('%g of %g %s', c.value, w.value, w.unit)
FROM number s JOIN number c ON c.source = s.source AND c.chip = s.chip AND c.config = s.config AND c.metric = 'compile_time_total'
  JOIN number w ON w.source = s.source AND w.chip = s.chip AND w.config = s.config AND w.metric = 'wall_time' AND w.unit = c.unit
WHERE s.metric = 'compile_share_of_wall' GROUP BY s.line;
INSERT INTO arithmetic
SELECT 'shares-sum', a.source, a.chip, 'shares of compiling and training in ' || a.config || ': at most', 100, a.value + b.value, '%', 1,
  format('%g + %g', a.value, b.value)
FROM number a JOIN number b ON b.source = a.source AND b.chip = a.chip AND b.config = a.config AND b.metric = 'train_share_of_wall'
WHERE a.metric = 'compile_share_of_wall' GROUP BY a.line HAVING a.value + b.value > 101;

-- Stories110M: the floating-point operations of one training step, from its shape.
CREATE VIEW step_gflop AS
SELECT (2 * forward + attention) / 1e9 AS engine, (3 * forward + attention + 3 * 2.0 * vocab * dim * seq) / 1e9 AS total FROM (
  SELECT *, layers * (8.0 * dim * dim * seq + 6.0 * dim * hidden * seq) AS forward, layers * 2.0 * heads * 5 * seq * seq * head AS attention
  FROM (SELECT 12 AS layers, 768 AS dim, 2048 AS hidden, 12 AS heads, 64 AS head, 256 AS seq, 32000 AS vocab));

-- Throughput of the engine in training versus its step: the engine does at least the forward and
-- input-gradient part, at most all of the step.
INSERT INTO arithmetic
SELECT 'step-throughput', t.source, t.chip, 'engine throughput of ' || t.config || ': at most', t.value, (SELECT total FROM step_gflop) / s.value, 'TFLOPS', 3,
  format('all %.1f GFLOP of a step / %g ms', (SELECT total FROM step_gflop), s.value)
FROM number t JOIN number s ON s.source = t.source AND s.chip = t.chip AND s.metric = 'ms_per_step'
  AND (s.config = t.config OR t.config = s.config || ' (sample log)')
WHERE t.experiment = 'train_static' AND t.metric = 'throughput_ane' GROUP BY t.line HAVING t.value > 1.03 * (SELECT total FROM step_gflop) / s.value;

-- ---- maderix/ANE#23 ----
CREATE VIEW pr AS SELECT experiment, metric, config, value FROM number WHERE source = 'maderix/ANE#23';
CREATE VIEW pr_numbers AS SELECT
  (SELECT value FROM pr WHERE experiment = 'pure_eval' AND metric = 'eval_latency') AS eval_ms,
  (SELECT value FROM pr WHERE experiment = 'pure_eval' AND metric = 'total_time') AS evals_ms,
  (SELECT value FROM pr WHERE experiment = 'pure_eval' AND metric = 'throughput') AS eval_tflops,
  (SELECT value FROM pr WHERE experiment = 'ping_pong' AND metric = 'total_time') AS pairs_ms,
  (SELECT value FROM pr WHERE experiment = 'ping_pong' AND metric = 'overhead_vs_single') AS pairs_pct,
  (SELECT value FROM pr WHERE experiment = 'overlap' AND metric = 'background_compile') AS overlap_ms,
  (SELECT value FROM pr WHERE experiment = 'overlap' AND metric = 'foreground_evals_during_compile') AS overlap_evals,
  (SELECT value FROM pr WHERE experiment = 'overlap' AND metric = 'evals_per_compile') AS overlap_ratio,
  (SELECT value FROM pr WHERE metric = 'compile_per_step') AS compile_ms,
  (SELECT value FROM pr WHERE metric = 'train_eval_per_step') AS step_ms,
  (SELECT value FROM pr WHERE metric = 'compile_share_of_wall') AS share_pct,
  (SELECT value FROM pr WHERE experiment = 'train_before' AND metric = 'throughput') AS before_tflops,
  (SELECT value FROM pr WHERE experiment = 'train_before' AND metric = 'utilisation_of_15.8') AS before_pct,
  (SELECT value FROM pr WHERE experiment = 'train_double_buffer' AND metric = 'throughput') AS after_tflops,
  (SELECT value FROM pr WHERE experiment = 'train_double_buffer' AND metric = 'utilisation_of_15.8') AS after_pct,
  (SELECT value FROM pr WHERE experiment = 'compile_time' AND metric = 'compile_time_min') AS one_low_ms,
  (SELECT value FROM pr WHERE experiment = 'compile_limit' AND metric = 'limit_high') AS limit_high,
  (SELECT value FROM pr WHERE experiment = 'compile_limit' AND metric = 'configured_budget') AS budget,
  (SELECT value FROM number WHERE source = 'maderix/ANE training README' AND config LIKE '%static baseline%' AND metric = 'ms_per_step' LIMIT 1) AS static_ms,
  (SELECT value FROM number WHERE source = 'maderix/ANE training README' AND config LIKE '%static baseline%' AND metric = 'kernels_per_start' LIMIT 1) AS kernels,
  (SELECT max(value) FROM number WHERE experiment = 'vendor_rating' AND chip = 'M4' AND metric = 'rated') AS rating;
INSERT INTO arithmetic
SELECT 'pr23-eval', 'maderix/ANE#23', 'M4', 'one eval alone', eval_ms, evals_ms / 1000, 'ms', 1, format('%g ms for 1000', evals_ms) FROM pr_numbers UNION ALL
SELECT 'pr23-eval-throughput', 'maderix/ANE#23', 'M4', 'throughput of that eval', 1000 * eval_tflops, 2e-6 * 128 * 128 * 64 / eval_ms, 'GFLOPS', 1, format('2 x 128 x 128 x 64 / %g ms', eval_ms) FROM pr_numbers UNION ALL
SELECT 'pr23-ping-pong', 'maderix/ANE#23', 'M4', 'overhead of alternating (the text says near zero)', pairs_pct, 100 * (pairs_ms / 1000 / eval_ms - 1), '%', 5, format('%g ms for 500 pairs against %g ms an eval', pairs_ms, eval_ms) FROM pr_numbers UNION ALL
SELECT 'pr23-overlap-evals', 'maderix/ANE#23', 'M4', 'evals in one compile', overlap_ratio, overlap_evals, 'evals', 5, format('%g counted in %g ms', overlap_evals, overlap_ms) FROM pr_numbers UNION ALL
SELECT 'pr23-overlap-free', 'maderix/ANE#23', 'M4', 'an eval during a compile, if that costs it nothing', eval_ms, overlap_ms / overlap_evals, 'ms', 5, format('%g ms / %g evals', overlap_ms, overlap_evals) FROM pr_numbers UNION ALL
SELECT 'pr23-share-step', 'maderix/ANE#23', 'M4', 'share of compiling, by step', share_pct, 100 * compile_ms / (compile_ms + step_ms), '%', 2, format('%g / (%g + %g)', compile_ms, compile_ms, step_ms) FROM pr_numbers UNION ALL
SELECT 'pr23-share-batch', 'maderix/ANE#23', 'M4', 'share of compiling, by batch of 10 steps', share_pct, 100 * compile_ms / (compile_ms + 10 * step_ms), '%', 2, format('%g / (%g + 10 x %g)', compile_ms, compile_ms, step_ms) FROM pr_numbers UNION ALL
SELECT 'pr23-compile', 'maderix/ANE#23', 'M4', 'compiling the weights of one update: at least', compile_ms, 60 * one_low_ms, 'ms', 10, format('60 programs of %g ms each, as it measured one', one_low_ms) FROM pr_numbers UNION ALL
SELECT 'pr23-sustained', 'maderix/ANE#23', 'M4', 'TFLOPS sustained in training', after_tflops, engine / static_ms, 'TFLOPS', 10, format('%.1f GFLOP of a step on the engine / %g ms, the step of the same trainer on M4', engine, static_ms) FROM pr_numbers, step_gflop UNION ALL
SELECT 'pr23-step', 'maderix/ANE#23', 'M4', 'a step at that rate', step_ms, engine / after_tflops, 'ms', 10, format('%.1f GFLOP on the engine / %g TFLOPS', engine, after_tflops) FROM pr_numbers, step_gflop UNION ALL
SELECT 'pr23-before', 'maderix/ANE#23', 'M4', 'utilisation before', before_pct, 100 * before_tflops / 15.8, '%', 5, format('%g TFLOPS of 15.8, the rating of M2 and M3', before_tflops) FROM pr_numbers UNION ALL
SELECT 'pr23-after', 'maderix/ANE#23', 'M4', 'utilisation after', after_pct, 100 * after_tflops / 15.8, '%', 5, format('%g TFLOPS of 15.8, the rating of M2 and M3', after_tflops) FROM pr_numbers UNION ALL
SELECT 'pr23-rating', 'maderix/ANE#23', 'M4', 'utilisation after, of the rating of its own chip', after_pct, 100 * after_tflops / rating, '%', 5, format('%g TFLOPS of %g TOPS, which is for int8', after_tflops, rating) FROM pr_numbers UNION ALL
SELECT 'pr23-limit', 'maderix/ANE#23', 'M4', 'upper end of the limit (its own counter, no limit that was met)', limit_high, kernels + 60, 'programs', 0, format('%g at start + 60 of the first update', kernels) FROM pr_numbers UNION ALL
SELECT 'pr23-budget', 'maderix/ANE#23', 'M4', 'compiles that its trainer allows itself: at most', budget, limit_high, 'programs', 0, 'the limit that it states' FROM pr_numbers;

-- ---- others ----
INSERT INTO arithmetic
SELECT 'path-reduction', r.source, r.chip, 'time saved by ' || r.config, r.value, 100 * (1 - p.value / s.value), '%', 5, format('%g against %g ms', p.value, s.value)
FROM number r JOIN number p ON p.source = r.source AND p.config = r.config AND p.metric = 'eval_latency'
  JOIN number s ON s.source = r.source AND s.config = 'evaluateWithQoS' AND s.metric = 'eval_latency'
WHERE r.experiment = 'eval_path' AND r.metric = 'reduction' UNION ALL
SELECT 'path-speedup', r.source, r.chip, r.config, r.value, s.value / p.value, 'x', 2, format('%g against %g ms', p.value, s.value)
FROM number r JOIN number p ON p.source = r.source AND p.config = r.config AND p.metric = 'eval_latency'
  JOIN number s ON s.source = r.source AND s.config LIKE '%standard' AND s.config LIKE substr(r.config, 1, instr(r.config, ';')) || '%' AND s.metric = 'eval_latency'
WHERE r.metric = 'speedup_vs_standard' AND r.value <> 1 UNION ALL
SELECT 'int8-speedup', r.source, r.chip, r.config, r.value, b.value / a.value, 'x', 2, format('%g against %g TOPS', b.value, a.value)
FROM number r JOIN number a ON a.source = r.source AND a.config = r.config AND a.chip = r.chip AND a.metric = 'throughput_fp16'
  JOIN number b ON b.source = r.source AND b.config = r.config AND b.chip = r.chip AND b.metric = 'throughput_int8'
WHERE r.metric = 'speedup_int8' UNION ALL
SELECT 'reload-step', t.source, t.chip, t.config, t.value, a.value + b.value, t.unit, 1, format('%g + %g', a.value, b.value)
FROM number t JOIN number a ON a.source = t.source AND a.config = t.config AND a.metric = 'recompile_per_step'
  JOIN number b ON b.source = t.source AND b.config = t.config AND b.metric = 'compute_per_step' WHERE t.metric = 'total_per_step' UNION ALL
SELECT 'reload-share', t.source, t.chip, t.config, t.value, 100 * a.value / b.value, '%', 1, format('%g of %g ms', a.value, b.value)
FROM number t JOIN number a ON a.source = t.source AND a.config = t.config AND a.metric = 'recompile_per_step'
  JOIN number b ON b.source = t.source AND b.config = t.config AND b.metric = 'total_per_step' WHERE t.metric = 'recompile_share' UNION ALL
SELECT 'sustained-evals', t.source, t.chip, 'sustained throughput', t.value, e.value * 2e-12 * 768 * 768 * 256 / 10, 'TFLOPS', 10, format('%g evals of 768 channels at 256 positions in 10 s', e.value)
FROM number e JOIN number t ON t.source = e.source AND t.chip = e.chip AND t.experiment = 'sustained' AND t.metric = 'throughput' WHERE e.experiment = 'sustained' AND e.metric = 'evaluations' UNION ALL
SELECT 'above-rating', t.source, t.chip, t.config || ': at most', t.value, (SELECT max(value) FROM number WHERE experiment = 'vendor_rating' AND metric = 'rated'), 'TFLOPS', 0, 'the highest rating of any chip here, which is for int8'
FROM number t WHERE t.metric LIKE 'throughput%' AND t.unit = 'TFLOPS' AND t.value > (SELECT max(value) FROM number WHERE experiment = 'vendor_rating' AND metric = 'rated');
