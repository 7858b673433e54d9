-- SPDX-License-Identifier: MIT
-- One block per file and device: every latency in order, in us, and the share of evals that took at
-- most this long.
.headers off
CREATE TEMP TABLE arms AS SELECT file, device, min(rowid) AS first, count(*) AS n, count(DISTINCT process) AS processes
  FROM samples GROUP BY file, device;
SELECT line FROM (
  SELECT first, -1 AS at, char(10) || char(10) || 'us' || char(9) || replace(replace(file, rtrim(file, replace(file, '/', '')), ''), char(9), ' ') || ' on ' || device || ', ' || n || iif(n = 1, ' eval of ', ' evals of ') || processes || iif(processes = 1, ' process', ' processes') AS line FROM arms
  UNION ALL
  SELECT first, row_number() OVER (PARTITION BY file, device ORDER BY eval_ns + 0.0),
    printf('%.6g', eval_ns / 1000.0) || char(9) || printf('%.6g', row_number() OVER (PARTITION BY file, device ORDER BY eval_ns + 0.0) * 1.0 / n)
  FROM samples JOIN arms USING (file, device)
) ORDER BY first, at;
