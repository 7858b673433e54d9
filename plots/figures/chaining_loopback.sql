-- SPDX-License-Identifier: MIT
-- points: arm=cost status=ok Three blocks. First the ladder: trials by rung reached and k. Then k
-- and the cost of k chained steps relative to that of k evals, round by round; then the ratio below
-- which a step is cheaper by the margin.
CREATE TEMP TABLE rungs(place INTEGER, rung TEXT);
INSERT INTO rungs VALUES (0, 'none'), (1, 'prepared'), (2, 'ready'), (3, 'enqueued'), (4, 'changed'), (5, 'right');
CREATE TEMP TABLE ladder AS SELECT s.job, s.steps + 0 AS steps, r.place FROM samples s JOIN rungs r ON r.rung = s.rung
  WHERE s.arm = 'ladder' AND s.status NOT IN ('end', 'unsupported') AND s.steps GLOB '[0-9]*';
SELECT 'steps' AS a, 'rung' AS b, 'numbers: trials, each a fresh process' AS c;
SELECT steps, place, count(*) FROM ladder GROUP BY steps, place ORDER BY steps, place;
.print ""
.print ""
-- At most about 1200 rounds, the same ones each time, spread over all rows.
CREATE TEMP TABLE cost AS SELECT steps + 0 AS steps, 1.0 * chain_ns / evals_ns AS ratio, rowid AS place
FROM samples WHERE arm = 'cost' AND status = 'ok' AND chain_ns GLOB '[1-9]*' AND evals_ns GLOB '[1-9]*';
SELECT 'steps' AS a, coalesce((SELECT 'a step: ' || measured || ' of an eval' || iif(ci_low = '' OR ci_high = '', '', format(' (%.4g to %.4g)', ci_low, ci_high)) || ', n = ' || n || ' ' || n_unit
  FROM verdicts WHERE finding = 'chaining.saves-dispatch' AND measured GLOB '*[0-9]*'), 'k steps chained') AS b;
SELECT steps, ratio FROM cost WHERE place * 2654435761 % 4294967296 * (SELECT count(*) FROM cost) < 1200 * 4294967296;
.print ""
.print ""
SELECT 'below' AS a, 'equal' AS b;
SELECT 1 - margin / 100.0, 1 FROM findings WHERE finding = 'chaining.saves-dispatch' AND EXISTS (SELECT 1 FROM cost);
