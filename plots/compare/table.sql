-- SPDX-License-Identifier: MIT
-- @quantity by chip: the spread of published figures, then a row for each run.
CREATE TEMP TABLE shown AS SELECT chips.rank, figures.* FROM figures JOIN chips USING (chip) WHERE quantity = @quantity;
-- Without a run there is no interval and no n to show.
CREATE TEMP TABLE own AS SELECT EXISTS (SELECT 1 FROM shown WHERE basis = 'measured' OR low IS NOT NULL) AS shown;
SELECT char(10) || ':::part ' || title || ': the figures and where they are from' FROM quantities WHERE quantity = @quantity AND EXISTS (SELECT 1 FROM shown);
SELECT char(10) || '| chip | basis | figures | ' || unit || iif(own.shown, ' | 95 % interval | n', '') || ' | from |' || char(10) || '|---|---|--:|--:|' || iif(own.shown, '---|--:|', '') || '---|' FROM quantities, own
WHERE quantity = @quantity AND EXISTS (SELECT 1 FROM shown);
SELECT '| ' || chip || ' | ' || basis || ' | ' || figures || ' | ' || words || iif((SELECT shown FROM own), ' | ' || interval || ' | ' || n, '') || ' | ' || origin || ' |' FROM (
  SELECT rank, chip, 0 AS place, basis, count(*) AS figures,
    format('%.4g', min(value)) || CASE WHEN min(value) = max(value) THEN '' ELSE ' to ' || format('%.4g', max(value)) END AS words,
    '' AS interval, '' AS n, replace(replace(group_concat(DISTINCT replace(source, ',', char(31))), ',', ', '), char(31), ',') AS origin
  FROM shown WHERE basis = 'published' GROUP BY chip
  UNION ALL
  SELECT rank, chip, rowid, '**' || basis || '**', 1, format('%.4g', value), CASE WHEN low IS NULL THEN '' ELSE format('%.4g', low) || ' to ' || format('%.4g', high) END,
    n, source || ': ' || note FROM shown WHERE basis <> 'published')
ORDER BY rank, place;
SELECT char(10) || ':::end' WHERE EXISTS (SELECT 1 FROM shown);
