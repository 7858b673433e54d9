-- SPDX-License-Identifier: MIT
-- Ways that have no figures, and what the run recorded about them.
CREATE TEMP TABLE ways(place, arm);
INSERT INTO ways VALUES (1, 'sync'), (2, 'double-1'), (3, 'double-inf'), (4, 'reload'), (5, 'dynamic'), (6, 'mapped');
CREATE TEMP TABLE unshown AS SELECT place, arm, (SELECT count(*) FROM schedule WHERE experiment = 'train' AND schedule.arm = ways.arm) AS planned,
  (SELECT count(*) FROM jobs WHERE experiment = 'train' AND jobs.arm = ways.arm) AS tried
FROM ways WHERE arm NOT IN (SELECT arm FROM summary WHERE experiment = 'train' AND metric = 'step_ns' AND median <> '');
CREATE TEMP TABLE said AS SELECT arm, status, reason, count(*) AS n FROM train_samples WHERE status NOT IN ('ok', 'end') GROUP BY arm, status, reason;
SELECT char(10) || 'Ways without figures:' || char(10) WHERE EXISTS (SELECT 1 FROM unshown);
SELECT '- `' || u.arm || '`: ' || CASE
  WHEN s.arm IS NOT NULL THEN s.status || ' in ' || s.n || ' of ' || u.tried || ' trials: ' || s.reason
  WHEN u.planned = 0 THEN 'not a part of this run.'
  WHEN u.tried = 0 THEN 'planned, but not run.'
  ELSE 'none of ' || u.tried || ' trials completed: ' || (SELECT group_concat(DISTINCT status) FROM jobs WHERE experiment = 'train' AND jobs.arm = u.arm) || '.' END
FROM unshown u LEFT JOIN said s USING (arm) ORDER BY u.place;
