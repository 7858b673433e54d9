-- SPDX-License-Identifier: MIT
-- Four columns of 27 characters: about 120 in total.
.mode list
SELECT CASE WHEN EXISTS (SELECT 1 FROM audit_device) THEN 'Device ' || name || '. ' || disclaimer ELSE 'No run given: what this machine says is empty.' END || char(10)
FROM (SELECT 1) LEFT JOIN audit_device;
.mode box --wordwrap on --wrap 27
SELECT finding || ': ' || claim AS claim, published || ' (' || source || ', ' || machine || '); ' || how AS "published, by, on; how", rivals AS "who says otherwise",
  verdict || CASE measured WHEN '' THEN '' ELSE ': ' || measured END || CASE interval WHEN '' THEN '' ELSE ' (' || interval || ')' END || CASE n WHEN '' THEN '' ELSE ', n = ' || n END ||
  CASE reason WHEN '' THEN '' ELSE '; ' || reason END AS "this machine" FROM audit_claims;
.mode list
SELECT char(10) || 'Published numbers checked against each other: ' || sum(verdict = 'adds up') || ' add up, ' || sum(verdict = 'does not add up') || ' do not, ' ||
  sum(verdict = 'cannot be checked') || ' cannot be checked.' || char(10) FROM audit_sums;
.mode box --wordwrap on --wrap 27
SELECT what || ' (' || source || ', ' || chip || ')' AS "what is stated", stated, verdict || iif(follows = '', '', ': ' || follows) AS "does it follow", how AS "how it follows" FROM audit_sums
ORDER BY verdict <> 'does not add up', id;
