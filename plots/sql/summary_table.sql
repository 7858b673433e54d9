-- SPDX-License-Identifier: MIT
SELECT char(10) || '## Summary' || (SELECT heading_mark FROM device) || char(10) || char(10) ||
  '| finding | claim | verdict | ' || way || ' here | published | error rate, upper bound |' || char(10) || '|---|---|---|---|---|---|' FROM device
WHERE EXISTS (SELECT 1 FROM verdicts);
SELECT '| `' || finding || '` | ' || claim || ' | ' || verdict || mark || ' | ' || measured ||
  CASE WHEN interval = '' THEN '' ELSE ' (' || interval || ')' END || ' | ' || published || CASE WHEN published = '' THEN '' ELSE ' (' || source || ')' END || ' | ' || error_rate || ' |'
FROM verdict_words, device ORDER BY place;
