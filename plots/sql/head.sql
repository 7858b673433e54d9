-- SPDX-License-Identifier: MIT
-- Title, what was measured and on what.
SELECT '# PROBE_RESULTS: ' || CASE WHEN kind = 'sim' AND chip NOT LIKE '%sim%' THEN 'a simulated ' ELSE '' END || chip || char(10) || char(10) ||
  '**Device `' || name || '`: ' || words || '.** ' || disclaimer || CASE disclaimer WHEN '' THEN '' ELSE ' ' END || 'Clock: ' || clock || '.'
FROM device, (SELECT coalesce((SELECT value FROM machine WHERE key = 'chip' AND value <> ''), 'unknown chip') AS chip);
SELECT char(10) || '| machine | |' || char(10) || '|---|---|';
SELECT '| ' || CASE WHEN key IN ('chip', 'os') AND (SELECT kind FROM device) = 'sim' THEN 'simulated ' ELSE '' END || replace(key, '_', ' ') || ' | ' || value || ' |' FROM machine
WHERE key NOT IN ('device', 'clock') AND key NOT GLOB 'sim_*' AND value <> '' ORDER BY rowid;
SELECT '| ' || replace(key, '_', ' ') || ' | ' || value || ' |' FROM settings
WHERE value <> '' ORDER BY rowid;
SELECT '| trials | ' || (SELECT count(*) FROM plan) || ' planned, ' || count(*) || ' run, of them ' || coalesce(sum(status = 'ok'), 0) || ' to their end |' FROM jobs;
SELECT char(10) || '**This run is not complete:** ' || (n_plan - n_jobs) || ' of ' || n_plan || ' planned trials were not run. `aneprobe run --resume` goes on with it.'
FROM (SELECT (SELECT count(*) FROM plan) AS n_plan, (SELECT count(*) FROM jobs) AS n_jobs) WHERE n_jobs < n_plan;
