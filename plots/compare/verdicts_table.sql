-- SPDX-License-Identifier: MIT
-- Verdicts claim by claim, a column for each run; ends what verdicts.sql folds.
SELECT char(10) || '| claim |' || group_concat(' ' || chip || ', ' || path || ' |', '') || char(10) || '|---|' || group_concat(':-:|', '')
FROM (SELECT chip, path FROM machines JOIN chips USING (chip) ORDER BY rank, run) HAVING count(*) > 0;
SELECT '| `' || finding || '` |' || group_concat(' ' || letter || ' |', '') FROM (
  SELECT f.finding, coalesce((SELECT l.letter FROM letters l WHERE l.run = m.run AND l.finding = f.finding), '') AS letter, rank, m.run, place
  FROM claims f CROSS JOIN machines m JOIN chips USING (chip) ORDER BY place, rank, m.run)
GROUP BY finding ORDER BY min(place);
SELECT char(10) || ':::end' WHERE EXISTS (SELECT 1 FROM verdicts);
