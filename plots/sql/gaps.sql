-- SPDX-License-Identifier: MIT
-- What was not measured, although a reader might think so.
CREATE TEMP TABLE gaps (place INTEGER PRIMARY KEY, words);
INSERT INTO gaps (words) SELECT 'The Apple Neural Engine itself: this run used ' || words || '.' FROM device WHERE kind <> 'ane';
INSERT INTO gaps (words) SELECT 'No verdict was reached on `' || group_concat(finding, '`, `') || '`.' FROM findings
WHERE finding NOT IN (SELECT finding FROM verdicts) AND experiment IN (SELECT experiment FROM experiments) HAVING count(*) > 0;
INSERT INTO gaps (words) SELECT 'Not part of this run: ' || group_concat(words, ', ') || '.' FROM (SELECT experiment || ' (' || count(*) || ' claim' || iif(count(*) = 1, ')', 's)') AS words
  FROM findings WHERE experiment NOT IN (SELECT experiment FROM experiments) GROUP BY experiment ORDER BY min(rowid)) HAVING count(*) > 0;
INSERT INTO gaps (words) SELECT count(*) || ' planned trial' || iif(count(*) = 1, ' of ', 's of ') || experiment || ' (arm ' || arm || ') ' || iif(count(*) = 1, 'was', 'were') || ' not run.'
FROM schedule WHERE job NOT IN (SELECT job FROM jobs) AND job NOT IN (SELECT job FROM dropped) GROUP BY experiment, arm ORDER BY min(rowid);
INSERT INTO gaps (words) SELECT count(*) || ' trial' || iif(count(*) = 1, ' of ', 's of ') || experiment || ' (arm ' || arm || ') ended as *' || status || '*' ||
  CASE WHEN max(signal) = '' THEN '' ELSE ', signal ' || max(signal) END || ': see `jobs/' || printf('%04d', min(job + 0)) || '/err`.'
FROM jobs WHERE status <> 'ok' GROUP BY experiment, arm, status ORDER BY min(rowid);
INSERT INTO gaps (words) SELECT 'The preset was `quick`: fewer trials, shorter searches, wider intervals. The full preset is `aneprobe run` without `--quick`.' FROM settings WHERE key = 'preset' AND value = 'quick';
INSERT INTO gaps (words) SELECT '`' || replace(value, ' ', '`, `') || '`: not run, as this may disturb other programs on this engine. `aneprobe run --allow-disruptive` runs it last; so does naming it.'
FROM settings WHERE key = 'skipped_disruptive';
SELECT char(10) || '## What was not ' || way || heading_mark || char(10) FROM device WHERE EXISTS (SELECT 1 FROM gaps);
SELECT '- ' || words FROM gaps ORDER BY place;
