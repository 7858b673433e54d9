-- SPDX-License-Identifier: MIT
-- One line a resource: how much of it worked (amount, place, the resource and its largest), how much was refused, how
-- much failed in another way; and the claimed numbers. An amount that came out differently in two trials is in two
-- blocks.
CREATE TEMP TABLE resources(place INTEGER, id TEXT, words TEXT, finding TEXT, more INTEGER);
INSERT INTO resources VALUES (1, 'files', 'weight files', 'program-limits.files', 0), (2, 'layers', 'layers', 'program-limits.layers', 0),
  (3, 'axis', 'elements of an axis', 'program-limits.axis', 0), (4, 'inputs', 'inputs', 'program-limits.surfaces', 1), (5, 'outputs', 'outputs', 'program-limits.surfaces', 1),
  (6, 'megabytes', 'MB loaded', 'program-limits.bytes', 0);
CREATE TEMP TABLE steps AS SELECT DISTINCT r.place, s.value + 0.0 AS amount, CASE s.outcome WHEN 'right' THEN 1 WHEN 'refused' THEN 2 ELSE 3 END AS block
  FROM samples s JOIN resources r ON r.id = s."case" WHERE s.value GLOB '[0-9]*' AND s.outcome <> '' AND s.status <> 'end';
CREATE TEMP TABLE labels AS SELECT r.place, r.words || ': ' || printf('%d', max(s.amount)) || CASE WHEN EXISTS (SELECT 1 FROM steps b WHERE b.place = r.place AND b.block > 1) THEN '' ELSE ' or more' END AS words
  FROM resources r JOIN steps s ON s.place = r.place AND s.block = 1 GROUP BY r.place;
CREATE TEMP TABLE claimed AS SELECT r.place, published - r.more AS amount
  FROM resources r JOIN findings f ON f.finding = r.finding WHERE published GLOB '[0-9]*' AND EXISTS (SELECT 1 FROM steps s WHERE s.place = r.place);
SELECT 'amount' AS a, 'worked (n = ' || count(DISTINCT job) || CASE count(DISTINCT job) WHEN 1 THEN ' search' ELSE ' searches' END || ')' AS b FROM samples WHERE value <> '';
SELECT s.amount, s.place, coalesce(l.words, r.words) FROM steps s JOIN resources r USING (place) LEFT JOIN labels l USING (place) WHERE block = 1 ORDER BY s.place, s.amount;
.print ""
.print ""
SELECT 'amount' AS a, 'refused' AS b;
SELECT amount, place FROM steps WHERE block = 2 ORDER BY place, amount;
.print ""
.print ""
SELECT 'amount' AS a, 'crashed, hung, slow or wrong' AS b;
SELECT amount, place FROM steps WHERE block = 3 ORDER BY place, amount;
.print ""
.print ""
SELECT 'amount' AS a, 'claimed maximum' AS b;
SELECT amount, place FROM claimed ORDER BY place;
