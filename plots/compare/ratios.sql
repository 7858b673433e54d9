-- SPDX-License-Identifier: MIT
-- Each run against the first, where both are of one commit.
SELECT char(10) || '## Against the first run' || char(10) WHERE (SELECT count(*) FROM runs) > 1;
SELECT 'Ratios to ' || path || ' (' || chip || '), only for runs of the same clean commit of the suite, which fixes every program''s text and every probe. The bounds take the worst of both 95 % intervals, so together they hold with at least 90 %.' || char(10)
FROM machines WHERE run = 1 AND EXISTS (SELECT 1 FROM ratios);
SELECT '| run | quantity | arm | ratio | bounds | n |' || char(10) || '|---|---|---|--:|---|---|' WHERE EXISTS (SELECT 1 FROM ratios);
SELECT '| ' || path || ' (' || m.chip || ') | ' || lower(title) || ' | ' || arm || ' | ' || format('%.4g', ratio) || ' | ' || format('%.4g', low) || ' to ' || format('%.4g', high) || ' | ' || n || ' and ' || n_first || ' |'
FROM ratios JOIN machines m USING (run) JOIN quantities q USING (quantity) ORDER BY q.place, arm, run;
SELECT 'None: no two runs here are of one clean commit with intervals for the same arms.' WHERE (SELECT count(*) FROM runs) > 1 AND NOT EXISTS (SELECT 1 FROM ratios);
