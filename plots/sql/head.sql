-- SPDX-License-Identifier: MIT
-- The first screen: what was tried, where and when; verdicts; before and after; key figures; all
-- claims.
SELECT '# PROBE_RESULTS: ' || CASE WHEN kind = 'sim' AND chip NOT LIKE '%sim%' THEN 'a simulated ' ELSE '' END || chip || char(10) || char(10) ||
  (SELECT count(*) || ' published claim' || iif(count(*) = 1, '', 's') || ' about Apple''s Neural Engine, ' FROM verdicts) || 'tried on `' || name || '`, ' || replace(words, ', standing in for an engine', '') ||
  CASE WHEN started = '' THEN '' ELSE ', on ' || started END || ': ' || (SELECT count(*) FROM jobs) || ' trials, ' || coalesce(preset, 'unknown') || ' preset, clock: ' || clock || '. ' ||
  iif(disclaimer = '', '', '**' || disclaimer || '**')
FROM device, (SELECT coalesce((SELECT value FROM machine WHERE key = 'chip' AND value <> ''), 'unknown chip') AS chip,
  (SELECT value FROM settings WHERE key = 'preset') AS preset, coalesce((SELECT substr(value, 1, 10) FROM settings WHERE key = 'started_utc'), '') AS started);
SELECT char(10) || '**This run is not complete:** ' || (n_plan - n_jobs) || ' of ' || n_plan || ' planned trials were not run. `aneprobe run --resume` continues it.'
FROM (SELECT (SELECT count(*) FROM schedule) - (SELECT count(*) FROM dropped) AS n_plan, (SELECT count(*) FROM jobs) AS n_jobs) WHERE n_jobs < n_plan;
SELECT char(10) || '**Others used this machine meanwhile:** ' || n || ' of ' || n_all || ' trials were disturbed; ' || iif(n = n_all, 'no verdict on time can be trusted.', 'verdicts on time rest on the others.')
FROM (SELECT count(*) AS n_all, coalesce(sum(disturbed = 'yes'), 0) AS n FROM jobs) WHERE n > 0;
SELECT char(10) || '**What others did on this machine is not known:** no trial could read it. Verdicts on time may rest on trials that were slowed down.'
FROM device WHERE clock = 'measured' AND EXISTS (SELECT 1 FROM jobs WHERE status = 'ok') AND NOT EXISTS (SELECT 1 FROM jobs WHERE status = 'ok' AND disturbed <> '');

-- A strip with the number of claims by verdict: first what the run is about, then claims about an
-- engine that were tried on a processor.
SELECT char(10) || CASE apart WHEN 0 THEN '' ELSE sum(n) || ' claims about properties of an engine, here of this processor:' || char(10) || char(10) END ||
  ':::strip ' || group_concat(n || '|' || class || '|' || shown, ';') FROM (SELECT apart, class, count(*) AS n, iif(count(*) > 1, shown_many, shown) AS shown FROM judged GROUP BY apart, rank ORDER BY apart, rank) GROUP BY apart;
SELECT char(10) || 'No claim was judged.' WHERE NOT EXISTS (SELECT 1 FROM verdicts);

-- Before and after, as published by maderix/ANE#23 for an M4, and from this run.
CREATE TEMP TABLE pr (place, words, metric, published_metric);
INSERT INTO pr VALUES (1, 'Stall per update', 'run_update_stall_ns', 'compile_stall'), (2, 'Compiling, of wall time', 'run_compile_pct', 'compile_share_of_wall'),
  (3, 'Stall, of wall time', 'run_stall_pct', ''), (4, 'Throughput', 'run_gflops', 'throughput'), (5, 'Wall time', 'run_wall_ns', ''), (6, 'Final loss', 'final_loss', '');
CREATE TEMP TABLE pr_said AS SELECT iif(experiment = 'train_before', 'before', 'after') AS side, iif(metric = 'compile_per_step', 'compile_stall', metric) AS metric,
  value || ' ' || unit || CASE metric WHEN 'compile_per_step' THEN ' a step' WHEN 'compile_stall' THEN ' (fixed text)' WHEN 'throughput' THEN iif(experiment = 'train_before', '', ' (convolutions)') ELSE '' END AS words
FROM published WHERE source = 'maderix/ANE#23' AND experiment IN ('train_before', 'train_double_buffer');
CREATE TEMP VIEW trained AS SELECT 1 FROM summary WHERE experiment = 'train' AND arm = 'sync' AND median <> '';
SELECT char(10) || ':::box first' WHERE EXISTS (SELECT 1 FROM key_figures);
SELECT char(10) || ':::box before' || char(10) || char(10) || '**Before and after a double buffer**; published: maderix/ANE#23, M4' || char(10) || char(10) ||
  '| training' || coalesce((SELECT ', n = ' || n || ' ' || n_unit FROM summary_words WHERE experiment = 'train' AND arm = 'sync' AND metric_id = 'run_wall_ns'), '') || ' | before, published | before, ' || way || ' | after, published | after, ' || way || ' |' || char(10) || '|---|--:|--:|--:|--:|' FROM device WHERE EXISTS (SELECT 1 FROM trained);
SELECT '| ' || pr.words || ' | ' || coalesce((SELECT words FROM pr_said WHERE side = 'before' AND metric = published_metric), '') || ' | ' || coalesce(b.brief || ' ' || b.unit || iif(b.brief_interval IN ('', b.brief || ' to ' || b.brief), '', ' (' || b.brief_interval || ')'), '') ||
  ' | ' || coalesce((SELECT words FROM pr_said WHERE side = 'after' AND metric = published_metric), '') || ' | ' || coalesce(a.brief || ' ' || a.unit || iif(a.brief_interval IN ('', a.brief || ' to ' || a.brief), '', ' (' || a.brief_interval || ')'), '') || ' |'
FROM pr LEFT JOIN summary_words b ON b.experiment = 'train' AND b.arm = 'sync' AND b.metric_id = pr.metric LEFT JOIN summary_words a ON a.experiment = 'train' AND a.arm = 'double-inf' AND a.metric_id = pr.metric
WHERE EXISTS (SELECT 1 FROM trained) ORDER BY pr.place;
SELECT char(10) || ':::end' WHERE EXISTS (SELECT 1 FROM trained);
SELECT char(10) || ':::box' || char(10) || char(10) || '**Key figures**, 95 % intervals in brackets' || char(10) || char(10) || '| | ' || way || ' | n | published |' || char(10) || '|---|--:|--:|--:|' FROM device WHERE EXISTS (SELECT 1 FROM key_figures);
SELECT '| [' || words || '](#' || experiment || ') | ' || value || iif(interval = '' OR interval = substr(value, 1, instr(value, ' ') - 1) || ' to ' || substr(value, 1, instr(value, ' ') - 1), '', ' (' || interval || ')') || ' | ' || n || ' | ' || published || ' |' FROM key_figures ORDER BY place;
SELECT char(10) || ':::end' || char(10) || char(10) || ':::end' WHERE EXISTS (SELECT 1 FROM key_figures);

-- All claims by question: one cell each, with its verdict's sign and a link to the claim.
SELECT char(10) || ':::page claims' || char(10) || char(10) || '| question | ' || char(10003) || iif(kind = 'cpu', ' holds here, ', ' reproduced, ') || char(10005) || iif(kind = 'cpu', ' does not hold here', ' contradicted') ||
  ', ? undecided, ! untrusted, ' || char(8211) || ' cannot be tried here |' || char(10) || '|---|---|' FROM device WHERE EXISTS (SELECT 1 FROM judged);
SELECT '| [' || q.question || '](#' || q.id || ') | ' || group_concat('[' || sign || '](#' || anchor || ' "' || j.finding || ', ' || shown || ': ' || replace(claim, '"', '''') || '")', ' ') || ' |'
FROM questions q JOIN (SELECT * FROM judged ORDER BY place) j ON j.question = q.id GROUP BY q.id ORDER BY q.place;
SELECT char(10) || ':::end' WHERE EXISTS (SELECT 1 FROM judged);
