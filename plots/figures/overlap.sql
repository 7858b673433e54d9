-- SPDX-License-Identifier: MIT
-- points: event=eval status=ok
-- Five blocks. One round of the first process of arm `both` that has a timeline (start, end, us an
-- eval, event), the same of arm `load`, single windows, the median rate of evals by arm,
-- and the rate above which evals are free.
CREATE TEMP TABLE lines AS SELECT s.arm, event, start_ns / 1e6 AS start_ms, end_ns / 1e6 AS end_ms,
    CASE WHEN event = 'eval' THEN (end_ns - start_ns) / 1e3 / batch_evals END AS eval_us, s.rowid AS place
  FROM samples s, (SELECT arm, min(job + 0) AS job FROM samples
    WHERE phase = 'timeline' AND status = 'ok' AND end_ns <> '' AND event <> 'eval' AND round = '0' GROUP BY arm) first
  WHERE s.arm = first.arm AND s.job + 0 = first.job AND phase = 'timeline' AND round = '0' AND status = 'ok'
    AND end_ns GLOB '[0-9]*' AND end_ns + 0 > start_ns + 0;
-- At most about 2000 batches of evals each, spread over the round.
DELETE FROM lines WHERE event = 'eval' AND place * 2654435761 % 4294967296 * (SELECT count(*) FROM lines l WHERE l.arm = lines.arm) >= 2000 * 4294967296;
SELECT 'start' AS a, 'end' AS b, 'evals beside a compile' AS c, 'event' AS d, 'compiling' AS e;
SELECT start_ms, end_ms, coalesce(eval_us, ''), event FROM lines WHERE arm = 'both' ORDER BY place;
.print ""
.print ""
SELECT 'start' AS a, 'end' AS b, 'evals beside CPU load, another process' AS c, 'event' AS d;
SELECT start_ms, end_ms, eval_us, event FROM lines WHERE arm = 'load' AND event = 'eval' AND EXISTS (SELECT 1 FROM lines WHERE arm = 'both') ORDER BY place;
.print ""
.print ""
CREATE TEMP TABLE windows AS SELECT CASE arm WHEN 'eval' THEN 1 WHEN 'load' THEN 2 ELSE 3 END AS x, rate + 0.0 AS rate, rowid AS place FROM samples
  WHERE phase = 'window' AND status = 'ok' AND rate GLOB '[0-9]*';
SELECT 'arm' AS a, 'one window (n = ' || count(*) || ')' AS b FROM windows;
SELECT x, rate FROM windows WHERE place * 2654435761 % 4294967296 * (SELECT count(*) FROM windows) < 1000 * 4294967296;
.print ""
.print ""
SELECT 'arm' AS a, 'median of processes, 95 % interval' AS b;
SELECT CASE arm WHEN 'eval' THEN 1 WHEN 'load' THEN 2 ELSE 3 END, median, coalesce(nullif(ci_low, ''), median), coalesce(nullif(ci_high, ''), median),
  CASE arm WHEN 'eval' THEN 'beside nothing' WHEN 'load' THEN 'beside CPU load' ELSE 'beside a compile' END, 'n = ' || n
FROM summary WHERE experiment = 'overlap' AND metric = 'rate' AND arm IN ('eval', 'load', 'both') AND median <> '' ORDER BY 1;
.print ""
.print ""
SELECT 'rate' AS a, 'above: slower by less than ' || margin || ' %' AS b FROM findings WHERE finding = 'overlap.free';
SELECT 1 / (1 + margin / 100.0) FROM findings WHERE finding = 'overlap.free' AND EXISTS (SELECT 1 FROM windows);
