-- SPDX-License-Identifier: MIT
-- One experiment (@experiment): its question and the verdicts on its claims.
SELECT char(10) || ':::part ' || @experiment || ': ' || count(*) || ' claim' || iif(count(*) = 1, '', 's') || ' about an engine, ' || coalesce(sum(class = 'reproduced'), 0) || ' hold here, ' || coalesce(sum(class = 'contradicted'), 0) || ' do not; only about this processor'
FROM judged WHERE experiment = @experiment AND apart HAVING count(*) > 0;
SELECT char(10) || '### ' || @experiment || heading_mark FROM device;
SELECT char(10) || '*' || text || '*' FROM experiments WHERE experiment = @experiment AND field = 'question' LIMIT 1;
SELECT char(10) || '| finding | claim | verdict | ' || way || ' | n | published |' || char(10) || '|---|---|---|--:|--:|---|' FROM device
WHERE EXISTS (SELECT 1 FROM judged WHERE experiment = @experiment AND rank < 5);
SELECT '| `' || finding || '` | ' || claim || ' | **' || shown || '** | ' || measured || iif(interval = '', '', ' (' || interval || ')') || ' | ' || n || ' | ' || published || iif(published = '', '', ' (' || source || ')') || ' |'
FROM judged WHERE experiment = @experiment AND rank < 5 ORDER BY place;
SELECT char(10) || CASE count(*) WHEN 0 THEN 'No trial of this experiment was run.'
  ELSE 'None of the ' || count(*) || ' trials of this experiment completed; see "What was not ' || (SELECT way FROM device) || '".' END
FROM jobs WHERE experiment = @experiment HAVING coalesce(sum(status IN ('ok', 'unsupported')), 0) = 0;
SELECT char(10) || 'Stopped after ' || blocks || ' of ' || planned || ' blocks, ' || trials || ' of ' || (trials + dropped) || ' trials: ' ||
  iif(undecidable = 0, CASE claims - n_untried WHEN 0 THEN 'none of its claims can be tried here' WHEN 1 THEN iif(claims = 1, 'the claim', 'the one that can be tried') || ' was decided'
    ELSE 'each of the ' || (claims - n_untried) || ' claims' || iif(n_untried = 0, '', ' that can be tried') || ' was decided' END, CASE WHEN decided > 0 THEN decided || ' of ' || claims || ' claims were decided, and no further trial can decide the ' || iif(undecidable = 1, 'other', 'others')
    WHEN claims = 1 THEN 'no further trial can decide the claim' ELSE 'no further trial can decide any of the ' || claims || ' claims' END) || '.'
FROM looks, (SELECT count(*) AS n_untried FROM judged WHERE experiment = @experiment AND rank = 5) WHERE experiment = @experiment AND dropped > 0;
