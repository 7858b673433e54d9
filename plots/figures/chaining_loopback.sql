-- SPDX-License-Identifier: MIT
-- Two blocks. First the ladder: trials by rung reached and k. Then costs: k, chain and evals in us.
CREATE TEMP TABLE rungs(place INTEGER, rung TEXT);
INSERT INTO rungs VALUES (0, 'none'), (1, 'prepared'), (2, 'ready'), (3, 'enqueued'), (4, 'changed'), (5, 'right');
SELECT 'steps' AS a, 'rung' AS b, count(DISTINCT job) || ' processes' AS c FROM samples WHERE arm = 'ladder' AND status <> 'end';
SELECT s.steps, r.place, count(*) FROM samples s JOIN rungs r ON r.rung = s.rung
WHERE s.arm = 'ladder' GROUP BY s.steps + 0, r.place ORDER BY s.steps + 0, r.place;
.print ""
.print ""
-- At most some 200 points of each k, evenly spread over the rows.
CREATE TEMP TABLE cost AS SELECT steps + 0 AS steps, chain_ns + 0.0 AS chain_ns, evals_ns + 0.0 AS evals_ns,
  row_number() OVER (PARTITION BY steps ORDER BY rowid) AS place, count(*) OVER (PARTITION BY steps) AS n
FROM samples WHERE arm = 'cost' AND status = 'ok' AND chain_ns <> '' AND evals_ns <> '';
SELECT 'steps' AS a, 'k loopback steps (' || coalesce(max(n), 0) || ' rounds each)' AS b, 'k separate evals' AS c FROM cost;
SELECT steps, chain_ns / 1000, evals_ns / 1000 FROM cost WHERE place % (1 + n / 200) = 0;
