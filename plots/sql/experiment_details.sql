-- SPDX-License-Identifier: MIT
-- The rest about one experiment (@experiment): reasons of verdicts, claims that cannot be tried, method,
-- numbers.
SELECT char(10) || ':::fold Why each verdict' || char(10) || char(10) || group_concat('- ' || of_findings || ': ' || reason || iif(error_rate = '', '', ' (error rate at most ' || error_rate || ')'), char(10)) || char(10) || char(10) || ':::end'
FROM (SELECT group_concat('`' || finding || '`', ', ') AS of_findings, reason, error_rate
  FROM (SELECT * FROM judged WHERE experiment = @experiment AND rank < 5 AND reason <> '' ORDER BY place)
  GROUP BY reason, error_rate ORDER BY min(place)) HAVING count(*) > 0;
SELECT char(10) || ':::more ' || sum(n) || ' claim' || iif(sum(n) = 1, '', 's') || ' that cannot be tried here' || char(10) || char(10) ||
  group_concat('- ' || reason || char(10) || claims, char(10)) || char(10) || char(10) || ':::end'
FROM (SELECT count(*) AS n, reason, group_concat('  - `' || finding || '`: ' || claim, char(10)) AS claims
  FROM (SELECT * FROM judged WHERE experiment = @experiment AND rank = 5 ORDER BY place)
  GROUP BY reason ORDER BY min(place)) HAVING count(*) > 0;
SELECT char(10) || ':::fold Method' WHERE EXISTS (SELECT 1 FROM experiments WHERE experiment = @experiment AND field <> 'question');
SELECT char(10) || '*' || upper(substr(field, 1, 1)) || substr(field, 2) || ':* ' || text FROM experiments WHERE experiment = @experiment
  AND field IN ('method', 'arms', 'unit of replication', 'sample size', 'margin', 'decision rule', 'would prove it wrong', 'confounders') ORDER BY rowid;
SELECT char(10) || ':::end' WHERE EXISTS (SELECT 1 FROM experiments WHERE experiment = @experiment AND field <> 'question');
SELECT char(10) || ':::fold Numbers' || char(10) || char(10) || '| arm | metric | median, ' || way || ' | 95 % interval | unit | n | range | outliers |' || char(10) || '|---|---|--:|--:|---|--:|--:|--:|' FROM device
WHERE EXISTS (SELECT 1 FROM summary WHERE experiment = @experiment);
SELECT '| ' || arm || ' | ' || metric || ' | ' || median || ' | ' || interval || ' | ' || unit || ' | ' || n || ' ' || n_unit || ' | ' || range || ' | ' || outliers || ' |'
FROM summary_words WHERE experiment = @experiment AND NOT in_series ORDER BY id;
SELECT char(10) || count(*) || ' more row' || iif(count(*) = 1, '', 's') || ', one per level: in the figure, if there is one, and in `summary.csv`.'
FROM summary_words WHERE experiment = @experiment AND in_series HAVING count(*) > 0;
SELECT char(10) || ':::end' WHERE EXISTS (SELECT 1 FROM summary WHERE experiment = @experiment);
