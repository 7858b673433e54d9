-- SPDX-License-Identifier: MIT
.mode list
SELECT '# The published claims' || char(10);
SELECT CASE WHEN EXISTS (SELECT 1 FROM audit_device) THEN 'What this machine says is from device `' || name || '`. ' || disclaimer ELSE 'No run given: what this machine says is empty.' END || char(10)
FROM (SELECT 1) LEFT JOIN audit_device;
SELECT '| finding | claim | published | by, on | how it was measured | who says otherwise | judged by | this machine | why |' || char(10) || '|---|---|---|---|---|---|---|---|---|';
SELECT '| `' || finding || '` | ' || claim || ' | ' || published || ' | ' || source || ', ' || machine || ' | ' || how || ' | ' || rivals || ' | ' || judged_by || ' | ' ||
  verdict || CASE measured WHEN '' THEN '' ELSE ': ' || measured END || CASE interval WHEN '' THEN '' ELSE ' (' || interval || ')' END || CASE n WHEN '' THEN '' ELSE ', n = ' || n END || ' | ' || reason || ' |'
FROM audit_claims;
SELECT char(10) || '## Published numbers checked against each other' || char(10);
SELECT '' || sum(verdict = 'adds up') || ' add up, ' || sum(verdict = 'does not add up') || ' do not, ' || sum(verdict = 'cannot be checked') || ' cannot be checked.' || char(10) FROM audit_sums;
SELECT '| source | what is stated | stated | follows | | how it follows |' || char(10) || '|---|---|---|---|---|---|';
SELECT '| ' || source || ', ' || chip || ' | ' || what || ' | ' || stated || ' | ' || follows || ' | ' || verdict || ' | ' || how || ' |' FROM audit_sums
ORDER BY verdict <> 'does not add up', id;
