-- SPDX-License-Identifier: MIT
-- One row per way and outcome: place of the way, place of the outcome, trials, the two words, and
-- whether the published claims predict this outcome. Nothing if no trial had an output.
CREATE TEMP TABLE outcomes(place INTEGER, outcome TEXT, words TEXT);
INSERT INTO outcomes VALUES (1, 'old', 'old' || char(92) || 'nweights'), (2, 'new', 'new' || char(92) || 'nweights'), (3, 'neither', 'neither'),
  (4, 'unsupported', 'not' || char(92) || 'noffered'), (5, 'failed', 'call' || char(92) || 'nfailed'), (6, 'none', 'no' || char(92) || 'nresult');
CREATE TEMP TABLE trials AS
  SELECT arm, CASE WHEN status = 'ok' AND outcome IN ('old', 'new', 'neither') THEN outcome WHEN status = 'unsupported' THEN 'unsupported' ELSE 'failed' END AS outcome
  FROM samples WHERE status <> 'end'
  UNION ALL
  -- a crash or a time limit leaves no sample
  SELECT arm, 'none' FROM jobs WHERE experiment = 'weight_baking' AND job NOT IN (SELECT job FROM samples WHERE status <> 'end');
CREATE TEMP TABLE ways AS SELECT row_number() OVER (ORDER BY o, arm) AS place, arm FROM
  (SELECT arm, CASE arm WHEN 'nothing' THEN 1 WHEN 'recompile' THEN 2 ELSE 3 END AS o FROM trials GROUP BY arm);
SELECT 'way' AS a, 'outcome' AS b, 'trials' AS c, 'arm' AS d, 'words' AS e, 'claimed' AS f;
SELECT w.place, o.place, count(t.arm), w.arm, o.words,
  o.outcome = CASE WHEN w.arm IN ('recompile', 'compiled-reload') THEN 'new' ELSE 'old' END
FROM ways w CROSS JOIN outcomes o
LEFT JOIN trials t ON t.arm = w.arm AND t.outcome = o.outcome
WHERE EXISTS (SELECT 1 FROM trials WHERE outcome IN ('old', 'new', 'neither'))
GROUP BY w.place, o.place ORDER BY w.place, o.place;
