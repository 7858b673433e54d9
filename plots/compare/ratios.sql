-- SPDX-License-Identifier: MIT
-- Each run compared with the first, if both ran the same programs with the same version of a probe.
SELECT char(10) || '## Compared with the first run' || char(10) WHERE (SELECT count(*) FROM runs) > 1;
SELECT 'Ratios to ' || path || ' (' || chip || '), only if both ran programs with the same text (`program_hash` in `summary.csv`) and the same version of the probe (`probe_version`), on devices of the same kind. The bounds take the worst of both 95 % intervals, so together they hold with at least 90 %.' || char(10)
FROM machines WHERE run = 1 AND EXISTS (SELECT 1 FROM ratios);
SELECT '| run | quantity | arm | ratio | bounds | n |' || char(10) || '|---|---|---|--:|---|---|' WHERE EXISTS (SELECT 1 FROM ratios);
SELECT '| ' || path || ' (' || m.chip || ') | ' || lower(title) || ' | ' || arm || ' | ' || format('%.4g', ratio) || ' | ' || format('%.4g', low) || ' to ' || format('%.4g', high) || ' | ' || n || ' and ' || n_first || ' |'
FROM ratios JOIN machines m USING (run) JOIN quantities q USING (quantity) ORDER BY q.place, arm, run;
SELECT 'None: no two runs here have the same programs and the same version of a probe, with intervals for the same arms.' WHERE (SELECT count(*) FROM runs) > 1 AND NOT EXISTS (SELECT 1 FROM ratios);
