-- SPDX-License-Identifier: MIT
-- The questions of a report in readers' words, the experiments that bear on each, and the answers by
-- verdict.

-- `finding` answers the question when it was decided, else `other` does.
CREATE TABLE questions (place INTEGER PRIMARY KEY, id, question, finding, other);
INSERT INTO questions (id, question, finding, other) VALUES
('weights', 'Do weights change without a compile?', 'weight-baking.baked', 'weight-baking.source-reload'),
('limits', 'What runs out?', 'compile-limit.exists', 'compile-limit.kind'),
('together', 'What runs beside what?', 'overlap.concurrent', 'chaining.executes'),
('speed', 'How fast?', '', ''),
('programs', 'Which programs does it accept?', '', ''),
('training', 'Does training gain?', 'trainer.faster', 'trainer.stall-removed');

-- What an experiment's claims are about: a property of an engine, or a way of working that any device
-- can be asked about.
CREATE TABLE asked (question, experiment, about);
INSERT INTO asked VALUES
('weights', 'weight_baking', 'engine'), ('weights', 'weights_buffer_and_procedures', 'engine'), ('weights', 'mutable_weights', 'engine'), ('weights', 'cache', 'engine'), ('weights', 'compile_handoff', 'engine'),
('limits', 'compile_limit', 'engine'), ('limits', 'program_limits', 'engine'), ('limits', 'poison', 'engine'), ('limits', 'compile_sequence', 'way'),
('together', 'overlap', 'way'), ('together', 'ping_pong', 'way'), ('together', 'concurrency', 'engine'), ('together', 'shared_surface', 'engine'), ('together', 'chaining_loopback', 'engine'),
('speed', 'peak', 'engine'), ('speed', 'dispatch', 'way'), ('speed', 'sustained', 'way'), ('speed', 'idle_wake', 'engine'), ('speed', 'int8', 'engine'), ('speed', 'energy', 'engine'), ('speed', 'sram', 'engine'), ('speed', 'stream_notch', 'engine'), ('speed', 'weight_formats', 'engine'), ('speed', 'generate', 'engine'),
('speed', 'public_path', 'engine'), ('speed', 'units', 'engine'), ('speed', 'eval_paths', 'engine'), ('speed', 'qos_sweep', 'engine'), ('speed', 'eval_stats', 'engine'), ('speed', 'counters', 'engine'),
('programs', 'ops', 'engine'), ('programs', 'placement', 'way'), ('programs', 'surfaces', 'engine'), ('programs', 'numerics', 'engine'),
('training', 'train', 'way');

-- The claim that an experiment's figure shows.
CREATE TABLE shown_claims (experiment, finding);
INSERT INTO shown_claims VALUES ('weight_baking', 'weight-baking.baked'), ('compile_limit', 'compile-limit.value'), ('compile_sequence', 'compile-sequence.no-degradation'),
('overlap', 'overlap.concurrent'), ('chaining_loopback', 'chaining.saves-dispatch'), ('peak', 'peak.512ch-96x'), ('dispatch', 'dispatch.tail'),
('sustained', 'sustained.held'), ('int8', 'int8.faster'), ('generate', 'generate.fused'), ('energy', 'energy.zeros'), ('sram', 'sram.at-32mb'), ('public_path', 'public-path.small-slower'), ('units', 'units.gpu-vector'), ('placement', 'placement.388-layers'), ('qos_sweep', 'qos.no-latency-effect'), ('train', 'trainer.stall-removed');

CREATE VIEW figure_claims AS SELECT s.experiment, 'Claim (' || f.chip || '): ' || f.claim ||
  CASE WHEN f.margin = '' THEN '' ELSE '. Margin: ' || f.margin || ' ' || f.margin_unit END || '.' AS words
FROM shown_claims s JOIN findings f ON f.finding = s.finding WHERE f.finding IN (SELECT finding FROM verdicts);

-- One sentence for a verdict; a claim without a verdict yields none.
CREATE TABLE answers (finding, verdict, sentence);
INSERT INTO answers VALUES
('weight-baking.baked', 'reproduced', 'No: new weights need a new compile. Neither a rewritten source file nor a weights buffer reached the output; a recompile did.'),
('weight-baking.baked', 'contradicted', 'Yes: weights can be changed without a compile.'),
('weight-baking.source-reload', 'reproduced', 'Rewriting the source weights and loading again changes nothing.'),
('weight-baking.source-reload', 'contradicted', 'Yes: rewriting the source weights and loading again updates them.'),
('compile-limit.exists', 'reproduced', 'The number of programs that a process can have is bounded; a trainer that compiles new sets must plan for that.'),
('compile-limit.exists', 'contradicted', 'Nothing ran out within the search, so up to there a trainer needs no restart.'),
('compile-limit.kind', 'reproduced', 'Compiles run out: unloading does not give slots back.'),
('overlap.concurrent', 'reproduced', 'Evals complete while a compile runs in the background, so double buffering can hide compile time.'),
('overlap.concurrent', 'contradicted', 'Compiles and evals alternate: a background compile hides nothing.'),
('chaining.executes', 'reproduced', 'A chained request runs all its steps.'),
('chaining.executes', 'contradicted', 'A chained request did not run, whatever the calls returned.'),
('trainer.faster', 'reproduced', 'Yes: training with a double buffer takes less time than compiling and waiting.'),
('trainer.faster', 'contradicted', 'No: training with a double buffer is not faster than compiling and waiting by more than the margin.'),
('trainer.stall-removed', 'reproduced', 'With background compiles training hardly ever waits for weights.'),
('trainer.stall-removed', 'contradicted', 'With background compiles training still waits for weights.');

-- Experiments of this run by question; one that no question names comes last.
CREATE TABLE sections AS
SELECT p.experiment, coalesce(a.question, 'other') AS question, coalesce(a.about, 'way') AS about,
  row_number() OVER (ORDER BY coalesce(q.place, 99), coalesce(a.rowid, 999), p.place) AS place
FROM (SELECT experiment, min(rowid) AS place FROM experiments GROUP BY experiment) p LEFT JOIN asked a USING (experiment) LEFT JOIN questions q ON q.id = a.question;
INSERT INTO questions (id, question, finding, other) SELECT 'other', 'What else was tried?', '', '' WHERE EXISTS (SELECT 1 FROM sections WHERE question = 'other');
DELETE FROM questions WHERE id NOT IN (SELECT question FROM sections);

-- Verdicts in this report's words. A processor says nothing about an engine: there a claim only
-- holds or does not hold. `class` is the word in verdicts.csv; `apart` marks claims about an engine
-- that were tried on something else.
CREATE TABLE judged AS
SELECT v.*, s.question, v.verdict AS class, d.kind = 'cpu' AND s.about = 'engine' AS apart,
  CASE WHEN d.kind = 'cpu' THEN CASE v.verdict WHEN 'reproduced' THEN 'holds here' WHEN 'contradicted' THEN 'does not hold here' WHEN 'inconclusive' THEN 'undecided' ELSE v.verdict END
    ELSE v.verdict || d.mark END AS shown,
  CASE v.verdict WHEN 'reproduced' THEN 1 WHEN 'contradicted' THEN 2 WHEN 'inconclusive' THEN 3 WHEN 'untrusted' THEN 4 ELSE 5 END AS rank,
  CASE v.verdict WHEN 'reproduced' THEN char(10003) WHEN 'contradicted' THEN char(10005) WHEN 'inconclusive' THEN '?' WHEN 'untrusted' THEN '!' ELSE char(8211) END AS sign,
  'claim-' || replace(v.finding, '.', '-') AS anchor
FROM verdict_words v LEFT JOIN sections s USING (experiment), device d;

CREATE TABLE key_figures (place INTEGER PRIMARY KEY, words, experiment, value, interval, n, published);
INSERT INTO key_figures (words, experiment, value, interval, n, published)
WITH picked(place, words, experiment, arm, metric, claim) AS (VALUES
    (1, 'Peak throughput', 'peak', (SELECT arm FROM summary WHERE experiment = 'peak' AND metric = 'tflops' AND median <> '' ORDER BY median + 0.0 DESC LIMIT 1), 'tflops', 'peak.512ch-96x'),
    (2, 'Smallest eval, median', 'dispatch', 'closed', 'median_ns', 'dispatch.floor'),
    (3, 'Smallest eval, 99th percentile', 'dispatch', 'open', 'p99_ns', ''),
    (4, 'Compile of one program', 'compile_sequence', 'sequence', 'later_compile_ns', 'compile-sequence.no-degradation'),
    (7, 'Double buffer, stall of wall time', 'train', 'double-inf', 'run_stall_pct', '')),
  claimed(place, words, finding) AS (VALUES (5, 'Eval and compile at once, of 2', 'overlap.concurrent'), (6, 'Programs in one process', 'compile-limit.exists'),
    (8, 'Double buffer, time to sync', 'trainer.faster'), (9, 'Int8, speed to fp16', 'int8.faster'))
SELECT words, experiment, value, interval, n, published FROM (
  SELECT p.place, p.words, p.experiment, s.median || ' ' || s.unit AS value, s.interval, s.n || ' ' || s.n_unit AS n,
    coalesce((SELECT published || ' ' || published_unit || ' (' || chip || ')' FROM findings WHERE finding = p.claim), '') AS published
  FROM picked p JOIN summary_words s ON s.experiment = p.experiment AND s.arm = p.arm AND s.metric_id = p.metric AND s.median <> ''
  UNION ALL
  SELECT c.place, c.words, v.experiment, replace(replace(v.measured, ' x sync''s wall time', ' x'), ' concurrency', ''), v.interval, v.n, (SELECT published || CASE WHEN published_unit GLOB '*(*' THEN ' x' ELSE ' ' || published_unit END || ' (' || chip || ')' FROM findings f WHERE f.finding = c.finding)
  FROM claimed c JOIN verdict_words v ON v.finding = c.finding AND v.measured <> '')
ORDER BY place;
