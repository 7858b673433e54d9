-- SPDX-License-Identifier: MIT
-- Numbers in readable form, once for all pages. No statistics: only selection, scaling and wording.

-- machine.csv as one row describing the device that these results are about. `way` is how its
-- numbers were obtained, `mark` goes with each verdict that is not about anything real.
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
  CASE WHEN length(name) > 50 THEN '...' || substr(name, -47) ELSE name END ||
    CASE kind WHEN 'ane' THEN ', measured' WHEN 'stand-in' THEN ', a stand-in, not a Neural Engine' WHEN 'sim' THEN ', simulated, virtual time' ELSE ', measured on this processor, not on a Neural Engine' END AS caption
FROM (SELECT d.value AS name,
        CASE WHEN (SELECT value FROM machine WHERE key = 'stand_in') = 'yes' THEN 'stand-in'
          WHEN instr(d.value, ':') > 0 THEN substr(d.value, 1, instr(d.value, ':') - 1) ELSE d.value END AS kind,
        coalesce((SELECT value FROM machine WHERE key = 'clock'), 'measured') AS clock
      FROM machine d WHERE d.key = 'device' AND d.value <> '' LIMIT 1);

-- Every cell of the tables that holds a number, by row; `scale` turns ns into readable units.
CREATE VIEW cells AS
SELECT 'summary' AS file, s.id, experiment || ' ' || metric AS place, cell, scale, unit_shown,
  CASE cell WHEN 'median' THEN median WHEN 'ci_low' THEN ci_low WHEN 'ci_high' THEN ci_high WHEN 'min' THEN min ELSE max END AS text
FROM (SELECT *, CASE WHEN unit <> 'ns' OR median = '' THEN unit WHEN size >= 1e10 THEN 's' WHEN size >= 1e6 THEN 'ms' WHEN size >= 1e3 THEN 'us' ELSE 'ns' END AS unit_shown,
    CASE WHEN unit <> 'ns' THEN 1.0 WHEN size >= 1e10 THEN 1e-9 WHEN size >= 1e6 THEN 1e-6 WHEN size >= 1e3 THEN 1e-3 ELSE 1.0 END AS scale FROM (
      -- arms of one metric have one unit, unless they are too far apart for it
      SELECT *, rowid AS id, iif(max(abs(median)) OVER arms < 1000 * min(abs(nullif(median, ''))) OVER arms, max(abs(median)) OVER arms, abs(median)) AS size FROM summary
      WINDOW arms AS (PARTITION BY experiment, metric))) s,
  (SELECT 'median' AS cell UNION ALL SELECT 'ci_low' UNION ALL SELECT 'ci_high' UNION ALL SELECT 'min' UNION ALL SELECT 'max')
UNION ALL
SELECT 'verdicts', verdicts.rowid, finding, cell, 1.0, '', CASE cell WHEN 'measured' THEN measured WHEN 'ci_low' THEN ci_low ELSE ci_high END
FROM verdicts, (SELECT 'measured' AS cell UNION ALL SELECT 'ci_low' UNION ALL SELECT 'ci_high');

-- Number cells with other content; SQL would read them as 0. Measured values may be words.
CREATE VIEW not_numbers AS
SELECT file || '.csv has ''' || text || ''' for ' || place FROM cells
WHERE cell <> 'measured' AND (text GLOB '*[^0-9.eE+-]*' OR (text <> '' AND NOT text GLOB '*[0-9]*'));

-- Four digits, or as many as the integer part has; beyond 15 an exponent. Words are unchanged.
CREATE VIEW cell_words AS
SELECT file, id, cell, unit_shown, CASE WHEN text = '' OR text GLOB '*[^0-9.eE+-]*' THEN text
  ELSE format('%.*g', min(15, max(4, length(CAST(abs(text * scale) AS INTEGER)))), text * scale) END AS words,
  -- the first screen has room for three digits
  CASE WHEN text = '' OR text GLOB '*[^0-9.eE+-]*' THEN text ELSE format('%.*g', min(15, max(3, length(CAST(abs(text * scale) AS INTEGER)))), text * scale) END AS brief
FROM cells;

CREATE VIEW summary_words AS
SELECT s.rowid AS id, experiment, arm, n, iif(n = '1', coalesce((SELECT one FROM one_of WHERE many = n_unit), rtrim(n_unit, 's')), n_unit) AS n_unit, CASE WHEN s.median = '' THEN '' ELSE outliers END AS outliers, w.unit, metric AS metric_id,
  -- the unit has its own column
  replace(CASE WHEN metric LIKE '%\_ns' ESCAPE '\' THEN substr(metric, 1, length(metric) - 3) ELSE metric END, '_', ' ') AS metric,
  -- a series such as ratio_qos_17 belongs in a figure, not in a table
  metric GLOB '*_[0-9]*' AS in_series,
  w.median, CASE WHEN w.low = '' OR w.high = '' THEN '' ELSE w.low || ' to ' || w.high END AS interval,
  w.brief, CASE WHEN w.low = '' OR w.high = '' THEN '' ELSE w.brief_low || ' to ' || w.brief_high END AS brief_interval,
  CASE WHEN w.min = '' OR w.max = '' THEN '' ELSE w.brief_min || ' to ' || w.brief_max END AS brief_range,
  CASE WHEN w.min = '' OR w.max = '' THEN '' ELSE w.min || ' to ' || w.max END AS range
FROM summary s JOIN (SELECT id, max(unit_shown) AS unit, max(words) FILTER (WHERE cell = 'median') AS median, max(words) FILTER (WHERE cell = 'ci_low') AS low,
    max(words) FILTER (WHERE cell = 'ci_high') AS high, max(words) FILTER (WHERE cell = 'min') AS min, max(words) FILTER (WHERE cell = 'max') AS max,
    max(brief) FILTER (WHERE cell = 'median') AS brief, max(brief) FILTER (WHERE cell = 'ci_low') AS brief_low, max(brief) FILTER (WHERE cell = 'ci_high') AS brief_high,
    max(brief) FILTER (WHERE cell = 'min') AS brief_min, max(brief) FILTER (WHERE cell = 'max') AS brief_max
  FROM cell_words WHERE file = 'summary' GROUP BY id) w ON w.id = s.rowid;

-- Verdicts in the order of findings.csv, numbers shortened.
CREATE VIEW verdict_words AS
SELECT f.rowid AS place, coalesce(f.experiment, '') AS experiment, v.finding, v.verdict, coalesce(f.claim, '') AS claim,
  w.measured || CASE WHEN v.measured = '' OR v.unit = '' THEN '' ELSE ' ' || v.unit END AS measured,
  CASE WHEN v.measured = '' OR (v.ci_low = '' AND v.ci_high = '') THEN '' ELSE iif(w.low = '', '-', w.low) || ' to ' || iif(w.high = '', '-', w.high) END AS interval,
  w.brief || CASE WHEN v.measured = '' OR v.unit = '' THEN '' ELSE ' ' || v.unit END AS brief,
  CASE WHEN v.measured = '' OR (v.ci_low = '' AND v.ci_high = '') THEN '' ELSE iif(w.low = '', '-', w.brief_low) || ' to ' || iif(w.high = '', '-', w.brief_high) END AS brief_interval,
  CASE WHEN v.n = '' THEN '' ELSE v.n || ' ' || iif(v.n = '1', coalesce((SELECT one FROM one_of WHERE many = v.n_unit), rtrim(v.n_unit, 's')), v.n_unit) END AS n,
  CASE WHEN v.published = '' THEN '' ELSE v.published || CASE WHEN coalesce(f.published_unit, '') = '' THEN '' ELSE ' ' || f.published_unit END END AS published,
  CASE WHEN coalesce(f.chip, '') = '' THEN v.source ELSE v.source || ', ' || f.chip || CASE WHEN coalesce(f.os, '') = '' THEN '' ELSE ' ' || f.os END END AS source,
  upper(substr(v.reason, 1, 1)) || substr(v.reason, 2) AS reason,
  coalesce((SELECT printf('%.2g', 100 * i.wrong_rate_high) || ' %'
    FROM instruments i WHERE i.finding = v.finding AND i.truth = 'all'), '') AS error_rate
FROM verdicts v LEFT JOIN findings f ON f.finding = v.finding
  JOIN (SELECT id, max(words) FILTER (WHERE cell = 'measured') AS measured, max(words) FILTER (WHERE cell = 'ci_low') AS low, max(words) FILTER (WHERE cell = 'ci_high') AS high,
      max(brief) FILTER (WHERE cell = 'measured') AS brief, max(brief) FILTER (WHERE cell = 'ci_low') AS brief_low, max(brief) FILTER (WHERE cell = 'ci_high') AS brief_high
    FROM cell_words WHERE file = 'verdicts' GROUP BY id) w ON w.id = v.rowid;
