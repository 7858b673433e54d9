-- SPDX-License-Identifier: MIT
-- Title, reading guide, list of runs.
SELECT '# COMPARE: chips and their Neural Engines' || char(10);
SELECT count(DISTINCT f.chip) || ' chips: ' || sum(basis = 'published') || ' figures that ' || count(DISTINCT iif(basis = 'published', source, NULL)) || ' sources published, ' || (SELECT count(*) FROM runs) || ' run' || iif((SELECT count(*) FROM runs) = 1, '', 's') || ' of this suite.' || char(10)
FROM figures f WHERE EXISTS (SELECT 1 FROM figures);
SELECT CASE (SELECT count(*) FROM runs) WHEN 0 THEN '**Everything below was published by others, or is simulated from that; nothing of it was measured by this suite.**'
  ELSE '**' || group_concat(words, '; ') || '.**' END
FROM (SELECT count(*) || CASE count(*) WHEN 1 THEN ' run' ELSE ' runs' END || CASE kind WHEN 'ane' THEN ' on Neural Engines, measured' WHEN 'sim' THEN ' on simulated engines: about no real engine'
    WHEN 'stand-in' THEN ' on a stand-in for the framework: simulated, about no real engine'
    ELSE ' on processors, measured: about no Neural Engine' END AS words FROM machines GROUP BY kind ORDER BY kind);
SELECT char(10) || 'In the figures an open circle is a figure published by others, a filled diamond with its 95 % interval was measured by this suite, and a cross is simulated. Several figures for one chip are shown as a range, never averaged: sources differ in programs, OS and care.';
SELECT char(10) || '| run | where | about | OS | commit | preset |' || char(10) || '|---|---|---|---|---|---|' FROM runs LIMIT 1;
SELECT '| ' || path || ' | ' || chip || ' | ' || CASE kind WHEN 'ane' THEN 'a Neural Engine, measured' WHEN 'sim' THEN 'a simulated engine' WHEN 'stand-in' THEN 'a stand-in, simulated' ELSE 'a processor, measured' END ||
  ' | ' || os || ' | ' || "commit" || ' | ' || preset || ' |' FROM machines ORDER BY run;
