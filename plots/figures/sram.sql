-- SPDX-License-Identifier: MIT
-- Three blocks, one for each arm: size, median eval over processes with its range, in ms.
CREATE TEMP TABLE stacks AS SELECT arm, replace(replace(metric, 'eval_kb_', ''), '_ns', '') / 1024.0 AS mb, median / 1e6 AS ms,
    "min" / 1e6 AS low, "max" / 1e6 AS high, n FROM summary WHERE experiment = 'sram' AND metric GLOB 'eval_kb_*_ns' AND median <> '';
SELECT 'MB' AS a, '512 channels: median and range over processes (n = ' || coalesce(max(n), 0) || ')' AS b FROM stacks WHERE arm = 'aligned';
SELECT mb, ms, low, high FROM stacks WHERE arm = 'aligned' ORDER BY mb;
.print ""
.print ""
SELECT 'MB' AS a, '480 channels (n = ' || coalesce(max(n), 0) || ')' AS b FROM stacks WHERE arm = 'unaligned';
SELECT mb, ms, low, high FROM stacks WHERE arm = 'unaligned' ORDER BY mb;
.print ""
.print ""
SELECT 'MB' AS a, 'one convolution of up to 4352 channels (n = ' || coalesce(max(n), 0) || ')' AS b FROM stacks WHERE arm = 'single';
SELECT mb, ms, low, high FROM stacks WHERE arm = 'single' ORDER BY mb;
.print ""
.print ""
-- The change of the aligned stacks, if one was found.
SELECT 'MB' AS a, 'change point and its 95 % interval' AS b;
SELECT measured, ci_low, ci_high FROM verdicts WHERE finding = 'sram.at-32mb' AND measured <> '' AND ci_low <> '';
.print ""
.print ""
SELECT 'low' AS a, 'high' AS b;
SELECT published * (1 - margin / 100.0), published * (1 + margin / 100.0) FROM findings WHERE finding = 'sram.at-32mb' AND EXISTS (SELECT 1 FROM stacks);
