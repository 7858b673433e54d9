-- SPDX-License-Identifier: MIT
-- Rows of results/published.csv about a quantity, as `figures`.
CREATE TABLE figures (quantity, chip, basis, source, value REAL, low REAL, high REAL, n, note);

CREATE TEMP VIEW numbers AS SELECT source, chip, experiment, config, metric, unit, note, value + 0.0 AS value FROM published
WHERE value GLOB '*[0-9]*' AND value NOT GLOB '*[^0-9.eE+-]*' AND value + 0 > 0 AND chip IN (SELECT chip FROM chips);

INSERT INTO figures (quantity, chip, basis, source, value, note)
SELECT 'peak', chip, 'published', source, max(value), experiment || ', ' || config FROM numbers
WHERE metric = 'throughput' AND unit = 'TFLOPS' AND experiment IN ('inmem_peak', 'conv_single', 'sram_probe', 'sram_bench', 'peak')
GROUP BY chip, source;

INSERT INTO figures (quantity, chip, basis, source, value, note)
SELECT 'compile', chip, 'published', source, value, config FROM numbers
WHERE metric IN ('compile_time', 'compile_time_min', 'compile_time_max') AND unit = 'ms' AND experiment NOT LIKE 'train%'
  AND config NOT GLOB '*[0-9] kernels' AND config NOT GLOB '*[0-9] dynamic kernels' AND config NOT GLOB '*programs at start'
  AND config NOT GLOB '* start' AND config NOT GLOB 'first *'
UNION ALL
SELECT 'compile', chip, 'published', source, value / 60, '60 kernels, a sixtieth: ' || config FROM numbers
WHERE metric = 'compile_time_60_kernels' AND unit = 'ms';

INSERT INTO figures (quantity, chip, basis, source, value, note)
SELECT 'eval', chip, 'published', source, min(value), experiment || ', ' || config FROM numbers
WHERE metric = 'eval_latency' AND unit = 'ms' AND experiment NOT IN ('cpu_vs_ane', 'coreml_lm_head', 'e5_custom_mil')
  AND config NOT LIKE 'minimum seen%' -- the single luckiest eval
GROUP BY chip, source;

INSERT INTO figures (quantity, chip, basis, source, value, note)
SELECT 'step', chip, 'published', source, value, CASE experiment WHEN 'train_static' THEN 'weights in the programs' ELSE 'weights as inputs' END || ': ' || config
FROM numbers WHERE metric = 'ms_per_step' AND experiment IN ('train_static', 'train_dynamic') AND config LIKE 'Stories110M%';

INSERT INTO figures (quantity, chip, basis, source, value, note)
SELECT 'stream', chip, 'published', source, max(value), config FROM numbers
WHERE experiment = 'weight_stream' AND metric = 'bandwidth' AND unit = 'GB/s' AND config NOT LIKE 'activations%' GROUP BY chip, source
UNION ALL -- whose watts they are, a metric's name or a row's note begins with
SELECT 'power', chip, 'published', source, max(watts), config FROM (
  SELECT chip, source, config, CASE unit WHEN 'mW' THEN value / 1000 ELSE value END AS watts FROM numbers
  WHERE experiment = 'power' AND unit IN ('mW', 'W')
    AND (metric = 'ane_power' OR (metric = 'power' AND note LIKE 'engine,%') OR (metric = 'power_max' AND config LIKE 'ANE rail%'))) GROUP BY chip, source
UNION ALL
SELECT 'package_power', chip, 'published', source, max(watts), config FROM (
  SELECT chip, source, config, CASE unit WHEN 'mW' THEN value / 1000 ELSE value END AS watts FROM numbers
  WHERE experiment = 'power' AND metric = 'package_power' AND unit IN ('mW', 'W') AND config NOT LIKE '%whole system%') GROUP BY chip, source
UNION ALL
SELECT divisor || '_efficiency', chip, 'published', source, max(value) / 1000, config FROM (
  SELECT chip, source, config, value, CASE WHEN note LIKE '%of the whole package%' THEN 'package' WHEN note LIKE '%per watt of the engine%' THEN 'engine' END AS divisor FROM numbers
  WHERE experiment IN ('power', 'roofline') AND metric = 'efficiency' AND unit = 'GFLOPS/W' AND config NOT LIKE '%GPU%'
    AND note NOT LIKE 'later corrected%' AND note NOT LIKE 'operations, not FLOP%') WHERE divisor IS NOT NULL GROUP BY divisor, chip, source
UNION ALL
SELECT 'decode', chip, 'published', source, max(value), config FROM numbers WHERE metric = 'decode_rate' AND unit = 'tok/s' AND note NOT LIKE 'not the engine%' GROUP BY chip, source
UNION ALL
SELECT 'other_decode', chip, 'published', source, max(value), config FROM numbers WHERE metric = 'decode_rate' AND unit = 'tok/s' AND note LIKE 'not the engine%' GROUP BY chip, source
UNION ALL
SELECT 'wake', chip, 'published', source, max(value), config FROM numbers
WHERE experiment = 'idle_wake' AND metric LIKE 'eval_latency%' AND unit = 'ms' AND config LIKE '%s idle' GROUP BY chip, source;

-- What a simulated engine of the chip predicts, from other chips' training rows.
INSERT INTO figures (quantity, chip, basis, source, value, n, note)
SELECT 'step', chip, 'simulated', 'aneprobe plan', predicted_ms + 0.0, '', CASE quantity WHEN 'static_step_ms' THEN 'weights in the programs' ELSE 'weights as inputs' END
FROM predicted WHERE left_out = 'chip' AND quantity IN ('static_step_ms', 'dynamic_step_ms') AND predicted_ms <> '' AND chip IN (SELECT chip FROM chips);

-- Parts of one published step a chip and source: that of the middle row by the engine's part, not an average.
CREATE TABLE parts (chip, source, config, part, value REAL);
INSERT INTO parts
SELECT chip, source, config, CASE metric WHEN 't_ane' THEN 'engine' WHEN 't_io' THEN 'copies' WHEN 't_cls' THEN 'classifier'
    WHEN 't_elem' THEN 'elementwise' WHEN 't_rms' THEN 'norms' ELSE 'waiting for gradients' END, value
FROM numbers JOIN (
  SELECT chip, source, config FROM (
    SELECT chip, source, config, row_number() OVER middle AS place, count(*) OVER (PARTITION BY chip, source) AS n
    FROM numbers WHERE metric = 't_ane' AND experiment = 'train_static'
    WINDOW middle AS (PARTITION BY chip, source ORDER BY value)) WHERE place = (n + 1) / 2) USING (chip, source, config)
WHERE metric IN ('t_ane', 't_io', 't_cls', 't_elem', 't_rms', 't_cblas_wait');
CREATE TABLE part_steps AS SELECT chip, source, config, max(value) AS step FROM numbers WHERE metric = 'ms_per_step' GROUP BY chip, source, config;
