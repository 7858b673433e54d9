-- SPDX-License-Identifier: MIT
-- The parts of a step of the benchmark `train`, run by run and way by way.
SELECT char(10) || '### Its parts, run by run' || char(10) || char(10) || 'In ms, medians over runs of the mean step. Stall is the time before a step in which none runs because weights are not ready. In simulated time the host''s part is what `train` says it is.' || char(10) || char(10) ||
  '| chip | basis | way | step | engine | copies | host | waiting for gradients | stall per step | n | from |' || char(10) || '|---|---|---|--:|--:|--:|--:|--:|--:|---|---|' WHERE EXISTS (SELECT 1 FROM run_parts);
SELECT '| ' || chip || ' | **' || basis || '** | ' || arm || ' | ' || format('%.4g', step) || ' | ' || iif(engine IS NULL, '', format('%.4g', engine)) || ' | ' || iif(copies IS NULL, '', format('%.4g', copies)) || ' | ' ||
  iif(host IS NULL, '', format('%.4g', host)) || ' | ' || iif(waiting IS NULL, '', format('%.4g', waiting)) || ' | ' || iif(stall IS NULL, '', format('%.4g', stall)) || ' | ' || n || ' | ' || path || ' |'
FROM run_parts JOIN machines USING (run) JOIN chips USING (chip) ORDER BY rank, run, place;
