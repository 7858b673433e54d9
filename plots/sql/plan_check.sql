-- SPDX-License-Identifier: MIT
-- For a simulated chip: what was predicted of each chip's training without its own training rows,
-- against what was published. Nothing for a sim file.
CREATE TEMP TABLE about AS SELECT m.value AS chip FROM machine m
WHERE m.key = 'chip' AND EXISTS (SELECT 1 FROM machine b WHERE b.key = 'sim_tflops_basis');
SELECT char(10) || ':::more How far a plan on this simulated engine may be off' || char(10) || char(10) ||
  'Published figures against predictions for which that chip''s own training rows were left out. '
  || 'Over all steps the median absolute error is ' || printf('%.1f', p.error_pct) || ' %.' || char(10) || char(10) ||
  '| chip | quantity | published | predicted | error | host work from |' || char(10) || '|---|---|---|---|---|---|'
FROM plan_check p, about WHERE p.chip = 'median' AND p.quantity = 'all_steps';
SELECT '| ' || CASE p.chip WHEN about.chip THEN '**' || p.chip || '**' ELSE p.chip END || ' | ' ||
  CASE quantity WHEN 'static_step_ms' THEN 'step, weights compiled in' WHEN 'dynamic_step_ms' THEN 'step, weights as inputs' ELSE 'engine''s part of the forward pass' END ||
  ' | ' || printf('%.1f', published_ms) || ' ms | ' || printf('%.1f', predicted_ms) || ' ms | ' || printf('%+.0f', error_pct) || ' % | ' || replace(host_from, 'relatives: ', '') || ' |'
FROM plan_check p, about WHERE p.chip <> 'median' ORDER BY p.rowid;
SELECT char(10) || 'The engine''s part alone is underestimated, by ' || printf('%.0f', p.error_pct) || ' % in the median: the simulated engine counts multiply-adds and bytes only. A step is mostly the processor''s: what the processor does is taken from the nearest relatives, by a rule without parameters that was chosen with these figures in view.'
FROM plan_check p, about WHERE p.chip = 'median' AND p.quantity = 'forward_engine_ms';

SELECT char(10) || ':::end' FROM plan_check p, about WHERE p.chip = 'median' AND p.quantity = 'all_steps';
