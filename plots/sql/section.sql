-- SPDX-License-Identifier: MIT
-- One program: its question and rule (from its header comment), verdicts, numbers.
SELECT char(10) || '## ' || @program;
SELECT char(10) || CASE field WHEN 'question' THEN '**' || text || '**'
  ELSE '*' || upper(substr(field, 1, 1)) || substr(field, 2) || ':* ' || text END
FROM programs WHERE program = @program
  AND field IN ('question', 'method', 'unit of replication', 'sample size', 'margin', 'decision rule') ORDER BY rowid;
SELECT char(10) || '| finding | verdict | measured | 95 % interval | n | published | source |' || char(10) || '|---|---|---|---|---|---|---|'
WHERE EXISTS (SELECT 1 FROM verdict_words WHERE program = @program);
SELECT '| `' || finding || '` | **' || verdict || '** | ' || measured || ' | ' || interval || ' | ' || n || ' | ' || published || ' | ' || source || ' |'
FROM verdict_words WHERE program = @program ORDER BY place;
SELECT char(10) || group_concat('`' || finding || '`: ' || reason, char(10) || char(10))
FROM (SELECT * FROM verdict_words WHERE program = @program AND reason <> '' ORDER BY place) HAVING count(*) > 0;
SELECT char(10) || '| arm | metric | median | 95 % interval | unit | n | range | outliers |' || char(10) || '|---|---|--:|--:|---|--:|--:|--:|'
WHERE EXISTS (SELECT 1 FROM summary WHERE program = @program);
SELECT '| ' || arm || ' | ' || metric || ' | ' || median || ' | ' || interval || ' | ' || unit || ' | ' || n || ' ' || n_unit || ' | ' || range || ' | ' || outliers || ' |'
FROM summary_words WHERE program = @program AND NOT in_series ORDER BY id;
SELECT char(10) || count(*) || ' more rows, one a level, are in the figure and in `summary.csv`.'
FROM summary_words WHERE program = @program AND in_series HAVING count(*) > 0;
SELECT char(10) || 'Not one trial of this program ran to its end; see "What was not measured".'
WHERE NOT EXISTS (SELECT 1 FROM summary WHERE program = @program) AND NOT EXISTS (SELECT 1 FROM verdict_words WHERE program = @program);
