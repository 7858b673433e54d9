-- SPDX-License-Identifier: MIT
-- What a reader might take for measured and was not.
SELECT char(10) || '## What was not ' || way || heading_mark || char(10) FROM device;
SELECT '- `' || finding || '`: ' || verdict || '. ' || reason FROM verdict_words
WHERE verdict IN ('unsupported', 'inconclusive', 'untrusted') ORDER BY place;
SELECT '- `' || f.finding || '`: not judged, ' ||
  CASE WHEN f.program IN (SELECT program FROM programs) THEN 'no verdict came of ' || f.program || '.' ELSE f.program || ' was not part of this run.' END
FROM findings f WHERE f.finding NOT IN (SELECT finding FROM verdicts) ORDER BY f.rowid;
SELECT '- ' || count(*) || ' planned trial' || CASE count(*) WHEN 1 THEN '' ELSE 's' END || ' of ' || program || ' (arm ' || arm || ') ' || CASE count(*) WHEN 1 THEN 'was' ELSE 'were' END || ' not run.'
FROM plan WHERE job NOT IN (SELECT job FROM jobs) GROUP BY program, arm ORDER BY min(rowid);
SELECT '- ' || count(*) || ' trial' || CASE count(*) WHEN 1 THEN '' ELSE 's' END || ' of ' || program || ' (arm ' || arm || ') ended as *' || status || '*' ||
  CASE WHEN max(signal) = '' THEN '' ELSE ', signal ' || max(signal) END || ': see `jobs/' || printf('%04d', min(job + 0)) || '/err`.'
FROM jobs WHERE status <> 'ok' GROUP BY program, arm, status ORDER BY min(rowid);
SELECT '- The preset was `quick`: fewer trials, shorter searches, wider intervals. The full preset is `aneprobe run` without `--quick`.'
FROM settings WHERE key = 'preset' AND value = 'quick';
SELECT '- The Apple Neural Engine itself: this run used ' || words || '.' FROM device WHERE kind <> 'ane';
SELECT '- `' || replace(value, ' ', '`, `') || '`: not run, as this may disturb other programs on this engine. `aneprobe run --allow-disruptive` runs it last; so does naming it.'
FROM settings WHERE key = 'skipped_disruptive';
