-- SPDX-License-Identifier: MIT
-- One row a way and outcome: place of the way, place of the outcome, trials, the two words, and
-- whether the published claims predict this outcome.
CREATE TEMP TABLE outcomes(place INTEGER, status TEXT, outcome TEXT, words TEXT);
INSERT INTO outcomes VALUES (1, 'ok', 'old', 'old weights'), (2, 'ok', 'new', 'new weights'),
  (3, 'ok', 'neither', 'neither'), (4, 'unsupported', '', 'unsupported'), (5, 'failed', '', 'failed');
CREATE TEMP TABLE ways AS SELECT row_number() OVER (ORDER BY o) AS place, arm FROM
  (SELECT arm, CASE arm WHEN 'nothing' THEN 1 WHEN 'recompile' THEN 2 ELSE 3 END AS o FROM samples WHERE status <> 'end' GROUP BY arm);
SELECT 'way' AS a, 'outcome' AS b, 'trials' AS c, 'arm' AS d, 'words' AS e, 'claimed' AS f;
SELECT w.place, o.place, count(s.arm), w.arm, o.words,
  o.outcome = CASE WHEN w.arm IN ('recompile', 'compiled-reload') THEN 'new' ELSE 'old' END
FROM ways w CROSS JOIN outcomes o
LEFT JOIN samples s ON s.arm = w.arm AND s.status = o.status AND s.outcome = o.outcome
GROUP BY w.place, o.place ORDER BY w.place, o.place;
