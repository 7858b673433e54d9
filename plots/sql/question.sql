-- SPDX-License-Identifier: MIT
-- One question (@question): its answer in a sentence, and its claims' verdicts.
SELECT char(10) || '## ' || question || (SELECT heading_mark FROM device) || char(10) || char(10) || ':::id ' || id FROM questions WHERE id = @question;
CREATE TEMP TABLE answered (words);
INSERT INTO answered
SELECT CASE WHEN j.measured GLOB '[-0-9n]*' THEN rtrim(a.sentence, '.') || ' (' || j.measured || iif(j.interval = '', '', ', ' || j.interval) || ').' ELSE a.sentence END
FROM questions q JOIN judged j ON j.finding IN (q.finding, q.other) JOIN answers a ON a.finding = j.finding AND a.verdict = j.verdict
WHERE q.id = @question ORDER BY j.finding <> q.finding LIMIT 1;
INSERT INTO answered SELECT group_concat(words || ' ' || value, '; ') || '.' FROM key_figures
WHERE @question = 'speed' AND experiment IN ('peak', 'dispatch', 'compile_sequence', 'int8') HAVING count(*) > 0;
SELECT char(10) || CASE (SELECT kind FROM device) WHEN 'cpu' THEN 'On this processor: ' WHEN 'ane' THEN '' ELSE 'Simulated: ' END || '**' || words || '**' FROM answered;
SELECT char(10) || sum(n) || ' claim' || iif(sum(n) = 1, '', 's') || ': ' || group_concat(n || ' ' || iif(n > 1, replace(replace(shown, 'holds here', 'hold here'), 'does not hold', 'do not hold'), shown), ', ') || '.'
FROM (SELECT count(*) AS n, shown FROM judged WHERE question = @question GROUP BY rank ORDER BY rank) HAVING count(*) > 0;
