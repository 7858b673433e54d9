-- SPDX-License-Identifier: MIT
-- Before and after, as the claim has it, with what was published beside.
SELECT char(10) || 'Before and after: synchronous compiles, and a double buffer that never waits.' || char(10) || char(10) ||
  '| | sync, ' || way || ' | double-inf, ' || way || ' | published before | published after |' || char(10) || '|---|--:|--:|--:|--:|' FROM device
WHERE EXISTS (SELECT 1 FROM summary WHERE program = 'train' AND arm = 'sync');
CREATE TEMP TABLE compared(place, metric, words, before, after);
INSERT INTO compared VALUES
(1, 'run_update_stall_ns', 'stall per update, mean', '55 ms (a step)', '0 ms, printed as fixed text'),
(2, 'run_stall_pct', 'share of the wall time that is stall', '', ''),
(3, 'run_compile_pct', 'time in the compiler, to wall time', '88.6 %', ''),
(4, 'run_gflops', 'throughput of training, sustained', '0.8 TFLOPS', '7.5 TFLOPS, which is a convolution benchmark''s'),
(5, 'device_gflops', 'throughput of the evals alone', '', ''),
(6, 'run_wall_ns', 'wall time of the training', '', ''),
(7, 'run_stale_mean', 'age of the weights in use', '', ''),
(8, 'final_loss', 'final loss', '', '');
SELECT '| ' || c.words || ' | ' || coalesce(b.median || ' ' || b.unit, '') || ' | ' || coalesce(a.median || ' ' || a.unit, '') || ' | ' || c.before || ' | ' || c.after || ' |'
FROM compared c LEFT JOIN summary_words b ON b.program = 'train' AND b.arm = 'sync' AND b.metric_id = c.metric
  LEFT JOIN summary_words a ON a.program = 'train' AND a.arm = 'double-inf' AND a.metric_id = c.metric
WHERE EXISTS (SELECT 1 FROM summary WHERE program = 'train' AND arm = 'sync') ORDER BY c.place;
SELECT char(10) || 'Published: maderix/ANE#23, M4.' WHERE EXISTS (SELECT 1 FROM summary WHERE program = 'train' AND arm = 'sync');
-- Ways that have no figures, and what the run recorded of them.
CREATE TEMP TABLE ways(place, arm);
INSERT INTO ways VALUES (1, 'sync'), (2, 'double-1'), (3, 'double-inf'), (4, 'reload'), (5, 'dynamic');
CREATE TEMP TABLE unshown AS SELECT place, arm, (SELECT count(*) FROM plan WHERE program = 'train' AND plan.arm = ways.arm) AS planned,
  (SELECT count(*) FROM jobs WHERE program = 'train' AND jobs.arm = ways.arm) AS tried
FROM ways WHERE arm NOT IN (SELECT arm FROM summary WHERE program = 'train' AND metric = 'step_ns' AND median <> '');
CREATE TEMP TABLE said AS SELECT arm, status, reason, count(*) AS n FROM train_samples WHERE status NOT IN ('ok', 'end') GROUP BY arm, status, reason;
SELECT char(10) || 'Ways without figures:' || char(10) WHERE EXISTS (SELECT 1 FROM unshown);
SELECT '- `' || u.arm || '`: ' || CASE
  WHEN s.arm IS NOT NULL THEN s.status || ' in ' || s.n || ' of ' || u.tried || ' trials: ' || s.reason
  WHEN u.planned = 0 THEN 'not a part of this run.'
  WHEN u.tried = 0 THEN 'planned, and not run.'
  ELSE 'no trial of ' || u.tried || ' came to its end: ' || (SELECT group_concat(DISTINCT status) FROM jobs WHERE program = 'train' AND jobs.arm = u.arm) || '.' END
FROM unshown u LEFT JOIN said s USING (arm) ORDER BY u.place;
