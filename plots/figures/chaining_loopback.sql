-- SPDX-License-Identifier: MIT
-- points: arm=cost status=ok
-- Two blocks. First the ladder: trials by rung reached and k. Then costs: k, chain and evals in us,
-- with the cost of a step in words.
CREATE TEMP TABLE rungs(place INTEGER, rung TEXT);
INSERT INTO rungs VALUES (0, 'none'), (1, 'prepared'), (2, 'ready'), (3, 'enqueued'), (4, 'changed'), (5, 'right');
CREATE TEMP TABLE ladder AS SELECT s.job, s.steps + 0 AS steps, r.place FROM samples s JOIN rungs r ON r.rung = s.rung
  WHERE s.arm = 'ladder' AND s.status NOT IN ('end', 'unsupported') AND s.steps GLOB '[0-9]*';
SELECT 'steps' AS a, 'rung' AS b, 'numbers: trials, each a fresh process' AS c;
SELECT steps, place, count(*) FROM ladder GROUP BY steps, place ORDER BY steps, place;
.print ""
.print ""
-- At most some 1200 rounds, the same ones each time, spread over all rows.
CREATE TEMP TABLE cost AS SELECT steps + 0 AS steps, chain_ns / 1000.0 AS chain_us, evals_ns / 1000.0 AS evals_us, rowid AS place
FROM samples WHERE arm = 'cost' AND status = 'ok' AND chain_ns GLOB '[1-9]*' AND evals_ns GLOB '[1-9]*';
CREATE TEMP TABLE step AS SELECT metric_id, ': ' || median || ' ' || unit || ' a step' || CASE interval WHEN '' THEN '' ELSE ' (' || interval || ')' END || ', n = ' || n AS words
FROM summary_words WHERE program = 'chaining_loopback' AND arm = 'cost' AND median <> '';
SELECT 'steps' AS a, 'k steps chained' || coalesce((SELECT words FROM step WHERE metric_id = 'chain_step_ns'), '') AS b,
  'k evals' || coalesce((SELECT words FROM step WHERE metric_id = 'eval_step_ns'), '') AS c;
SELECT steps, chain_us, evals_us FROM cost WHERE place * 2654435761 % 4294967296 * (SELECT count(*) FROM cost) < 1200 * 4294967296;
