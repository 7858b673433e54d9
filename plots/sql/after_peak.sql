-- SPDX-License-Identifier: MIT
-- Utilisation, with the ceiling it is relative to: the highest of this run, and published ones of
-- the engine.
CREATE TEMP TABLE reached AS SELECT arm, median + 0.0 AS tflops, rowid AS place FROM summary WHERE experiment = 'peak' AND metric = 'tflops' AND median <> '';
CREATE TEMP TABLE ceilings(place, words, tflops);
INSERT INTO ceilings
SELECT 1, 'the highest here, ' || format('%.4g', tflops) || ' TFLOPS (' || arm || ')', tflops FROM reached WHERE tflops > 0 ORDER BY tflops DESC LIMIT 1;
INSERT INTO ceilings
SELECT 2, 'the simulated engine''s own, ' || value || ' TFLOPS', value + 0.0 FROM machine, device WHERE kind = 'sim' AND key = 'sim_tflops' AND value + 0 > 0 UNION ALL
SELECT 2, 'the vendor''s rating of ' || chip || ', ' || value || ' TOPS' || CASE chip WHEN 'M4' THEN ' of int8' WHEN 'M4 Max' THEN ' of int8' ELSE '' END || ' (not measured)', value + 0.0
FROM ratings, device WHERE kind = 'ane' AND chip = (SELECT replace(value, 'Apple ', '') FROM machine WHERE key = 'chip') GROUP BY chip;
SELECT char(10) || 'Utilisation: the share of a ceiling that the median reaches. A share means nothing without its ceiling.' || char(10) || char(10) ||
  '| configuration | ' || way || ', TFLOPS | ' || (SELECT group_concat('of ' || words, ' | ') FROM (SELECT words FROM ceilings ORDER BY place)) || ' |' || char(10) || '|---|--:|' || (SELECT group_concat('--:|', '') FROM ceilings)
FROM device WHERE EXISTS (SELECT 1 FROM ceilings);
SELECT '| ' || arm || ' | ' || format('%.4g', r.tflops) || ' | ' || (SELECT group_concat(format('%.1f %%', 100 * r.tflops / c.tflops), ' | ') FROM (SELECT tflops FROM ceilings ORDER BY place) c) || ' |'
FROM reached r WHERE EXISTS (SELECT 1 FROM ceilings) ORDER BY place;
