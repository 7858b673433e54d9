-- SPDX-License-Identifier: MIT
-- Three blocks. A stretch of time of the first process of arm `both` (event, start, end, us an
-- eval), the same of arm `load`, and the median rate of evals by arm with its interval.
CREATE TEMP TABLE lines AS SELECT arm, event, start_ns / 1e6 AS start_ms, end_ns / 1e6 AS end_ms,
    CASE WHEN event = 'eval' THEN (end_ns - start_ns) / 1e3 / batch_evals END AS eval_us, rowid AS place
  FROM samples s WHERE phase = 'timeline' AND status = 'ok' AND end_ns <> ''
    AND job = (SELECT min(job + 0) FROM samples x WHERE x.arm = s.arm AND x.phase = 'timeline')
    AND round = '0';
SELECT 'start' AS a, 'end' AS b, 'evals beside a background compile' AS c, 'event' AS d WHERE EXISTS (SELECT 1 FROM lines WHERE arm = 'both');
SELECT start_ms, end_ms, coalesce(eval_us, ''), event FROM lines WHERE arm = 'both' ORDER BY place;
.print ""
.print ""
SELECT 'start' AS a, 'end' AS b, 'evals beside CPU load, no compile' AS c, 'event' AS d;
SELECT start_ms, end_ms, coalesce(eval_us, ''), event FROM lines WHERE arm = 'load' ORDER BY place;
.print ""
.print ""
SELECT 'arm' AS a, 'rate of evals relative to alone, one process' AS b;
SELECT CASE arm WHEN 'eval' THEN 1 WHEN 'load' THEN 2 ELSE 3 END, s.rate FROM samples s
WHERE phase = 'window' AND status = 'ok' AND rate <> '';
.print ""
.print ""
SELECT 'arm' AS a, 'median over processes, 95 % interval where n allows one' AS b;
SELECT CASE arm WHEN 'eval' THEN 1 WHEN 'load' THEN 2 ELSE 3 END, median, coalesce(nullif(ci_low, ''), median), coalesce(nullif(ci_high, ''), median),
  CASE arm WHEN 'eval' THEN 'nothing' WHEN 'load' THEN 'CPU load' ELSE 'a compile' END || '; n = ' || n
FROM summary WHERE program = 'overlap' AND metric = 'rate' AND median <> '' ORDER BY 1;
