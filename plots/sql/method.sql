-- SPDX-License-Identifier: MIT
-- The overall method, facts about machine and run, and a sim's parameters.
SELECT char(10) || '## Method' || heading_mark || char(10) || char(10) ||
'A verdict is about the published claim, on this device: ' || iif(kind = 'cpu', '*holds here* and *does not hold here* (`verdicts.csv` has *reproduced* and *contradicted*), *undecided*', '*reproduced*, *contradicted*, *inconclusive*') ||
' (the data do not decide), *unsupported* (cannot be tried here), *untrusted* (' || way || ', but a control failed). '
|| 'The process is the sample: each trial is a fresh process, trials are shuffled within blocks. Intervals are 95 %; medians have order-statistic intervals where n is large enough. '
|| iif(EXISTS (SELECT 1 FROM looks), 'An experiment whose claims are all decided at one of its planned looks gets no further trials; the 95 % hold for all its looks together, so each look''s own level is higher (`looks.csv`). ', '')
|| 'An empty cell means no value, never zero. Outliers are counted and kept. '
|| 'Error rates are how often a verdict is wrong on randomly drawn simulated engines whose properties are known, in the quick preset: the upper end of the 95 % interval (`results/instruments.csv`). A real device may behave unlike any simulated engine. '
|| 'Figures show at most a few thousand raw points, chosen evenly. The page, `PROBE_RESULTS.html`, has also the reason of each verdict, the method of each program and all numbers. Every sample is in `samples/`, the output of every trial in `jobs/`; `aneprobe judge` and `aneprobe report` rebuild this report from them.' FROM device;
SELECT char(10) || '## Machine and run' || heading_mark || char(10) || char(10) || '| | |' || char(10) || '|---|---|' FROM device;
SELECT '| ' || CASE WHEN key IN ('chip', 'os') AND (SELECT kind FROM device) = 'sim' THEN 'simulated ' ELSE '' END || replace(key, '_', ' ') || ' | ' || value || ' |' FROM machine
WHERE key NOT GLOB 'sim_*' AND value <> '' ORDER BY rowid;
SELECT '| ' || replace(key, '_', ' ') || ' | ' || value || ' |' FROM settings WHERE value <> '' AND key <> 'device' ORDER BY rowid;
SELECT '| trials | ' || (SELECT count(*) FROM schedule) || ' planned, ' || count(*) || ' run, of them ' || coalesce(sum(status = 'ok'), 0) || ' to their end' || (SELECT iif(count(*) = 0, '', ', ' || count(*) || ' dropped, since their claims were decided') FROM dropped) || ' |' FROM jobs;
SELECT char(10) || ':::fold Parameters of the simulated engine' || char(10) || char(10) ||
iif(EXISTS (SELECT 1 FROM machine WHERE key GLOB 'sim_*_basis'), '*published* comes from a source, *fitted* was fitted to published figures, *default* is nobody''s measurement of this chip.' || char(10) || char(10), '')
|| '| parameter | value | from |' || char(10) || '|---|---|---|' FROM device WHERE EXISTS (SELECT 1 FROM machine WHERE key GLOB 'sim_*');
SELECT '| ' || replace(substr(m.key, 5), '_', ' ') || ' | ' || m.value || ' | ' || coalesce(b.value, '') || ' |'
FROM machine m LEFT JOIN machine b ON b.key = m.key || '_basis'
WHERE m.key GLOB 'sim_*' AND m.key NOT GLOB '*_basis' AND m.value <> '' ORDER BY m.rowid;
SELECT char(10) || ':::end' FROM device WHERE EXISTS (SELECT 1 FROM machine WHERE key GLOB 'sim_*');
