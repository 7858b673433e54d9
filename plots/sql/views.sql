-- SPDX-License-Identifier: MIT
-- Numbers as people read them, once for all pages. No statistics: only choosing, scaling, wording.

-- machine.csv as one row of words for the device: what these results are about.
CREATE VIEW device AS
SELECT name, kind, clock,
  CASE kind
    WHEN 'ane' THEN 'Apple Neural Engine of this machine'
    WHEN 'model' THEN 'a model of an engine in virtual time'
    ELSE 'this machine''s processor, standing in for an engine'
  END AS words,
  CASE kind WHEN 'ane' THEN '' WHEN 'model' THEN 'Everything below is modelled. It says nothing about any real Neural Engine.'
    ELSE 'Everything below was measured on this machine''s processor. It says nothing about a Neural Engine.' END AS disclaimer
FROM (SELECT d.value AS name,
        CASE WHEN instr(d.value, ':') > 0 THEN substr(d.value, 1, instr(d.value, ':') - 1) ELSE d.value END AS kind,
        coalesce((SELECT value FROM machine WHERE key = 'clock'), 'measured') AS clock
      FROM machine d WHERE d.key = 'device' LIMIT 1);

-- A unit for reading: ns become us or ms by the size of the row's median.
CREATE VIEW summary_scaled AS
SELECT rowid AS id, program, arm, metric, n, n_unit, outliers,
  CASE WHEN unit <> 'ns' THEN unit WHEN abs(median) >= 1e6 THEN 'ms' WHEN abs(median) >= 1e3 THEN 'us' ELSE 'ns' END AS unit,
  CASE WHEN unit <> 'ns' THEN 1.0 WHEN abs(median) >= 1e6 THEN 1e-6 WHEN abs(median) >= 1e3 THEN 1e-3 ELSE 1.0 END AS scale,
  median, ci_low, ci_high, min, max
FROM summary;

CREATE VIEW summary_words AS
SELECT id, program, arm, n, n_unit, outliers, unit,
  -- the unit stands in a column of its own
  replace(CASE WHEN metric LIKE '%\_ns' ESCAPE '\' THEN substr(metric, 1, length(metric) - 3) ELSE metric END, '_', ' ') AS metric,
  -- a series such as ratio_qos_17 belongs in a figure, not in a table
  metric GLOB '*_[0-9]*' AS in_series,
  CASE WHEN median = '' THEN '' WHEN abs(median * scale) >= 1000 THEN format('%.0f', median * scale) ELSE format('%.4g', median * scale) END AS median,
  CASE WHEN ci_low = '' OR ci_high = '' THEN '' ELSE
    CASE WHEN abs(ci_low * scale) >= 1000 THEN format('%.0f', ci_low * scale) ELSE format('%.4g', ci_low * scale) END || ' to ' ||
    CASE WHEN abs(ci_high * scale) >= 1000 THEN format('%.0f', ci_high * scale) ELSE format('%.4g', ci_high * scale) END END AS interval,
  CASE WHEN min = '' OR max = '' THEN '' ELSE
    CASE WHEN abs(min * scale) >= 1000 THEN format('%.0f', min * scale) ELSE format('%.4g', min * scale) END || ' to ' ||
    CASE WHEN abs(max * scale) >= 1000 THEN format('%.0f', max * scale) ELSE format('%.4g', max * scale) END END AS range
FROM summary_scaled;

-- Verdicts in the order of findings.csv, numbers shortened, cells safe inside a Markdown table.
CREATE VIEW verdict_words AS
SELECT f.rowid AS place, coalesce(f.program, '') AS program, v.finding, v.verdict, coalesce(f.claim, '') AS claim,
  CASE WHEN v.measured = '' THEN '' WHEN v.measured NOT GLOB '*[^0-9.eE+-]*' THEN
      CASE WHEN abs(v.measured) >= 1000 THEN format('%.0f', v.measured + 0.0) ELSE format('%.4g', v.measured + 0.0) END
    ELSE v.measured END || CASE WHEN v.measured = '' OR v.unit = '' THEN '' ELSE ' ' || v.unit END AS measured,
  CASE WHEN v.ci_low = '' AND v.ci_high = '' THEN '' ELSE
    CASE WHEN v.ci_low = '' THEN '-' ELSE format('%.4g', v.ci_low + 0.0) END || ' to ' ||
    CASE WHEN v.ci_high = '' THEN '-' ELSE format('%.4g', v.ci_high + 0.0) END END AS interval,
  CASE WHEN v.n = '' THEN '' ELSE v.n || ' ' || v.n_unit END AS n,
  CASE WHEN v.published = '' THEN '' ELSE v.published || CASE WHEN coalesce(f.published_unit, '') = '' THEN '' ELSE ' ' || f.published_unit END END AS published,
  CASE WHEN coalesce(f.chip, '') = '' THEN v.source ELSE v.source || ', ' || f.chip || CASE WHEN coalesce(f.os, '') = '' THEN '' ELSE ' ' || f.os END END AS source,
  CASE WHEN coalesce(f.margin, '') = '' THEN '' ELSE f.margin || ' ' || coalesce(f.margin_unit, '') END AS margin,
  upper(substr(v.reason, 1, 1)) || replace(substr(v.reason, 2), '|', '\|') AS reason
FROM verdicts v LEFT JOIN findings f ON f.finding = v.finding;
