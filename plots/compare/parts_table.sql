-- SPDX-License-Identifier: MIT
-- The parts of a published step, source by source.
SELECT char(10) || '### Its parts' || char(10) || char(10) || 'In ms, published, one step of each source: the one in the middle by the engine''s part. In some trainers parts overlap, so they need not add up to the step.' || char(10) || char(10) ||
  '| chip | engine | copies | classifier | elementwise | norms | waiting for gradients | source |' || char(10) || '|---|--:|--:|--:|--:|--:|--:|---|' WHERE EXISTS (SELECT 1 FROM parts);
SELECT '| ' || chip || ' | ' || coalesce(max(value) FILTER (WHERE part = 'engine'), '') || ' | ' || coalesce(max(value) FILTER (WHERE part = 'copies'), '') || ' | ' ||
  coalesce(max(value) FILTER (WHERE part = 'classifier'), '') || ' | ' || coalesce(max(value) FILTER (WHERE part = 'elementwise'), '') || ' | ' ||
  coalesce(max(value) FILTER (WHERE part = 'norms'), '') || ' | ' || coalesce(max(value) FILTER (WHERE part = 'waiting for gradients'), '') || ' | ' || source || ' |'
FROM parts JOIN chips USING (chip) GROUP BY chip, source ORDER BY rank, source;
