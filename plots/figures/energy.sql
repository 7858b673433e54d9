-- SPDX-License-Identifier: MIT
-- Power while evals of each kind of work run: of the engine, of the whole chip (package), and of
-- the cores, three different quantities; every window, and the median with its interval over processes.
CREATE TEMP TABLE quantities (quantity, words);
INSERT INTO quantities VALUES ('engine', 'the engine'), ('package', 'the whole chip'), ('cpu', 'the cores');
CREATE TEMP TABLE measured AS SELECT q.quantity, s.arm, s.arm || ' ' || substr(s.metric, 1, length(s.metric) - length('_' || q.quantity || '_power')) AS work,
    s.median + 0.0 AS median, coalesce(nullif(s.ci_low, ''), s.median) + 0.0 AS low, coalesce(nullif(s.ci_high, ''), s.median) + 0.0 AS high, s.n, s.rowid AS place
  FROM summary s JOIN quantities q ON s.metric GLOB '*_' || q.quantity || '_power' AND s.metric NOT GLOB '*_idle_*' WHERE s.experiment = 'energy' AND s.median <> '';
CREATE TEMP TABLE places AS SELECT work, row_number() OVER (ORDER BY min(place)) AS y FROM measured GROUP BY work;
CREATE TEMP TABLE windows AS SELECT s.power_w + 0.0 AS power_w, p.y FROM samples s JOIN quantities q ON q.quantity = s.quantity
  JOIN places p ON p.work = s.arm || ' ' || s.work WHERE s.status = 'ok' AND s.power_w GLOB '[0-9]*';
SELECT 'W' AS a, 'one window (n = ' || count(*) || ')' AS b FROM windows;
SELECT power_w, y FROM windows;
.print ""
.print ""
SELECT 'W' AS a, words || ': median, 95 % interval' AS b FROM quantities WHERE quantity = 'engine';
SELECT m.median, p.y, m.low, m.high, replace(replace(m.work, ' evals', ''), '_', ' ') || ' (n = ' || m.n || ')' FROM measured m JOIN places p USING (work) WHERE quantity = 'engine' ORDER BY y;
.print ""
.print ""
SELECT 'W' AS a, words AS b FROM quantities WHERE quantity = 'package';
SELECT m.median, p.y, m.low, m.high, replace(replace(m.work, ' evals', ''), '_', ' ') || ' (n = ' || m.n || ')' FROM measured m JOIN places p USING (work) WHERE quantity = 'package' ORDER BY y;
.print ""
.print ""
SELECT 'W' AS a, words AS b FROM quantities WHERE quantity = 'cpu';
SELECT m.median, p.y, m.low, m.high, replace(replace(m.work, ' evals', ''), '_', ' ') || ' (n = ' || m.n || ')' FROM measured m JOIN places p USING (work) WHERE quantity = 'cpu' ORDER BY y;
