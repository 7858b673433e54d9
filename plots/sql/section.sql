-- SPDX-License-Identifier: MIT
-- One program: its question and rule (from its header comment), verdicts, numbers.
SELECT char(10) || '## ' || @program || heading_mark FROM device;
SELECT char(10) || CASE field WHEN 'question' THEN '**' || text || '**'
  ELSE '*' || upper(substr(field, 1, 1)) || substr(field, 2) || ':* ' || text END
FROM programs WHERE program = @program
  AND field IN ('question', 'method', 'unit of replication', 'sample size', 'margin', 'decision rule') ORDER BY rowid;
SELECT char(10) || '| finding | verdict | ' || way || ' | 95 % interval | n | published | source | error rate, upper bound |' || char(10) || '|---|---|---|---|---|---|---|---|' FROM device
WHERE EXISTS (SELECT 1 FROM verdict_words WHERE program = @program);
SELECT '| `' || finding || '` | **' || verdict || '**' || mark || ' | ' || measured || ' | ' || interval || ' | ' || n || ' | ' || published || ' | ' || source || ' | ' || error_rate || ' |'
FROM verdict_words, device WHERE program = @program ORDER BY place;
SELECT char(10) || 'Error rate: how often this verdict is wrong on randomly drawn simulated engines whose properties are known, in the quick preset; the upper end of the 95 % interval (`results/instruments.csv`). A real device may do what no simulated engine does.'
FROM verdict_words WHERE program = @program AND error_rate <> '' LIMIT 1;
SELECT char(10) || group_concat('`' || finding || '`: ' || reason, char(10) || char(10))
FROM (SELECT * FROM verdict_words WHERE program = @program AND reason <> '' ORDER BY place) HAVING count(*) > 0;
SELECT char(10) || '| arm | metric | median, ' || way || ' | 95 % interval | unit | n | range | outliers |' || char(10) || '|---|---|--:|--:|---|--:|--:|--:|' FROM device
WHERE EXISTS (SELECT 1 FROM summary WHERE program = @program);
SELECT '| ' || arm || ' | ' || metric || ' | ' || median || ' | ' || interval || ' | ' || unit || ' | ' || n || ' ' || n_unit || ' | ' || range || ' | ' || outliers || ' |'
FROM summary_words WHERE program = @program AND NOT in_series ORDER BY id;
SELECT char(10) || count(*) || ' more row' || CASE count(*) WHEN 1 THEN '' ELSE 's' END || ', one a level: in the figure, if there is one, and in `summary.csv`.'
FROM summary_words WHERE program = @program AND in_series HAVING count(*) > 0;
SELECT char(10) || CASE count(*) WHEN 0 THEN 'Not one trial of this program was run.'
  ELSE 'Not one of the ' || count(*) || ' trials of this program that were run came to its end; see "What was not ' || (SELECT way FROM device) || '".' END
FROM jobs WHERE program = @program HAVING coalesce(sum(status = 'ok'), 0) = 0;
