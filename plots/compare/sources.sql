-- SPDX-License-Identifier: MIT
-- The publishers.
SELECT char(10) || '## Sources' || char(10) || char(10) || 'Published figures are quoted in `results/published.csv` with date, OS, configuration and notes; this suite did not check them.' || char(10) || char(10) || ':::part ' || (SELECT count(DISTINCT source) FROM figures WHERE basis = 'published') || ' sources' || char(10) || char(10) ||
  '| source | dates | chips | figures used above |' || char(10) || '|---|---|---|--:|' WHERE EXISTS (SELECT 1 FROM figures WHERE basis = 'published');
SELECT '| ' || source || ' | ' || (SELECT min(date) || CASE WHEN min(date) = max(date) THEN '' ELSE ' to ' || max(date) END FROM published p WHERE p.source = f.source) || ' | ' ||
  replace(replace(group_concat(DISTINCT replace(chip, ',', char(31))), ',', ', '), char(31), ',') || ' | ' || count(*) || ' |'
FROM figures f WHERE basis = 'published' GROUP BY source ORDER BY count(*) DESC, source;
SELECT char(10) || ':::end' WHERE EXISTS (SELECT 1 FROM figures WHERE basis = 'published');
