-- SPDX-License-Identifier: MIT
-- Each run against the first, where both ran the same programs by the same probe.
SELECT char(10) || '## Against the first run' || char(10) WHERE (SELECT count(*) FROM runs) > 1;
SELECT 'Ratios to ' || path || ' (' || chip || '), only where both ran programs of the same text (`program_hash` in `summary.csv`) by the same version of the probe (`probe_version`), on devices of one kind. The bounds take the worst of both 95 % intervals, so together they hold with at least 90 %.' || char(10)
FROM machines WHERE run = 1 AND EXISTS (SELECT 1 FROM ratios);
SELECT '| run | quantity | arm | ratio | bounds | n |' || char(10) || '|---|---|---|--:|---|---|' WHERE EXISTS (SELECT 1 FROM ratios);
SELECT '| ' || path || ' (' || m.chip || ') | ' || lower(title) || ' | ' || arm || ' | ' || format('%.4g', ratio) || ' | ' || format('%.4g', low) || ' to ' || format('%.4g', high) || ' | ' || n || ' and ' || n_first || ' |'
FROM ratios JOIN machines m USING (run) JOIN quantities q USING (quantity) ORDER BY q.place, arm, run;
SELECT 'None: no two runs here have the same programs by the same version of a probe, with intervals for the same arms.' WHERE (SELECT count(*) FROM runs) > 1 AND NOT EXISTS (SELECT 1 FROM ratios);
