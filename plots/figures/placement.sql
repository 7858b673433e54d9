-- SPDX-License-Identifier: MIT
-- Of each case's operations the share that is planned for each unit, over all trials; with the claim's verdict. A case
-- that has no plan, as it was refused or stopped, says so. "Ran" is said only of what counters have proven in each trial.
CREATE TEMP TABLE claimed (name, finding, y);
INSERT INTO claimed VALUES ('tiny', 'placement.tiny', 1), ('386-layers', 'placement.386-layers', 2), ('1000-layers', 'placement.388-layers', 3),
  ('width-16384', 'placement.width-within', 4), ('width-16448', 'placement.width', 5), ('int8', 'placement.int8', 6),
  ('control', 'placement.idle', 7);
CREATE TEMP TABLE ran AS SELECT "case" AS name, CASE min(outcome) WHEN 'engine' THEN ', ran on the engine' ELSE ', ran elsewhere' END AS words
  FROM samples WHERE "case" LIKE '%-ran' GROUP BY "case" HAVING count(*) = count(CASE status WHEN 'ok' THEN 1 END) AND min(outcome) = max(outcome);
CREATE TEMP TABLE plans AS SELECT c.y, c.name || coalesce(': ' || v.verdict, '') || coalesce(max(r.words), '') || CASE WHEN total(s.operations) > 0 THEN '' ELSE ' (' || coalesce(max(nullif(s.outcome, '')), max(s.status), 'no trial') || ')' END AS words,
    total(s.on_engine) / nullif(total(s.operations), 0) AS engine, total(s.on_gpu) / nullif(total(s.operations), 0) AS gpu, total(s.on_processor) / nullif(total(s.operations), 0) AS processor
  FROM claimed c LEFT JOIN samples s ON s."case" = c.name LEFT JOIN verdicts v ON v.finding = c.finding LEFT JOIN ran r ON r.name = c.name || '-ran' GROUP BY c.y;
SELECT 'share' AS a, 'planned for the engine' AS b;
SELECT 0, coalesce(engine, 0), y, words FROM plans WHERE EXISTS (SELECT 1 FROM plans WHERE engine IS NOT NULL) ORDER BY y;
.print ""
.print ""
SELECT 'share' AS a, 'planned for the GPU' AS b;
SELECT engine, engine + gpu, y, words FROM plans WHERE gpu > 0 ORDER BY y;
.print ""
.print ""
SELECT 'share' AS a, 'planned for the processor' AS b;
SELECT engine + gpu, engine + gpu + processor, y, words FROM plans WHERE processor > 0 ORDER BY y;
