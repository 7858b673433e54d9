-- SPDX-License-Identifier: MIT
-- How many verdicts of each kind each run came to; claim by claim they are folded.
SELECT char(10) || '## Verdicts' || char(10) || char(10) || 'About the device of each run.' || char(10) || char(10) ||
  '| run | where | reproduced | contradicted | inconclusive | untrusted | unsupported |' || char(10) || '|---|---|--:|--:|--:|--:|--:|' WHERE EXISTS (SELECT 1 FROM verdicts);
SELECT '| ' || path || ' | ' || chip || ' | ' || sum(verdict = 'reproduced') || ' | ' || sum(verdict = 'contradicted') || ' | ' || sum(verdict = 'inconclusive') || ' | ' || sum(verdict = 'untrusted') || ' | ' || sum(verdict = 'unsupported') || ' |'
FROM verdicts JOIN machines USING (run) JOIN chips USING (chip) GROUP BY run ORDER BY rank, run;
SELECT char(10) || ':::part Each of ' || count(DISTINCT finding) || ' claims, run by run' || char(10) || char(10) ||
  'R reproduced, C contradicted, I inconclusive, T untrusted, - unsupported there; in small letters for a simulated engine. Claims that hold most often come first.' FROM verdicts HAVING count(*) > 0;
