-- SPDX-License-Identifier: MIT
-- One question (@question): its answer in a sentence, and its claims' verdicts.
SELECT char(10) || '## ' || question || (SELECT heading_mark FROM device) || char(10) || char(10) || ':::id ' || id FROM questions WHERE id = @question;
DROP TABLE IF EXISTS temp.answered;
CREATE TEMP TABLE answered (words);
INSERT INTO answered SELECT CASE WHEN yes IS NULL THEN 'No: not by ' || no || '.' ELSE 'Yes, by ' || yes || iif(no IS NULL, '', '; not by ' || no) || '.' END FROM (
  SELECT group_concat(words, ' and by ') FILTER (WHERE verdict = works) AS yes, group_concat(words, ' or by ') FILTER (WHERE verdict <> works) AS no
  FROM (SELECT words, works, verdict FROM ways_to_change JOIN judged USING (finding) WHERE verdict IN ('reproduced', 'contradicted') ORDER BY ways_to_change.place))
WHERE @question = 'weights' AND coalesce(yes, no) IS NOT NULL;
INSERT INTO answered SELECT words FROM (
  SELECT 2 * (j.finding <> q.finding) + a.rowid / 1000.0 AS place,
    CASE WHEN j.measured GLOB '[-0-9]*' OR j.measured GLOB 'none *' THEN rtrim(a.sentence, '.') || ' (' || j.measured || iif(j.interval = '', '', ', ' || j.interval) || ').' ELSE a.sentence END AS words
  FROM questions q JOIN judged j ON j.finding IN (q.finding, q.other) JOIN answers a ON a.finding = j.finding AND a.verdict = j.verdict
    AND (a.besides = '' OR EXISTS (SELECT 1 FROM judged b WHERE b.finding = a.besides AND b.verdict = a.its_verdict))
  WHERE q.id = @question
  UNION ALL
  SELECT 1000, iif(rank = 5, 'Cannot be tried here: ', 'Not decided: ') || lower(substr(reason, 1, 1)) || rtrim(substr(reason, 2), '.') || '.'
  FROM questions q JOIN judged j USING (finding) WHERE q.id = @question AND rank IN (3, 4, 5) AND reason <> '')
ORDER BY place LIMIT 1;
INSERT INTO answered SELECT upper(substr(words, 1, 1)) || substr(words, 2) || '.' FROM (
  SELECT group_concat(said, '; ') AS words FROM (
    SELECT CASE experiment || id WHEN 'peak' THEN 'the best stack of convolutions reaches ' || value WHEN 'dispatchmedian' THEN 'the smallest eval takes ' || value
      WHEN 'dispatchtail' THEN 'of those due at random times one in a hundred takes more than ' || value WHEN 'compile_sequence' THEN 'a compile takes ' || value
      WHEN 'int8' THEN 'int8 runs at ' || value || ' the rate of fp16' END AS said
    FROM key_figures WHERE @question = 'speed' ORDER BY place) HAVING count(said) > 0);
SELECT char(10) || CASE (SELECT kind FROM device) WHEN 'cpu' THEN 'On this processor: ' WHEN 'ane' THEN '' ELSE 'Simulated: ' END || '**' || words || '**' FROM answered ORDER BY rowid LIMIT 1;
SELECT char(10) || sum(n) || ' claim' || iif(sum(n) = 1, '', 's') || ': ' || group_concat(n || ' ' || shown, ', ') || '.'
FROM (SELECT count(*) AS n, iif(count(*) > 1, shown_many, shown) AS shown FROM judged WHERE question = @question GROUP BY rank ORDER BY rank) HAVING count(*) > 0;
