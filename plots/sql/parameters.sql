-- SPDX-License-Identifier: MIT
-- What a simulated engine was told, and where each value comes from when it simulates a chip.
SELECT char(10) || '## Parameters of the simulated engine' || heading_mark || char(10) || char(10) ||
'*published* stands in a source, *fitted* was fitted to published figures, *default* is nobody''s measurement of this chip.'
|| char(10) || char(10) || '| parameter | value | from |' || char(10) || '|---|---|---|'
FROM device WHERE EXISTS (SELECT 1 FROM machine WHERE key GLOB 'sim_*_basis');
SELECT char(10) || '## Parameters of the simulated engine' || heading_mark || char(10) || char(10) || '| parameter | value | |' || char(10) || '|---|---|---|'
FROM device WHERE EXISTS (SELECT 1 FROM machine WHERE key GLOB 'sim_*') AND NOT EXISTS (SELECT 1 FROM machine WHERE key GLOB 'sim_*_basis');
SELECT '| ' || replace(substr(m.key, 7), '_', ' ') || ' | ' || m.value || ' | ' || coalesce(b.value, '') || ' |'
FROM machine m LEFT JOIN machine b ON b.key = m.key || '_basis'
WHERE m.key GLOB 'sim_*' AND m.key NOT GLOB '*_basis' AND m.value <> '' ORDER BY m.rowid;
