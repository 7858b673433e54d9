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
