-- SPDX-License-Identifier: MIT
-- The order of chips, old to new and small to large; chips not in this list come last.
CREATE TABLE chips (rank INTEGER PRIMARY KEY, chip);
INSERT INTO chips (chip) VALUES ('M1'), ('M1 Pro'), ('M1 Max'), ('M1 Ultra'), ('M2'), ('M2 Pro'), ('M2 Max'),
  ('M2 Ultra'), ('M3'), ('M3 Pro'), ('M3 Max'), ('M3 Ultra'), ('M4'), ('M4 Pro'), ('M4 Max'), ('M5'), ('M5 Pro'),
  ('M5 Max'), ('M6'), ('A17 Pro'), ('A18 Pro'), ('A19 Pro');
-- Others' results may be of any chip.
INSERT INTO chips (chip) SELECT DISTINCT chip FROM also WHERE chip <> '' AND chip NOT IN (SELECT chip FROM chips) ORDER BY chip;

-- The quantities compared: title, unit, direction, and how published and own figures are chosen.
CREATE TABLE quantities (place INTEGER PRIMARY KEY, quantity, title, unit, better, axis, published_choice, measured_choice);
INSERT INTO quantities (quantity, title, unit, better, axis, published_choice, measured_choice) VALUES
 ('peak', 'Peak throughput', 'TFLOPS', 'more is better', 'linear',
  'the best figure of each source for stacks of convolutions (inmem_peak), single ones (conv_single, sram_probe, sram_bench) or as a stated peak; fp16, counting two operations per multiply-add',
  'the best configuration of the benchmark `peak`: median over processes'),
 ('compile', 'Compile time of one program', 'ms', 'less is better', 'log',
  'each figure for one program, from a few KB to a whole model in one; without compiles of all programs of a trainer, cached ones and those right after a boot; sixty kernels compiled one after the other count as a sixtieth each',
  'the benchmark `compile_sequence`: later compiles, median over processes'),
 ('eval', 'Shortest eval', 'ms', 'less is better', 'log',
  'the shortest eval of each source, as its typical time: a dispatch costs at most that',
  'the shortest of the smallest eval in the benchmark `dispatch` (closed loop) and one of two programs in `ping_pong`: median over processes'),
 ('step', 'Training step, Stories110M', 'ms', 'less is better', 'linear',
  'each figure for Stories110M, weights in the programs (train_static) or as inputs (train_dynamic); without the time of compiling',
  'simulated, by `aneprobe plan` with the chip''s own training rows left out (`results/plan_check.csv`); no run here trains Stories110M'),
 ('train', 'Training step, model of the benchmark train', 'ms', 'less is better', 'log', '',
  'mean step of a run without stall, median over runs, for the way of updating weights that takes the least time including stall; shapes differ between measured (`tiny`, one layer) and simulated time, and both from Stories110M'),
 ('stream', 'Streaming of weights', 'GB/s', 'more is better', 'linear',
  'the best figure of each source for programs that are all weights (matrix times vector); fp16', ''),
 ('power', 'Power of the engine at work', 'W', 'less is better', 'linear',
  'the highest of each source on the engine''s own rail, whatever the program; without figures for a whole package',
  'the benchmark `energy`, 96 convolutions with random input, on the engine''s counter where it is live: median over processes'),
 ('package_power', 'Power of the package with the engine at work', 'W', 'less is better', 'linear',
  'the highest of each source for the whole package (engine, CPU, GPU and the rest of the chip), whatever the program; without figures for a whole computer',
  'the same evals as for the engine, on the package''s counter where it is live'),
 ('engine_efficiency', 'Work for a watt of the engine', 'TFLOPS/W', 'more is better', 'linear',
  'the best fp16 figure of each source that divides by the engine''s power, two operations per multiply-add; without figures for a watt of the package, and those that do not say whose watt it is',
  'the benchmark `energy`, 96 convolutions with random input, nothing subtracted: median over processes'),
 ('package_efficiency', 'Work for a watt of the package', 'TFLOPS/W', 'more is better', 'linear',
  'the best figure of each source that divides by the power of the whole package; without those that their source corrected and those of a GPU',
  'the same evals as for the engine, by the package''s counter where it is live'),
 ('decode', 'Tokens per second, one at a time', 'tok/s', 'more is better', 'log',
  'the best figure of each source, for any language model: chips can only be compared within one source', ''),
 ('other_decode', 'Tokens per second beside the engine, one at a time', 'tok/s', 'more is better', 'log',
  'llama-bench, on the GPU or the processor, never the engine: the best figure of each source', ''),
 ('wake', 'First eval after a pause', 'ms', 'less is better', 'log',
  'the slowest of each source, after pauses of a few seconds', '');
