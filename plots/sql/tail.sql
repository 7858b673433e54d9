-- SPDX-License-Identifier: MIT
SELECT char(10) || '## How to read this' || heading_mark || char(10) || char(10) ||
'A verdict is about the published claim, on this device: *reproduced*, *contradicted*, *inconclusive* (the data do not decide), *unsupported* (cannot be asked here), *untrusted* (' || way || ', but a control failed). '
|| 'The unit of replication is the process: each trial is a fresh one, in shuffled blocks. Intervals are 95 %; medians carry order-statistic intervals, where n is enough for one. An empty cell is no value, never zero. Outliers are counted and kept. '
|| 'Figures show at most some thousand raw points, chosen evenly; every sample is in `samples/`, every trial''s output in `jobs/`; `aneprobe judge` and `aneprobe report` rebuild this page from them.' FROM device;
