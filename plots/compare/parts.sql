-- SPDX-License-Identifier: MIT
-- One published training step per source, as stacked bars: a block of rows, then one per part.
CREATE TEMP TABLE places AS SELECT chip, source, config, coalesce(max(step), sum(value)) AS total, row_number() OVER (ORDER BY rank DESC, source DESC) AS y
FROM parts JOIN chips USING (chip) LEFT JOIN part_steps USING (chip, source, config) GROUP BY chip, source HAVING count(*) > 1;
-- The rest of the step, in no part.
INSERT INTO parts SELECT chip, source, config, 'rest', total - sum(value) FROM parts JOIN places USING (chip, source, config) GROUP BY chip, source HAVING total > sum(value);
CREATE TEMP TABLE ordered(place, part, words);
INSERT INTO ordered VALUES (1, 'engine', 'engine'), (2, 'copies', 'copies to and from it'), (3, 'classifier', 'classifier'),
  (4, 'elementwise', 'elementwise'), (5, 'norms', 'norms'), (6, 'waiting for gradients', 'waiting'), (7, 'rest', 'rest of the step');
CREATE TEMP TABLE bars AS SELECT y, place, value, sum(value) OVER (PARTITION BY y ORDER BY place) - value AS "from"
FROM parts JOIN places USING (chip, source) JOIN ordered USING (part);
SELECT 'y' AS a, 'total' AS b, 'label' AS c, 'words' AS d;
SELECT y, total, chip || ', ' || CASE WHEN length(source) > 24 THEN substr(source, 1, 22) || '...' ELSE source END, format('%.0f ms', total) FROM places ORDER BY y;
-- A block per part, after two empty lines, with its own header.
SELECT line FROM (
  SELECT place, 0 AS y, char(10) || char(10) || 'y' || char(9) || words || char(9) AS line FROM ordered UNION ALL
  SELECT place, y, y || char(9) || "from" || char(9) || ("from" + value) FROM bars)
ORDER BY place, y;
