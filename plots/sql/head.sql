-- SPDX-License-Identifier: MIT
-- Title, what was measured and on what.
SELECT '# PROBE_RESULTS: ' || coalesce((SELECT value FROM machine WHERE key = 'chip'), 'unknown chip') || char(10) || char(10) ||
  '**Device `' || name || '`: ' || words || '.** ' || disclaimer || ' Clock: ' || clock || '.' FROM device;
SELECT char(10) || '| machine | |' || char(10) || '|---|---|';
SELECT '| ' || replace(key, '_', ' ') || ' | ' || replace(value, '|', '\|') || ' |' FROM machine
WHERE key NOT IN ('device', 'clock') AND value <> '' ORDER BY rowid;
SELECT '| ' || replace(key, '_', ' ') || ' | ' || replace(value, '|', '\|') || ' |' FROM settings
WHERE value <> '' ORDER BY rowid;
SELECT '| trials | ' || count(*) || ', of them ' || sum(status = 'ok') || ' ran to their end |' FROM jobs;
