-- SPDX-License-Identifier: MIT
SELECT char(10) || '## Summary' || char(10) || char(10) ||
  '| finding | claim | verdict | measured here | published |' || char(10) || '|---|---|---|---|---|';
SELECT '| `' || finding || '` | ' || claim || ' | ' || verdict || ' | ' || measured ||
  CASE WHEN interval = '' THEN '' ELSE ' (' || interval || ')' END || ' | ' || published || CASE WHEN published = '' THEN '' ELSE ' (' || source || ')' END || ' |'
FROM verdict_words ORDER BY place;
