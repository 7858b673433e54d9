-- SPDX-License-Identifier: MIT
-- Five blocks: for each of three arms, programs created and compile time in ms; where a call was
-- refused or an output was wrong (program, place of the arm); the claimed range. A block without a header would
-- be none, and those after it another's.
CREATE TEMP TABLE lines(place INTEGER, arm TEXT);
INSERT INTO lines VALUES (0, 'keep-tiny'), (1, 'unload-tiny'), (2, 'compile-only');
CREATE TEMP TABLE compiles AS SELECT l.place, s.made + 0 AS made, s.compile_ns / 1e6 AS ms FROM samples s JOIN lines l ON l.arm = s.arm
  WHERE s.status = 'ok' AND s."check" = 'new' AND s.compile_ns GLOB '[0-9]*' AND s.compile_ns + 0 > 0;
CREATE TEMP TABLE ends AS SELECT l.place, s.job, s.made + 0 AS made, s.stage, s.status FROM samples s JOIN lines l ON l.arm = s.arm
  WHERE s.status IN ('failed', 'untrusted', 'unsupported') AND s.made GLOB '[0-9]*';
CREATE TEMP TABLE words AS SELECT l.place, l.arm || ': n = ' || count(*) || ' in ' || count(DISTINCT s.job) ||
    CASE count(DISTINCT s.job) WHEN 1 THEN ' process' ELSE ' processes' END ||
    coalesce((SELECT ', median ' || brief || ' ' || unit
      FROM summary_words m WHERE m.experiment = 'compile_limit' AND m.arm = l.arm AND m.metric_id = 'compile_ns' AND m.median <> ''), '') ||
    coalesce((SELECT '; end at ' || CASE WHEN min(made) = max(made) THEN min(made) ELSE min(made) || ' to ' || max(made) END FROM ends e WHERE e.place = l.place HAVING count(*) > 0),
      '; none up to ' || max(s.searched + 0)) AS words
  FROM samples s JOIN lines l ON l.arm = s.arm
  WHERE s.status = 'ok' AND s."check" = 'new' AND s.compile_ns GLOB '[0-9]*' GROUP BY l.place;
SELECT 'made' AS a, coalesce((SELECT words FROM words WHERE place = 0), '') AS b;
SELECT made, ms FROM compiles WHERE place = 0;
.print ""
.print ""
SELECT 'made' AS a, coalesce((SELECT words FROM words WHERE place = 1), '') AS b;
SELECT made, ms FROM compiles WHERE place = 1;
.print ""
.print ""
SELECT 'made' AS a, coalesce((SELECT words FROM words WHERE place = 2), '') AS b;
SELECT made, ms FROM compiles WHERE place = 2;
.print ""
.print ""
SELECT 'made' AS a, 'where a call was refused or an output was wrong' AS b;
SELECT DISTINCT made, place FROM ends WHERE EXISTS (SELECT 1 FROM compiles);
.print ""
.print ""
SELECT 'low' AS a, 'high' AS b;
SELECT published + 0, substr(published, instr(published, '-') + 1) + 0 FROM findings WHERE finding = 'compile-limit.value' AND EXISTS (SELECT 1 FROM compiles);
