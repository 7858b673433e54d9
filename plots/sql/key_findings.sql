-- SPDX-License-Identifier: MIT
-- One line a claim, grouped by what became of it.
SELECT char(10) || '## Key findings' || heading_mark || char(10) FROM device;
SELECT (SELECT count(*) || CASE count(*) WHEN 1 THEN ' claim' ELSE ' claims' END FROM verdicts) || ' judged on `' || name || '`' || mark || ': ' || group_concat(n_words, ', ') || '.' || char(10)
FROM device, (SELECT count(*) || ' ' || verdict AS n_words FROM verdicts GROUP BY verdict
  ORDER BY CASE verdict WHEN 'reproduced' THEN 1 WHEN 'contradicted' THEN 2 WHEN 'inconclusive' THEN 3 WHEN 'untrusted' THEN 4 ELSE 5 END)
HAVING count(*) > 0;
SELECT 'No claim was judged.' WHERE NOT EXISTS (SELECT 1 FROM verdicts);
SELECT '- **' || verdict || '**' || mark || ' `' || finding || '`: ' || claim || '. ' || reason || CASE WHEN reason = '' OR reason LIKE '%.' THEN '' ELSE '.' END
FROM verdict_words, device
WHERE verdict <> 'unsupported'
ORDER BY CASE verdict WHEN 'reproduced' THEN 1 WHEN 'contradicted' THEN 2 WHEN 'inconclusive' THEN 3 ELSE 4 END, place;
