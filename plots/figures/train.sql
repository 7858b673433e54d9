-- SPDX-License-Identifier: MIT
-- Blocks of the timeline: steps, update, stall, compile (place, begin, end in s from the first step),
-- then the arms' names; of the first run of each arm, until the slowest has done three updates. Then
-- for each arm the course of every run, runs apart by a row of NaN: update, steps, s, loss, stall in
-- s, age of the weights in use, way (its place in train.gp's colours).
CREATE TEMP TABLE arms AS WITH ways (way, arm, words) AS (VALUES (1, 'sync', 'sync'), (2, 'double-1', 'double, at most one update old'),
    (3, 'double-inf', 'double, never waiting'), (4, 'reload', 'reload'), (5, 'dynamic', 'dynamic'),
    (6, 'mapped', 'mapped'))
  SELECT arm, way, words, row_number() OVER (ORDER BY way) AS place FROM ways WHERE arm IN (SELECT arm FROM samples WHERE status = 'ok');
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
SELECT 'place' AS a, 'begin' AS b, 'steps, device and host' AS c FROM until WHERE s IS NOT NULL;
SELECT place, b, e FROM drawn WHERE span = 'steps' UNION ALL SELECT 0, 0, 0 FROM until WHERE s IS NOT NULL;
.print ""
.print ""
SELECT 'place' AS a, 'begin' AS b, 'update, host' AS c FROM until WHERE s IS NOT NULL;
SELECT place, b, e FROM drawn WHERE span = 'update' UNION ALL SELECT 0, 0, 0 FROM until WHERE s IS NOT NULL;
.print ""
.print ""
SELECT 'place' AS a, 'begin' AS b, 'stall' AS c FROM until WHERE s IS NOT NULL;
SELECT place, b, e FROM drawn WHERE span = 'stall' UNION ALL SELECT 0, 0, 0 FROM until WHERE s IS NOT NULL;
.print ""
.print ""
SELECT 'place' AS a, 'begin' AS b, 'compiler' AS c FROM until WHERE s IS NOT NULL;
SELECT place, b, e FROM drawn WHERE span = 'compile' UNION ALL SELECT 0, 0, 0 FROM until WHERE s IS NOT NULL;
.print ""
.print ""
SELECT 'place' AS a, 'end' AS b, 'words' AS c FROM until WHERE s IS NOT NULL;
SELECT place, s, arm FROM arms, until WHERE s IS NOT NULL ORDER BY place;
-- The last update has no boundary after it.
CREATE TEMP TABLE courses AS SELECT way, words, block + 0 AS block, n, step, wall - origin AS s, loss, stall, stale
  FROM updates JOIN origins USING (arm, block) JOIN arms USING (arm) WHERE n < (SELECT max(n) FROM updates);
.print ""
.print ""
SELECT line FROM (
  SELECT way, 0 AS part, 0 AS block, 0 AS n, replace('update|steps|s|' || words || printf(' (n = %d)', count(DISTINCT block)) || '|stall|stale|way', '|', char(9)) AS line
    FROM courses GROUP BY way UNION ALL
  SELECT way, 1, block, n, replace(printf('%d,%d,%.9g,%.9g,%.9g,%d,%d', n, step, s, loss, stall, stale, way), ',', char(9)) FROM courses UNION ALL
  SELECT DISTINCT way, 1, block, 1e9, replace(printf('NaN,NaN,NaN,NaN,NaN,NaN,%d', way), ',', char(9)) FROM courses UNION ALL
  SELECT DISTINCT way, 2, 0, column1, '' FROM courses, (VALUES (1), (2)))
  ORDER BY way, part, block, n;
