-- SPDX-License-Identifier: MIT
-- Verdicts by run: claims that hold most often first.
SELECT char(10) || '## Verdicts' || char(10) || char(10) || 'R reproduced, C contradicted, I inconclusive, T untrusted, - unsupported there; about the device of the run''s row above, in small letters for a simulated engine. Claims that hold most often come first.' || char(10) WHERE EXISTS (SELECT 1 FROM verdicts);
SELECT '| claim |' || group_concat(' ' || chip || ', ' || path || ' |', '') || char(10) || '|---|' || group_concat(':-:|', '')
FROM (SELECT chip, path FROM machines JOIN chips USING (chip) ORDER BY rank, run) HAVING count(*) > 0;
SELECT '| `' || finding || '` |' || group_concat(' ' || letter || ' |', '') FROM (
  SELECT f.finding, coalesce((SELECT l.letter FROM letters l WHERE l.run = m.run AND l.finding = f.finding), '') AS letter, rank, m.run, place
  FROM claims f CROSS JOIN machines m JOIN chips USING (chip) ORDER BY place, rank, m.run)
GROUP BY finding ORDER BY min(place);
