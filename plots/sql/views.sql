-- SPDX-License-Identifier: MIT
-- Numbers as people read them, once for all pages. No statistics: only choosing, scaling, wording.

-- machine.csv as one row of words for the device: what these results are about. `way` is how its
-- numbers came about, `mark` goes with each verdict that is not about anything real.
CREATE VIEW device AS
SELECT name, kind, clock,
  CASE kind
    WHEN 'stand-in' THEN 'a stand-in for the framework of the Neural Engine, with a simulated engine behind it'
    WHEN 'ane' THEN 'Apple Neural Engine of this machine'
    WHEN 'sim' THEN 'a simulated engine in virtual time'
    ELSE 'this machine''s processor, standing in for an engine'
  END AS words,
  CASE kind WHEN 'ane' THEN '' WHEN 'stand-in' THEN 'Everything below is about the stand-in. It says nothing about any real Neural Engine.' WHEN 'sim' THEN 'Everything below is simulated. It says nothing about any real Neural Engine.'
    ELSE 'Everything below was measured on this machine''s processor. It says nothing about a Neural Engine.' END AS disclaimer,
  CASE WHEN kind IN ('sim', 'stand-in') THEN 'simulated' ELSE 'measured' END AS way,
  CASE kind WHEN 'sim' THEN ' (simulated)' WHEN 'stand-in' THEN ' (stand-in)' ELSE '' END AS mark,
  CASE kind WHEN 'stand-in' THEN ' (stand-in)' ELSE '' END AS heading_mark,
  CASE WHEN length(name) > 60 THEN '...' || substr(name, -57) ELSE name END ||
    CASE kind WHEN 'ane' THEN ', measured' WHEN 'stand-in' THEN ', a stand-in, not a Neural Engine' WHEN 'sim' THEN ', simulated, virtual time' ELSE ', measured on this processor, not on a Neural Engine' END AS caption
FROM (SELECT d.value AS name,
        CASE WHEN (SELECT value FROM machine WHERE key = 'stand_in') = 'yes' THEN 'stand-in'
          WHEN instr(d.value, ':') > 0 THEN substr(d.value, 1, instr(d.value, ':') - 1) ELSE d.value END AS kind,
        coalesce((SELECT value FROM machine WHERE key = 'clock'), 'measured') AS clock
      FROM machine d WHERE d.key = 'device' AND d.value <> '' LIMIT 1);

-- Cells of numbers that hold something else; SQL would read them as 0.
CREATE VIEW not_numbers AS
SELECT file || ' has ''' || text || ''' for ' || place FROM (
  SELECT 'summary.csv' AS file, program || ' ' || metric AS place, median AS text FROM summary UNION ALL
  SELECT 'summary.csv', program || ' ' || metric, ci_low FROM summary UNION ALL
  SELECT 'summary.csv', program || ' ' || metric, ci_high FROM summary UNION ALL
  SELECT 'summary.csv', program || ' ' || metric, min FROM summary UNION ALL
  SELECT 'summary.csv', program || ' ' || metric, max FROM summary UNION ALL
  SELECT 'verdicts.csv', finding, ci_low FROM verdicts UNION ALL
  SELECT 'verdicts.csv', finding, ci_high FROM verdicts)
WHERE text GLOB '*[^0-9.eE+-]*' OR (text <> '' AND NOT text GLOB '*[0-9]*');

-- A unit for reading: ns become us, ms or s by the size of the row's median.
CREATE VIEW summary_scaled AS
SELECT rowid AS id, program, arm, metric, n, n_unit, CASE WHEN median = '' THEN '' ELSE outliers END AS outliers,
  CASE WHEN unit <> 'ns' OR median = '' THEN unit WHEN abs(median) >= 1e10 THEN 's' WHEN abs(median) >= 1e6 THEN 'ms' WHEN abs(median) >= 1e3 THEN 'us' ELSE 'ns' END AS unit,
  CASE WHEN unit <> 'ns' THEN 1.0 WHEN abs(median) >= 1e10 THEN 1e-9 WHEN abs(median) >= 1e6 THEN 1e-6 WHEN abs(median) >= 1e3 THEN 1e-3 ELSE 1.0 END AS scale,
  median, ci_low, ci_high, min, max
FROM summary;

-- Four digits, or as many as the whole part has; beyond 15 an exponent.
CREATE VIEW summary_digits AS
SELECT *,
  CASE WHEN median = '' THEN '' ELSE format('%.*g', min(15, max(4, length(CAST(abs(median * scale) AS INTEGER)))), median * scale) END AS median_words,
  CASE WHEN ci_low = '' THEN '' ELSE format('%.*g', min(15, max(4, length(CAST(abs(ci_low * scale) AS INTEGER)))), ci_low * scale) END AS low_words,
  CASE WHEN ci_high = '' THEN '' ELSE format('%.*g', min(15, max(4, length(CAST(abs(ci_high * scale) AS INTEGER)))), ci_high * scale) END AS high_words,
  CASE WHEN min = '' THEN '' ELSE format('%.*g', min(15, max(4, length(CAST(abs(min * scale) AS INTEGER)))), min * scale) END AS min_words,
  CASE WHEN max = '' THEN '' ELSE format('%.*g', min(15, max(4, length(CAST(abs(max * scale) AS INTEGER)))), max * scale) END AS max_words
FROM summary_scaled;

CREATE VIEW summary_words AS
SELECT id, program, arm, n, n_unit, outliers, unit, metric AS metric_id,
  -- the unit stands in a column of its own
  replace(CASE WHEN metric LIKE '%\_ns' ESCAPE '\' THEN substr(metric, 1, length(metric) - 3) ELSE metric END, '_', ' ') AS metric,
  -- a series such as ratio_qos_17 belongs in a figure, not in a table
  metric GLOB '*_[0-9]*' AS in_series,
  median_words AS median,
  CASE WHEN low_words = '' OR high_words = '' THEN '' ELSE low_words || ' to ' || high_words END AS interval,
  CASE WHEN min_words = '' OR max_words = '' THEN '' ELSE min_words || ' to ' || max_words END AS range
FROM summary_digits;

-- Verdicts in the order of findings.csv, numbers shortened.
CREATE VIEW verdict_words AS
SELECT f.rowid AS place, coalesce(f.program, '') AS program, v.finding, v.verdict, coalesce(f.claim, '') AS claim,
  CASE WHEN v.measured <> '' AND v.measured NOT GLOB '*[^0-9.eE+-]*' THEN
      format('%.*g', min(15, max(4, length(CAST(abs(v.measured) AS INTEGER)))), v.measured + 0.0)
    ELSE v.measured END || CASE WHEN v.measured = '' OR v.unit = '' THEN '' ELSE ' ' || v.unit END AS measured,
  CASE WHEN v.measured = '' OR (v.ci_low = '' AND v.ci_high = '') THEN '' ELSE
    CASE WHEN v.ci_low = '' THEN '-' ELSE format('%.*g', min(15, max(4, length(CAST(abs(v.ci_low) AS INTEGER)))), v.ci_low + 0.0) END || ' to ' ||
    CASE WHEN v.ci_high = '' THEN '-' ELSE format('%.*g', min(15, max(4, length(CAST(abs(v.ci_high) AS INTEGER)))), v.ci_high + 0.0) END END AS interval,
  CASE WHEN v.n = '' THEN '' ELSE v.n || ' ' || v.n_unit END AS n,
  CASE WHEN v.published = '' THEN '' ELSE v.published || CASE WHEN coalesce(f.published_unit, '') = '' THEN '' ELSE ' ' || f.published_unit END END AS published,
  CASE WHEN coalesce(f.chip, '') = '' THEN v.source ELSE v.source || ', ' || f.chip || CASE WHEN coalesce(f.os, '') = '' THEN '' ELSE ' ' || f.os END END AS source,
  upper(substr(v.reason, 1, 1)) || substr(v.reason, 2) AS reason,
  coalesce((SELECT printf('%.2g', 100 * i.wrong_rate_high) || ' % of ' || i.n || ' simulated engines'
    FROM instruments i WHERE i.finding = v.finding AND i.truth = 'all'), '') AS wrong_at_most
FROM verdicts v LEFT JOIN findings f ON f.finding = v.finding;
