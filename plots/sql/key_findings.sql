-- SPDX-License-Identifier: MIT
-- One line a claim, grouped by what became of it.
SELECT char(10) || '## Key findings' || char(10);
SELECT (SELECT count(*) FROM verdicts) || ' claims judged on `' || (SELECT name FROM device) || '`: ' || group_concat(words, ', ') || '.' || char(10)
FROM (SELECT count(*) || ' ' || verdict AS words FROM verdicts GROUP BY verdict
  ORDER BY CASE verdict WHEN 'reproduced' THEN 1 WHEN 'contradicted' THEN 2 WHEN 'inconclusive' THEN 3 WHEN 'untrusted' THEN 4 ELSE 5 END);
SELECT '- **' || verdict || '** `' || finding || '`: ' || claim || '. ' || reason || CASE WHEN reason LIKE '%.' THEN '' ELSE '.' END FROM verdict_words
WHERE verdict <> 'unsupported'
ORDER BY CASE verdict WHEN 'reproduced' THEN 1 WHEN 'contradicted' THEN 2 WHEN 'inconclusive' THEN 3 ELSE 4 END, place;
