-- SPDX-License-Identifier: MIT
-- @quantity by chip, for strip.gp: rows with their labels; spread of published figures; published, measured, simulated.
CREATE TEMP TABLE shown AS SELECT * FROM figures WHERE quantity = @quantity;
CREATE TEMP TABLE places AS SELECT chip, row_number() OVER (ORDER BY rank DESC) AS y FROM chips WHERE chip IN (SELECT chip FROM shown);
SELECT 'y' AS a, 'title' AS b, 'axis' AS c;
SELECT count(*), title || ' (' || unit || ', ' || better || ')', axis FROM places, quantities WHERE quantity = @quantity AND EXISTS (SELECT 1 FROM shown) GROUP BY quantity;
.print ""
.print ""
SELECT 'y' AS a, 'low' AS b, 'high' AS c, 'label' AS d;
SELECT y, coalesce(min(CASE basis WHEN 'published' THEN value END), min(value)), coalesce(max(CASE basis WHEN 'published' THEN value END), min(value)), chip
FROM places JOIN shown USING (chip) GROUP BY y ORDER BY y;
.print ""
.print ""
SELECT 'y' AS a, 'published: one figure from a source' AS b;
SELECT y, value FROM places JOIN shown USING (chip) WHERE basis = 'published';
.print ""
.print ""
SELECT 'y' AS a, 'measured by this suite, 95 % interval' AS b, '' AS c, '' AS d;
SELECT y, value, coalesce(low, value), coalesce(high, value) FROM places JOIN shown USING (chip) WHERE basis = 'measured';
.print ""
.print ""
SELECT 'y' AS a, 'simulated' AS b;
SELECT y, value FROM places JOIN shown USING (chip) WHERE basis = 'simulated';
.print ""
.print ""
SELECT 'y' AS a, 'high' AS b, 'sources' AS c;
SELECT y, max(coalesce(high, value)), CASE WHEN count(DISTINCT CASE basis WHEN 'published' THEN source END) = 0 THEN ''
  ELSE count(DISTINCT CASE basis WHEN 'published' THEN source END) || CASE count(DISTINCT CASE basis WHEN 'published' THEN source END) WHEN 1 THEN ' source' ELSE ' sources' END END
FROM places JOIN shown USING (chip) GROUP BY y;
