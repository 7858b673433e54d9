-- SPDX-License-Identifier: MIT
-- One block per file and device: size, median latency in us with its interval, and the size as written. Sizes
-- that are not numbers are placed at 1, 2, ...
.headers off
CREATE TEMP TABLE points AS
  SELECT rowid AS at, file, device, substr(size, instr(size, '=') + 1) AS size, value, nullif(ci_low, '') AS low, nullif(ci_high, '') AS high
  FROM latencies WHERE metric IN ('latency_p50', 'response_p50') AND operator = '' AND size <> '';
CREATE TEMP TABLE places AS SELECT size, row_number() OVER (ORDER BY min(at)) AS place FROM points GROUP BY size;
CREATE TEMP TABLE arms AS SELECT file, device, min(at) AS first FROM points GROUP BY file, device;
SELECT line FROM (
  SELECT first, -1 AS at, char(10) || char(10) || 'size' || char(9) || replace(replace(file, rtrim(file, replace(file, '/', '')), ''), char(9), ' ') || ' on ' || device || char(9) || 'low' || char(9) || 'high' || char(9) || 'as written' AS line FROM arms
  UNION ALL
  SELECT first, place,
    iif((SELECT sum(instr(size, 'x')) FROM points) = 0, size, place) || char(9) || value || char(9) || ifnull(low, value) || char(9) || ifnull(high, value) || char(9) || size
  FROM points JOIN arms USING (file, device) JOIN places USING (size)
) ORDER BY first, at;
