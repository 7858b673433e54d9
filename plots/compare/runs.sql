-- SPDX-License-Identifier: MIT
-- The runs' figures, next to the published ones. Tables of all runs: a column `run` and those of
-- the CSV file.
CREATE TEMP VIEW facts AS
SELECT r.run, r.path,
  coalesce((SELECT value FROM machine m WHERE m.run = r.run AND key = 'device'), '') AS device,
  coalesce((SELECT value FROM machine m WHERE m.run = r.run AND key = 'clock'), 'measured') AS clock,
  coalesce((SELECT value FROM machine m WHERE m.run = r.run AND key = 'stand_in'), '') AS stand_in,
  coalesce((SELECT nullif(value, '') FROM machine m WHERE m.run = r.run AND key = 'chip'), 'unknown chip') AS chip,
  coalesce((SELECT value FROM machine m WHERE m.run = r.run AND key = 'os'), '') AS os,
  coalesce((SELECT value FROM machine m WHERE m.run = r.run AND key = 'commit'), '') AS "commit",
  coalesce((SELECT value FROM settings s WHERE s.run = r.run AND key = 'preset'), '') AS preset
FROM runs r;
CREATE TEMP VIEW kinds AS
SELECT *, CASE WHEN stand_in = 'yes' THEN 'stand-in' WHEN instr(device, ':') > 0 THEN substr(device, 1, instr(device, ':') - 1) ELSE device END AS kind,
  replace(replace(chip, 'Apple ', ''), ' (simulated)', '') AS name FROM facts;
-- The place of a run's figures: an engine's with its chip; those of a processor or a simulated
-- engine are never shown as an engine's.
CREATE TABLE machines AS
SELECT run, path, device, kind, os, "commit", preset, CASE WHEN kind IN ('sim', 'stand-in') THEN 'simulated' ELSE 'measured' END AS basis,
  CASE WHEN kind = 'ane' AND name IN (SELECT chip FROM chips) THEN name
    WHEN kind = 'ane' THEN name || ' (engine)'
    WHEN kind IN ('sim', 'stand-in') THEN device
    ELSE name || ' (processor)' END AS chip
FROM kinds;
INSERT INTO chips (chip) SELECT DISTINCT chip FROM machines WHERE chip NOT IN (SELECT chip FROM chips) ORDER BY kind, chip;

CREATE TEMP VIEW counted AS SELECT rowid AS id, *, n || ' ' || iif(n = '1', coalesce((SELECT one FROM one_of WHERE many = n_unit), rtrim(n_unit, 's')), n_unit) AS n_words FROM summary;
CREATE TEMP TABLE picked AS
SELECT run, quantity, experiment, arm, metric, program_hash, probe_version, n, n_words, median * factor AS value, nullif(ci_low, '') * factor AS low, nullif(ci_high, '') * factor AS high,
  row_number() OVER (PARTITION BY run, quantity ORDER BY median * direction + coalesce((SELECT 0.0 + s.median FROM summary s WHERE s.run = summary.run AND s.experiment = 'train' AND summary.experiment = 'train' AND s.arm = summary.arm AND s.metric = 'step_stall_ns' AND s.median <> ''), 0)) AS place
FROM counted AS summary JOIN (
  SELECT 'peak' AS quantity, 'peak' AS experiment, 'tflops' AS metric, 1.0 AS factor, -1 AS direction UNION ALL
  SELECT 'compile', 'compile_sequence', 'later_compile_ns', 1e-6, 1 UNION ALL
  SELECT 'eval', 'ping_pong', 'first_eval_ns', 1e-6, 1 UNION ALL
  SELECT 'eval', 'dispatch', 'median_ns', 1e-6, 1 UNION ALL
  SELECT 'train', 'train', 'step_ns', 1e-6, 1 UNION ALL
  SELECT 'power', 'energy', 'random_engine_power', 1.0, 1 UNION ALL
  SELECT 'package_power', 'energy', 'random_package_power', 1.0, 1 UNION ALL
  SELECT 'engine_efficiency', 'energy', 'random_tflops_per_engine_watt', 1.0, -1 UNION ALL
  SELECT 'package_efficiency', 'energy', 'random_tflops_per_package_watt', 1.0, -1) USING (experiment, metric)
WHERE median <> '' AND NOT (experiment = 'dispatch' AND arm <> 'closed'); -- in an open loop an eval also waits
INSERT INTO figures
SELECT quantity, chip, basis, path, value, low, high, n_words, experiment || ', ' || arm FROM picked JOIN machines USING (run) WHERE place = 1;

-- The parts of a training step, way by way.
CREATE TABLE run_parts AS
SELECT run, arm, max(median / 1e6) FILTER (WHERE metric = 'step_ns') AS step, max(median / 1e6) FILTER (WHERE metric = 'step_device_ns') AS engine,
  max(median / 1e6) FILTER (WHERE metric = 'step_io_ns') AS copies, max(median / 1e6) FILTER (WHERE metric = 'step_host_ns') AS host,
  max(median / 1e6) FILTER (WHERE metric = 'step_wait_ns') AS waiting, max(median / 1e6) FILTER (WHERE metric = 'step_stall_ns') AS stall,
  max(n_words) AS n, min(id) AS place
FROM counted WHERE experiment = 'train' AND metric GLOB 'step*_ns' AND median <> '' GROUP BY run, arm HAVING step > 0;

-- Against the first run: only where the texts of the programs and the probe are the same, and the device of one kind. The
-- bounds are the worst cases of both 95 % intervals, so together they hold with 90 % at least.
CREATE TABLE ratios AS
SELECT b.run, a.quantity, a.experiment, a.arm, b.value / a.value AS ratio, b.low / a.high AS low, b.high / a.low AS high, a.n AS n_first, b.n AS n
FROM picked a JOIN picked b USING (quantity, experiment, arm, metric) JOIN machines ma ON ma.run = a.run JOIN machines mb ON mb.run = b.run
WHERE a.run = 1 AND b.run > 1 AND a.low > 0 AND b.low > 0 AND ma.kind = mb.kind
  AND a.program_hash = b.program_hash AND a.program_hash <> '' AND a.probe_version = b.probe_version AND a.probe_version <> '';

-- Number cells with other content; SQL would read them as 0.
CREATE VIEW not_numbers AS
SELECT run, experiment || ' ' || metric AS place, text FROM (
  SELECT run, experiment, metric, median AS text FROM summary UNION ALL SELECT run, experiment, metric, ci_low FROM summary UNION ALL
  SELECT run, experiment, metric, ci_high FROM summary)
WHERE text GLOB '*[^0-9.eE+-]*' OR (text <> '' AND NOT text GLOB '*[0-9]*');

-- A simulated engine's are in small letters: they say nothing about an engine.
CREATE VIEW letters AS SELECT run, finding, CASE WHEN kind IN ('sim', 'stand-in') THEN lower(letter) ELSE letter END AS letter, letter AS verdict
FROM machines JOIN (SELECT run, finding, CASE verdict WHEN 'reproduced' THEN 'R' WHEN 'contradicted' THEN 'C' WHEN 'inconclusive' THEN 'I'
  WHEN 'untrusted' THEN 'T' ELSE '-' END AS letter FROM verdicts) USING (run);
-- Claims in the order of the matrix.
CREATE TABLE claims AS SELECT finding, row_number() OVER (ORDER BY sum(verdict = 'R') - sum(verdict = 'C') DESC, sum(verdict = '-'), finding) AS place
FROM letters GROUP BY finding;
