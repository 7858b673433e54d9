-- SPDX-License-Identifier: MIT
-- Blocks of spans (place, begin, end in s): steps, update, stall, background compile; then the ways
-- with their names and results. Drawn until the slowest way has done three updates. A kind without
-- spans gets one of no length, so that its block exists.
CREATE TEMP TABLE ways AS SELECT "update" AS way, rowid AS place, possible, updates_per_s, stall_ms, stale_max FROM plan;
CREATE TEMP TABLE until AS SELECT coalesce(max(end_ms), 1000) AS ms FROM (SELECT end_ms + 0.0 AS end_ms,
    row_number() OVER (PARTITION BY "update" ORDER BY begin_ms + 0.0) AS n FROM spans WHERE span = 'steps') WHERE n = 4;
CREATE TEMP TABLE drawn AS SELECT place, span, begin_ms / 1000.0 AS begin_s, min(end_ms + 0.0, ms) / 1000.0 AS end_s
  FROM spans JOIN ways ON way = "update", until WHERE begin_ms + 0.0 < ms;
SELECT 'place' AS a, 'begin' AS b, 'steps of training' AS c;
SELECT place, begin_s, end_s FROM drawn WHERE span = 'steps' UNION ALL SELECT 0, 0, 0;
.print ""
.print ""
SELECT 'place' AS a, 'begin' AS b, 'Adam, checkpoint' AS c;
SELECT place, begin_s, end_s FROM drawn WHERE span = 'update' UNION ALL SELECT 0, 0, 0;
.print ""
.print ""
SELECT 'place' AS a, 'begin' AS b, 'stall: no weights to train with' AS c;
SELECT place, begin_s, end_s FROM drawn WHERE span = 'stall' UNION ALL SELECT 0, 0, 0;
.print ""
.print ""
SELECT 'place' AS a, 'begin' AS b, 'compile in the background' AS c;
SELECT place, begin_s, end_s FROM drawn WHERE span = 'background_compile' UNION ALL SELECT 0, 0, 0;
.print ""
.print ""
SELECT 'place' AS a, 'end' AS b, 'words' AS c;
SELECT place, round(ms / 1000.0, 3), way || CASE possible WHEN 'yes' THEN ': ' || printf('%.2f', updates_per_s) || ' updates/s, stall ' ||
    printf('%.0f', stall_ms) || ' ms, weights at most ' || stale_max || ' updates old' ELSE ': not possible' END FROM ways, until ORDER BY place;
