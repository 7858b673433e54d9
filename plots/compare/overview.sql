-- SPDX-License-Identifier: MIT
-- What each chip does, for overview.gp: the chips; then for each quantity a row per chip that has
-- it: the range of published figures, the measured and the simulated ones.
CREATE TEMP TABLE shown AS SELECT * FROM figures WHERE quantity IN ('peak', 'eval', 'compile', 'step');
CREATE TEMP TABLE places AS SELECT chip, row_number() OVER (ORDER BY rank DESC) AS y FROM chips WHERE chip IN (SELECT chip FROM shown);
SELECT 'y' AS a, 'chip' AS b;
SELECT y, chip FROM places ORDER BY y;
SELECT line FROM (
  SELECT place, 0 AS y, char(10) || char(10) || 'y' || char(9) || CASE quantity WHEN 'peak' THEN 'Peak' WHEN 'compile' THEN 'Compile' WHEN 'eval' THEN 'Shortest eval' ELSE 'Training step' END || char(9) || axis || char(9) || unit || ', ' || better || char(9) || CASE quantity WHEN 'peak' THEN 5 ELSE 50 END AS line FROM quantities WHERE quantity IN (SELECT quantity FROM shown)
  UNION ALL
  SELECT q.place, p.y, p.y || char(9) || coalesce(min(value) FILTER (WHERE basis = 'published'), '') || char(9) || coalesce(max(value) FILTER (WHERE basis = 'published'), '') || char(9) ||
    coalesce(max(value) FILTER (WHERE basis = 'measured'), '') || char(9) || coalesce(max(value) FILTER (WHERE basis = 'simulated'), '')
  FROM shown JOIN places p USING (chip) JOIN quantities q USING (quantity) GROUP BY quantity, chip)
ORDER BY place, y;
