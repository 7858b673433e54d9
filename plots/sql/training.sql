-- SPDX-License-Identifier: MIT
-- Each sentence stands only when its verdict does; a claim without a verdict yields no sentence.
SELECT char(10) || '## What it means for training' || (SELECT heading_mark FROM device) || char(10) || char(10) ||
  'On `' || name || '`, ' || words || ':' || char(10) FROM device;
CREATE TEMP TABLE meaning(finding, verdict, sentence);
INSERT INTO meaning VALUES
('weight-baking.baked', 'reproduced', 'New weights need a new compile: neither a rewritten source file nor a weights buffer reached the output, and a recompile did.'),
('weight-baking.baked', 'contradicted', 'Weights can be changed without a compile; which way is in the findings above.'),
('weight-baking.source-reload', 'contradicted', 'Rewriting the source weights and loading again is enough to update them.'),
('weight-baking.compiled-reload', 'reproduced', 'Rewriting the compiled data and loading it again updates the weights: an unload and a load in place of a compile.'),
('weight-baking.compiled-reload', 'contradicted', 'Rewriting the compiled data and loading again changes nothing; it does not replace a compile.'),
('weight-baking.weights-buffer', 'contradicted', 'A weights buffer in the request replaces the compiled weights: an update costs no compile at all.'),
('compile-limit.exists', 'reproduced', 'The number of programs a process can have is bounded; a trainer that compiles new sets has to plan for it.'),
('compile-limit.exists', 'contradicted', 'No limit was met within the search, so up to there a trainer needs no restart.'),
('compile-limit.kind', 'reproduced', 'Unloading does not give slots back: what counts is compiles in the life of the process.'),
('compile-limit.restart-clears', 'reproduced', 'A restart from a checkpoint starts from zero again.'),
('compile-limit.restart-clears', 'contradicted', 'A restart does not clear the limit.'),
('overlap.concurrent', 'reproduced', 'Evals go on while a compile runs in the background, so double buffering can hide compile time.'),
('overlap.concurrent', 'contradicted', 'Compiles and evals take turns: a background compile hides nothing.'),
('overlap.free', 'reproduced', 'A background compile costs the evals less than the margin.'),
('overlap.free', 'contradicted', 'A background compile is not free: evals slow down by more than the margin while it runs.'),
('qos.no-latency-effect', 'reproduced', 'The QoS value makes no difference worth choosing by.'),
('qos.no-latency-effect', 'contradicted', 'The QoS value matters for eval latency; choose it by the figures above.'),
('chaining.saves-dispatch', 'reproduced', 'A loopback step is cheaper than a separate eval; chaining pays where one program feeds itself.'),
('chaining.saves-dispatch', 'contradicted', 'A loopback step is not cheaper than a separate eval by more than the margin; chaining does not pay.'),
('chaining.executes', 'contradicted', 'A chained request did not run, whatever the calls answered; do not build on it.'),
('trainer.stall-removed', 'reproduced', 'With compiles in the background next to no time is left in which training waits for weights.'),
('trainer.stall-removed', 'contradicted', 'With compiles in the background training still waits for weights: swapping and copying them, or restarting.'),
('trainer.faster', 'reproduced', 'Training with a double buffer takes less time than compiling and waiting.'),
('trainer.faster', 'contradicted', 'Training with a double buffer is not faster than compiling and waiting by more than the margin.'),
('trainer.same-loss', 'reproduced', 'After as many updates a double buffer reaches the same loss, though weights in use are old.'),
('trainer.same-loss', 'contradicted', 'After as many updates a double buffer does not reach the same loss: old weights count.');
SELECT '- ' || m.sentence || ' (`' || m.finding || '`' || CASE WHEN v.measured = '' THEN '' ELSE ': ' || v.measured END || ')' || mark
FROM meaning m JOIN verdict_words v ON v.finding = m.finding AND v.verdict = m.verdict JOIN device ORDER BY m.rowid;
SELECT '- Nothing was decided that bears on training.'
WHERE NOT EXISTS (SELECT 1 FROM meaning m JOIN verdict_words v ON v.finding = m.finding AND v.verdict = m.verdict);
