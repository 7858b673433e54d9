-- SPDX-License-Identifier: MIT
-- points: status=ok eval_ns!= Tokens a second of each arm: every eval, and the median with its interval over processes;
-- one token at a time and the prompt apart. Arms of the notch's model are left out: it is another one.
CREATE TEMP TABLE places AS SELECT arm, arm GLOB 'prompt*' AS is_prompt, row_number() OVER (ORDER BY arm GLOB 'prompt*', median + 0.0) AS x, median + 0.0 AS median,
    coalesce(nullif(ci_low, ''), median) + 0.0 AS low, coalesce(nullif(ci_high, ''), median) + 0.0 AS high, n
  FROM (SELECT *, min(summary.rowid) FROM summary WHERE experiment = 'generate' AND metric GLOB '[tp][gp][0-9]*_ts' AND metric NOT GLOB '*d[0-9]*'
    AND median <> '' AND arm NOT IN ('step-notch', 'step-padded') GROUP BY arm);
CREATE TEMP TABLE raw AS SELECT p.x, 1e9 * s.n_tokens / s.eval_ns AS rate FROM samples s JOIN places p ON p.arm = s.arm
  WHERE s.status = 'ok' AND s.n_depth + 0 = 0 AND s.eval_ns GLOB '[0-9]*' AND s.eval_ns + 0 > 0;
SELECT 'place' AS a, 'an eval (n = ' || coalesce((SELECT n FROM points), count(*)) || ')' AS b FROM raw;
SELECT x, rate FROM raw;
.print ""
.print ""
SELECT 'place' AS a, 'one token at a time: median, 95 % interval' AS b;
SELECT x, median, low, high, replace(arm, 'step-', '') || ' (n = ' || n || ')' FROM places WHERE NOT is_prompt ORDER BY x;
.print ""
.print ""
SELECT 'place' AS a, 'a prompt at once: the same' AS b;
SELECT x, median, low, high, arm || ' (n = ' || n || ')' FROM places WHERE is_prompt ORDER BY x;
