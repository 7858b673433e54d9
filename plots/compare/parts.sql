-- SPDX-License-Identifier: MIT
-- One published training step a source, as stacked bars: a block of rows, then one for each part.
CREATE TEMP TABLE places AS SELECT chip, source, config, sum(value) AS total, row_number() OVER (ORDER BY rank DESC, source DESC) AS y
FROM parts JOIN chips USING (chip) GROUP BY chip, source HAVING count(*) > 1;
CREATE TEMP TABLE ordered AS SELECT part, row_number() OVER () AS place FROM (
  SELECT 'engine' AS part UNION ALL SELECT 'copies' UNION ALL SELECT 'classifier' UNION ALL SELECT 'elementwise' UNION ALL SELECT 'norms' UNION ALL SELECT 'waiting for gradients');
CREATE TEMP TABLE bars AS SELECT y, place, value, sum(value) OVER (PARTITION BY y ORDER BY place) - value AS "from"
FROM parts JOIN places USING (chip, source) JOIN ordered USING (part);
SELECT 'y' AS a, 'total' AS b, 'label' AS c, 'words' AS d;
SELECT y, total, chip || ', ' || CASE WHEN length(source) > 24 THEN substr(source, 1, 22) || '...' ELSE source END, format('%.0f ms', total) FROM places ORDER BY y;
.print ""
.print ""
SELECT 'y' AS a, 'engine' AS b, '' AS c;
SELECT y, "from", "from" + value FROM bars WHERE place = 1;
.print ""
.print ""
SELECT 'y' AS a, 'copies to and from it' AS b, '' AS c;
SELECT y, "from", "from" + value FROM bars WHERE place = 2;
.print ""
.print ""
SELECT 'y' AS a, 'classifier' AS b, '' AS c;
SELECT y, "from", "from" + value FROM bars WHERE place = 3;
.print ""
.print ""
SELECT 'y' AS a, 'elementwise' AS b, '' AS c;
SELECT y, "from", "from" + value FROM bars WHERE place = 4;
.print ""
.print ""
SELECT 'y' AS a, 'norms' AS b, '' AS c;
SELECT y, "from", "from" + value FROM bars WHERE place = 5;
.print ""
.print ""
SELECT 'y' AS a, 'waiting' AS b, '' AS c;
SELECT y, "from", "from" + value FROM bars WHERE place = 6;
