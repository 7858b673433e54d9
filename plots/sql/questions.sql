-- SPDX-License-Identifier: MIT
-- The questions of a report in readers' words, the experiments that bear on each, and the answers by
-- verdict.

-- `finding` answers the question when it was decided, else `other` does.
CREATE TABLE questions (place INTEGER PRIMARY KEY, id, question, finding, other);
INSERT INTO questions (id, question, finding, other) VALUES
('weights', 'Do weights change without a compile?', 'weight-baking.baked', ''),
('limits', 'What runs out?', 'compile-limit.exists', 'compile-limit.kind'),
('together', 'What runs beside what?', 'overlap.concurrent', 'chaining.executes'),
('speed', 'How fast?', '', ''),
('programs', 'Which programs does it accept?', 'ops.trainer-kernels', ''),
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

-- The claim that an experiment's figure shows, and what there is to see, for readers who cannot see it.
CREATE TABLE shown_claims (experiment, finding, shows);
INSERT INTO shown_claims VALUES
('weight_baking', 'weight-baking.baked', 'for each way of changing weights, in how many trials the output showed the old weights, the new ones or neither'),
('compile_limit', 'compile-limit.value', 'the time of each compile as one process creates program after program, and where a call was refused'),
('program_limits', 'program-limits.layers', 'for each resource of a program, how much of it worked, was refused or failed in another way, with the claimed numbers'),
('compile_sequence', 'compile-sequence.no-degradation', 'the time of each compile along a sequence of programs, the slope found, and the slope that would count'),
('overlap', 'overlap.concurrent', 'the time of each eval around one background compile; then the rate of evals alone, beside other load and beside a compile'),
('chaining_loopback', 'chaining.saves-dispatch', 'how far chained requests of one and more steps got; then the cost of a chained step, relative to an eval'),
('peak', 'peak.512ch-96x', 'the throughput of each stack of convolutions, eval by eval, with the median and its interval'),
('dispatch', 'dispatch.tail', 'the share of evals of the smallest program that take longer than a given time, back to back and due at random times'),
('sustained', 'sustained.held', 'the throughput of continuous evals, second by second'),
('int8', 'int8.faster', 'the time of an eval of the same stack in fp16 and in int8'),
('generate', 'generate.fused', 'tokens a second for each division of the model, one token at a time and a prompt at once'),
('energy', 'energy.zeros', 'the power while evals of each kind of work run, window by window'),
('sram', 'sram.at-32mb', 'the time of an eval against the size of its weights, and where it changes'),
('public_path', 'public-path.small-slower', 'how many times as long an eval takes by Core ML as by the private framework, against the latter'),
('units', 'units.gpu-vector', 'the time of an eval on the GPU and on the processor, relative to the engine, by shape'),
('placement', 'placement.388-layers', 'the share of the operations of each case that is planned for the engine, the GPU and the processor'),
('qos_sweep', 'qos.no-latency-effect', 'the time of an eval at each QoS level relative to level 21, with the margin and two controls'),
('train', 'trainer.stall-removed', 'the first updates of each way of training on a time line; loss by steps and by time, stall, and age of the weights');

CREATE VIEW figure_claims AS SELECT s.experiment, 'Claim (' || f.chip || '): ' || f.claim ||
  CASE WHEN f.margin = '' THEN '' ELSE '. Margin: ' || f.margin || ' ' || f.margin_unit END || '.' || iif(v.verdict = 'unsupported', ' Cannot be tried here.', '') AS words
FROM shown_claims s JOIN findings f ON f.finding = s.finding JOIN verdicts v ON v.finding = f.finding;

-- One sentence for a verdict and, where it matters, for that of another claim; the first that applies is used.
CREATE TABLE answers (finding, verdict, besides, its_verdict, sentence);
INSERT INTO answers VALUES
('compile-limit.exists', 'reproduced', 'compile-limit.kind', 'reproduced', 'Compiles: one process can make so many programs and no more, and unloading gives none back.'),
('compile-limit.exists', 'reproduced', '', '', 'The programs that one process can have; a trainer that compiles new sets must plan for that.'),
('compile-limit.exists', 'contradicted', '', '', 'Nothing within the search; up to there a trainer needs no restart.'),
('overlap.concurrent', 'reproduced', '', '', 'Evals complete while a compile runs in the background, so double buffering can hide compile time.'),
('overlap.concurrent', 'contradicted', '', '', 'Compiles and evals take turns: a background compile hides nothing.'),
('chaining.executes', 'reproduced', '', '', 'A chained request runs all its steps.'),
('chaining.executes', 'contradicted', '', '', 'A chained request did not run, whatever the calls returned.'),
('ops.trainer-kernels', 'reproduced', '', '', 'It takes every operator of the trainers'' kernels, with right outputs.'),
('ops.trainer-kernels', 'contradicted', '', '', 'Not every operator of the trainers'' kernels is taken with right outputs.'),
('trainer.faster', 'reproduced', '', '', 'Yes: training with a double buffer takes less time than compiling and waiting.'),
('trainer.faster', 'contradicted', '', '', 'No: training with a double buffer is not faster than compiling and waiting by more than the margin.'),
('trainer.stall-removed', 'reproduced', '', '', 'With background compiles training hardly ever waits for weights.'),
('trainer.stall-removed', 'contradicted', '', '', 'With background compiles training still waits for weights.');

-- Ways to change weights without a compile, each with the verdict by which it works; `weights` is answered by them.
CREATE TABLE ways_to_change (place INTEGER PRIMARY KEY, finding, works, words);
INSERT INTO ways_to_change (finding, works, words) VALUES
('weight-baking.source-reload', 'contradicted', 'rewriting the source and loading it again'),
('weight-baking.compiled-reload', 'reproduced', 'rewriting the compiled data and loading it again'),
('weight-baking.weights-buffer', 'contradicted', 'a weights buffer'),
('mutable-weights.takes-effect', 'reproduced', 'writing to the mapped weights');

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
  CASE WHEN v.verdict = 'unsupported' THEN 'cannot be tried here' WHEN d.kind = 'cpu' THEN CASE v.verdict WHEN 'reproduced' THEN 'holds here' WHEN 'contradicted' THEN 'does not hold here' WHEN 'inconclusive' THEN 'undecided' ELSE v.verdict END
    ELSE v.verdict || d.mark END AS shown,
  CASE v.verdict WHEN 'reproduced' THEN 1 WHEN 'contradicted' THEN 2 WHEN 'inconclusive' THEN 3 WHEN 'untrusted' THEN 4 ELSE 5 END AS rank,
  CASE v.verdict WHEN 'reproduced' THEN char(10003) WHEN 'contradicted' THEN char(10005) WHEN 'inconclusive' THEN '?' WHEN 'untrusted' THEN '!' ELSE char(8211) END AS sign,
  'claim-' || replace(v.finding, '.', '-') AS anchor
FROM verdict_words v LEFT JOIN sections s USING (experiment), device d;

-- Of several: they "hold", where one "holds".
ALTER TABLE judged ADD COLUMN shown_many;
UPDATE judged SET shown_many = replace(replace(shown, 'holds here', 'hold here'), 'does not hold', 'do not hold');

-- `id` tells figures of one experiment apart.
CREATE TABLE key_figures (place INTEGER PRIMARY KEY, words, experiment, id, value, interval, n, published);
INSERT INTO key_figures (words, experiment, id, value, interval, n, published)
WITH picked(place, words, experiment, id, arm, metric, claim) AS (VALUES
    (1, 'Peak throughput', 'peak', '', (SELECT arm FROM summary WHERE experiment = 'peak' AND metric = 'tflops' AND median <> '' ORDER BY median + 0.0 DESC LIMIT 1), 'tflops', 'peak.512ch-96x'),
    (2, 'Smallest eval, median', 'dispatch', 'median', 'closed', 'median_ns', 'dispatch.floor'),
    (3, 'Smallest eval at random times, p99', 'dispatch', 'tail', 'open', 'p99_ns', ''),
    (4, 'Compile of one program', 'compile_sequence', '', 'sequence', 'later_compile_ns', 'compile-sequence.no-degradation'),
    (7, 'Double buffer, stall of wall time', 'train', 'stall', 'double-inf', 'run_stall_pct', '')),
  claimed(place, words, id, finding) AS (VALUES (5, 'Evals beside a compile, to taking turns', '', 'overlap.concurrent'), (6, 'Programs in one process', '', 'compile-limit.exists'),
    (8, 'Int8, speed to fp16', '', 'int8.faster'))
SELECT words, experiment, id, value, interval, n, published FROM (
  -- fewer than six have no interval of their median
  SELECT p.place, p.words, p.experiment, p.id, s.brief || ' ' || s.unit AS value,
    iif(s.brief_interval = '' AND s.n > 1 AND s.brief_range <> '', 'all from ' || s.brief_range, s.brief_interval) AS interval, s.n || ' ' || s.n_unit AS n,
    coalesce((SELECT published || ' ' || published_unit || ' (' || chip || ')' FROM findings WHERE finding = p.claim), '') AS published
  FROM picked p JOIN summary_words s ON s.experiment = p.experiment AND s.arm = p.arm AND s.metric_id = p.metric AND s.median <> ''
  UNION ALL
  SELECT c.place, c.words, v.experiment, c.id, replace(v.brief, ' concurrency', ''), v.brief_interval, v.n,
    (SELECT published || CASE WHEN published_unit GLOB '*(*' THEN ' x' WHEN published_unit = '' THEN '' ELSE ' ' || published_unit END || ' (' || chip || ')' FROM findings f WHERE f.finding = c.finding)
  FROM claimed c JOIN verdict_words v ON v.finding = c.finding AND v.measured <> '')
ORDER BY place;
