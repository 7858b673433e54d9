-- SPDX-License-Identifier: MIT
-- points: status=ok latency_ns!= A block for each arm, then the claim's 99th percentile: latency in
-- us, and the share of evals that took longer. About 300 points of the bulk are drawn, and all of
-- the last 200.
CREATE TEMP TABLE ranked AS SELECT arm, latency_ns / 1000.0 AS us, row_number() OVER (PARTITION BY arm ORDER BY latency_ns + 0.0) AS place,
    count(*) OVER (PARTITION BY arm) AS n FROM samples WHERE status = 'ok' AND latency_ns GLOB '[0-9]*';
SELECT 'us' AS a, 'back to back (n = ' || coalesce(max(n), 0) || ' evals)' AS b FROM ranked WHERE arm = 'closed';
SELECT us, (n - place + 0.5) / n FROM ranked WHERE arm = 'closed' AND (place % (1 + n / 300) = 0 OR place > n - 200) ORDER BY place;
.print ""
.print ""
SELECT 'us' AS a, 'due at random times, half the rate (n = ' || coalesce(max(n), 0) || ' evals)' AS b FROM ranked WHERE arm = 'open';
SELECT us, (n - place + 0.5) / n FROM ranked WHERE arm = 'open' AND (place % (1 + n / 300) = 0 OR place > n - 200) ORDER BY place;
.print ""
.print ""
SELECT 'us' AS a, 'claimed: 1 in 100 takes longer than ' || margin || ' medians' AS b FROM findings WHERE finding = 'dispatch.tail';
SELECT margin * median / 1000.0, 0.01 FROM findings, summary s WHERE finding = 'dispatch.tail' AND s.experiment = 'dispatch' AND s.arm = 'open' AND s.metric = 'median_ns' AND s.median <> '';
