-- SPDX-License-Identifier: MIT
-- Blocks of the timeline: steps, update, stall, compile (place, begin, end in s from the first step),
-- then the arms' names; of the first run of each arm, until the slowest has done three updates. Then
-- for each arm the course of training, medians over runs: update, steps, s, loss, stall in s, age of
-- the weights in use, colour.
CREATE TEMP TABLE arms AS SELECT arm, row_number() OVER (ORDER BY instr('sync double-1 double-inf reload dynamic', arm)) AS place
  FROM (SELECT DISTINCT arm FROM samples WHERE status = 'ok');
CREATE TEMP TABLE updates AS SELECT arm, block, "update" + 0 AS n, step + 0 AS step, loss + 0.0 AS loss, wall_ns / 1e9 AS wall,
    batch_ns / 1e9 AS batch, optimiser_ns / 1e9 AS optimiser, stall_ns / 1e9 AS stall, stale_updates + 0 AS stale,
    nullif(compile_begin_ns, '') / 1e9 AS compile_begin, nullif(compile_end_ns, '') / 1e9 AS compile_end
  FROM samples WHERE status = 'ok' AND "update" <> '';
CREATE TEMP TABLE origins AS SELECT arm, block, wall - stall - optimiser - batch AS origin FROM updates WHERE n = 1;
CREATE TEMP TABLE first AS SELECT u.*, place, origin FROM updates u JOIN origins USING (arm, block) JOIN arms USING (arm)
  WHERE block = (SELECT min(block + 0) FROM origins o WHERE o.arm = u.arm);
CREATE TEMP TABLE until AS SELECT max(wall - origin) AS s FROM first WHERE n = 3;
CREATE TEMP TABLE spans AS
  SELECT 'steps' AS span, place, wall - stall - optimiser - batch - origin AS b, wall - stall - optimiser - origin AS e FROM first UNION ALL
  SELECT 'update', place, wall - stall - optimiser - origin, wall - stall - origin FROM first UNION ALL
  SELECT 'stall', place, wall - stall - origin, wall - origin FROM first UNION ALL
  SELECT 'compile', place, max(compile_begin - origin, 0), compile_end - origin FROM first WHERE compile_end > origin;
CREATE TEMP TABLE drawn AS SELECT span, place, b, min(e, s) AS e FROM spans, until WHERE b < s;
SELECT 'place' AS a, 'begin' AS b, 'device and host: steps' AS c FROM until WHERE s IS NOT NULL;
SELECT place, b, e FROM drawn WHERE span = 'steps' UNION ALL SELECT 0, 0, 0 FROM until WHERE s IS NOT NULL;
.print ""
.print ""
SELECT 'place' AS a, 'begin' AS b, 'host: the update' AS c FROM until WHERE s IS NOT NULL;
SELECT place, b, e FROM drawn WHERE span = 'update' UNION ALL SELECT 0, 0, 0 FROM until WHERE s IS NOT NULL;
.print ""
.print ""
SELECT 'place' AS a, 'begin' AS b, 'stall: no weights to step with' AS c FROM until WHERE s IS NOT NULL;
SELECT place, b, e FROM drawn WHERE span = 'stall' UNION ALL SELECT 0, 0, 0 FROM until WHERE s IS NOT NULL;
.print ""
.print ""
SELECT 'place' AS a, 'begin' AS b, 'compiler' AS c FROM until WHERE s IS NOT NULL;
SELECT place, b, e FROM drawn WHERE span = 'compile' UNION ALL SELECT 0, 0, 0 FROM until WHERE s IS NOT NULL;
.print ""
.print ""
SELECT 'place' AS a, 'end' AS b, 'words' AS c FROM until WHERE s IS NOT NULL;
SELECT place, s, arm FROM arms, until WHERE s IS NOT NULL ORDER BY place;
CREATE TEMP TABLE courses AS WITH ranked AS (SELECT arm, place, n, step, count(*) OVER w AS n_runs, wall - origin AS s, loss, stall, stale,
      row_number() OVER (PARTITION BY arm, n ORDER BY wall - origin) AS by_s, row_number() OVER (PARTITION BY arm, n ORDER BY loss) AS by_loss,
      row_number() OVER (PARTITION BY arm, n ORDER BY stall) AS by_stall, row_number() OVER (PARTITION BY arm, n ORDER BY stale) AS by_stale
    FROM updates JOIN origins USING (arm, block) JOIN arms USING (arm) WINDOW w AS (PARTITION BY arm, n))
  SELECT arm, place, n, max(n_runs) AS n_runs, max(step) AS step,
    avg(CASE WHEN by_s IN ((n_runs + 1) / 2, (n_runs + 2) / 2) THEN s END) AS s, avg(CASE WHEN by_loss IN ((n_runs + 1) / 2, (n_runs + 2) / 2) THEN loss END) AS loss,
    avg(CASE WHEN by_stall IN ((n_runs + 1) / 2, (n_runs + 2) / 2) THEN stall END) AS stall, avg(CASE WHEN by_stale IN ((n_runs + 1) / 2, (n_runs + 2) / 2) THEN stale END) AS stale
  FROM ranked GROUP BY arm, n;
-- The last update has no boundary after it.
DELETE FROM courses WHERE n = (SELECT max(n) FROM courses);
.print ""
.print ""
SELECT 'update' AS a, 'steps' AS b, 's' AS c, 'sync (n = ' || max(n_runs) || ' runs)' AS d, 'stall' AS e, 'stale' AS f, 'colour' AS g FROM courses WHERE arm = 'sync' HAVING count(*) > 0;
SELECT n, step, s, loss, stall, stale, 10132122 FROM courses WHERE arm = 'sync' ORDER BY n;
.print ""
.print ""
SELECT 'update' AS a, 'steps' AS b, 's' AS c, 'double, at most one update old (n = ' || max(n_runs) || ')' AS d, 'stall' AS e, 'stale' AS f, 'colour' AS g FROM courses WHERE arm = 'double-1' HAVING count(*) > 0;
SELECT n, step, s, loss, stall, stale, 3108275 FROM courses WHERE arm = 'double-1' ORDER BY n;
.print ""
.print ""
SELECT 'update' AS a, 'steps' AS b, 's' AS c, 'double, never waiting (n = ' || max(n_runs) || ')' AS d, 'stall' AS e, 'stale' AS f, 'colour' AS g FROM courses WHERE arm = 'double-inf' HAVING count(*) > 0;
SELECT n, step, s, loss, stall, stale, 14250539 FROM courses WHERE arm = 'double-inf' ORDER BY n;
.print ""
.print ""
SELECT 'update' AS a, 'steps' AS b, 's' AS c, 'reload (n = ' || max(n_runs) || ')' AS d, 'stall' AS e, 'stale' AS f, 'colour' AS g FROM courses WHERE arm = 'reload' HAVING count(*) > 0;
SELECT n, step, s, loss, stall, stale, 12729147 FROM courses WHERE arm = 'reload' ORDER BY n;
.print ""
.print ""
SELECT 'update' AS a, 'steps' AS b, 's' AS c, 'dynamic (n = ' || max(n_runs) || ')' AS d, 'stall' AS e, 'stale' AS f, 'colour' AS g FROM courses WHERE arm = 'dynamic' HAVING count(*) > 0;
SELECT n, step, s, loss, stall, stale, 3971679 FROM courses WHERE arm = 'dynamic' ORDER BY n;
