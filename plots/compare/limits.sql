-- SPDX-License-Identifier: MIT
-- How many programs a process can have, as published and as judged by the runs; and what changes
-- weights according to the sources.
SELECT char(10) || '## Limits' || char(10) || char(10) || 'How many programs one process can compile or keep loaded. Sources mean different things by that, so each is quoted in its own words.' || char(10);
SELECT '| chip | basis | programs | what | from |' || char(10) || '|---|---|--:|---|---|'
WHERE EXISTS (SELECT 1 FROM verdicts WHERE finding GLOB 'compile-limit.*') OR EXISTS (SELECT 1 FROM published);
SELECT '| ' || chip || ' | ' || basis || ' | ' || programs || ' | ' || what || ' | ' || origin || ' |' FROM (
  SELECT rank, 0 AS place, chip, 'published' AS basis,
    CASE metric WHEN 'limit_low' THEN 'from ' WHEN 'limit_high' THEN 'to ' ELSE '' END || value || CASE metric WHEN 'programs_loaded' THEN ' loaded' WHEN 'programs_compiled' THEN ' compiled' ELSE '' END AS programs,
    config || CASE note WHEN '' THEN '' ELSE '; ' || note END AS what, source AS origin
  FROM published JOIN chips USING (chip) WHERE experiment = 'compile_limit' AND unit = 'programs' AND metric IN ('limit', 'limit_low', 'limit_high', 'programs_loaded', 'programs_compiled')
  UNION ALL
  SELECT rank, run, chip, '**' || basis || '**', measured, verdict || CASE reason WHEN '' THEN '' ELSE ': ' || reason END, path
  FROM verdicts JOIN machines USING (run) JOIN chips USING (chip) WHERE finding = 'compile-limit.exists')
ORDER BY rank, place;
SELECT char(10) || 'What sources say about a chip beyond figures (`results/chips.csv` names the rows of `results/published.csv`):' || char(10) || char(10) ||
  '| chip | what runs out | rewriting the source, then loading | a weights buffer | chaining | sources |' || char(10) || '|---|---|---|---|---|---|' WHERE EXISTS (SELECT 1 FROM chips_known);
SELECT '| ' || chip || ' | ' || coalesce(max(value) FILTER (WHERE key = 'limit_kind'), 'unknown') || ' | ' ||
  coalesce(max(CASE value WHEN '0' THEN 'has no effect' ELSE 'takes effect' END) FILTER (WHERE key = 'reload_source'), 'unknown') || ' | ' ||
  coalesce(max(CASE value WHEN '0' THEN 'has no effect' ELSE 'takes effect' END) FILTER (WHERE key = 'weights_buffer'), 'unknown') || ' | ' ||
  coalesce(max(replace(value, '_', ' ')) FILTER (WHERE key = 'chain'), 'unknown') || ' | ' || replace(group_concat(DISTINCT sources), ',', '; ') || ' |'
FROM chips_known JOIN chips USING (chip) WHERE basis = 'published' AND key IN ('limit_kind', 'reload_source', 'weights_buffer', 'chain') GROUP BY chip ORDER BY rank;
