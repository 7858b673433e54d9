-- SPDX-License-Identifier: MIT
-- Claims with what a run says about them, and the arithmetic, as one table. `here` is the run's
-- verdict.

CREATE VIEW audit_claims AS
SELECT f.rowid AS id, f.finding, f.claim, trim(f.published || ' ' || f.published_unit) AS published, f.source, trim(f.chip || ' ' || f.os) AS machine,
  coalesce(m.how, 'not stated') AS how, f.rivals, f.experiment AS judged_by, coalesce(v.verdict, '') AS verdict,
  CASE WHEN coalesce(v.measured, '') = '' THEN '' ELSE trim(v.measured || ' ' || v.unit) END AS measured,
  CASE WHEN coalesce(v.ci_low, '') = '' OR coalesce(v.ci_high, '') = '' THEN '' ELSE format('%.4g to %.4g', v.ci_low, v.ci_high) END AS interval,
  CASE WHEN coalesce(v.n, '') IN ('', '0') THEN '' ELSE trim(v.n || ' ' || iif(v.n = '1', coalesce((SELECT one FROM one_of WHERE many = v.n_unit), rtrim(v.n_unit, 's')), v.n_unit)) END AS n, coalesce(v.reason, '') AS reason
FROM findings f LEFT JOIN methods m ON m.finding = f.finding LEFT JOIN verdicts v ON v.finding = f.finding ORDER BY f.rowid;

CREATE VIEW audit_sums AS
SELECT rowid AS id, check_id, source, chip, what, format('%.4g %s', stated, unit) AS stated, format('%.4g %s', follows, unit) AS follows,
  CASE WHEN stated IS NULL OR follows IS NULL THEN 'cannot be checked' WHEN abs(stated - follows) <= tolerance / 100.0 * abs(follows) THEN 'adds up' ELSE 'does not add up' END AS verdict, how
FROM arithmetic;

-- What the run is about, shown next to its verdicts; nothing if there is no run.
CREATE VIEW audit_device AS SELECT name, way, disclaimer FROM device;

-- Each row is self-contained: the suite that judged, and the machine and clock.
CREATE VIEW audit_origin AS SELECT
  coalesce((SELECT value FROM settings WHERE key = 'version'), '') AS suite_version, coalesce((SELECT value FROM machine WHERE key = 'commit'), '') AS suite_commit,
  coalesce((SELECT value FROM machine WHERE key = 'chip'), '') AS chip, coalesce((SELECT value FROM machine WHERE key = 'os'), '') AS os,
  coalesce((SELECT value FROM machine WHERE key = 'clock'), '') AS clock, coalesce((SELECT value FROM settings WHERE key = 'started_utc'), '') AS started_utc;
CREATE VIEW audit AS SELECT * FROM (
SELECT 'claim' AS kind, finding AS id, claim AS what, published, source, machine, how, rivals, judged_by, verdict AS verdict, measured AS here, interval, n,
  (SELECT name FROM audit_device) AS device, (SELECT way FROM audit_device) AS way, reason FROM audit_claims UNION ALL
SELECT 'arithmetic', check_id, what, stated, source, audit_sums.chip, how, '', 'arithmetic', verdict, follows, '', '', '', 'derived', '' FROM audit_sums), audit_origin;
