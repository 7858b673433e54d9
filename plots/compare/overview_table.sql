-- SPDX-License-Identifier: MIT
-- What each chip does, as a table: the known figures of each chip.
CREATE TEMP TABLE said AS SELECT quantity, chip, CASE min(value) WHEN max(value) THEN format('%.4g', min(value)) ELSE format('%.4g to %.4g', min(value), max(value)) END ||
  CASE basis WHEN 'published' THEN '' ELSE ' ' || basis END AS words, basis FROM figures GROUP BY quantity, chip, basis;
SELECT char(10) || '| chip | peak, TFLOPS | shortest eval, ms | compile, ms | training step, ms | what runs out |' || char(10) || '|---|--:|--:|--:|--:|---|' WHERE EXISTS (SELECT 1 FROM figures);
SELECT '| ' || chip || ' | ' || coalesce((SELECT group_concat(words, '; ') FROM said WHERE quantity = 'peak' AND said.chip = chips.chip), '') ||
  ' | ' || coalesce((SELECT group_concat(words, '; ') FROM said WHERE quantity = 'eval' AND said.chip = chips.chip), '') ||
  ' | ' || coalesce((SELECT group_concat(words, '; ') FROM said WHERE quantity = 'compile' AND said.chip = chips.chip), '') ||
  ' | ' || coalesce((SELECT group_concat(words, '; ') FROM said WHERE quantity = 'step' AND said.chip = chips.chip), '') ||
  ' | ' || coalesce((SELECT replace(value, '_', ' ') FROM chips_known k WHERE k.chip = chips.chip AND key = 'limit_kind' AND basis = 'published' LIMIT 1), '') || ' |'
FROM chips WHERE chip IN (SELECT chip FROM figures) ORDER BY rank;
