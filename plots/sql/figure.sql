-- SPDX-License-Identifier: MIT
-- The figure of @experiment, with a description for readers who cannot see it.
SELECT char(10) || '![' || @experiment || '. ' || replace(replace(coalesce((SELECT group_concat(finding || ': ' || shown || iif(reason = '', '', '. ' || reason), '; ')
  FROM (SELECT * FROM judged WHERE experiment = @experiment AND rank < 5 AND (finding IN (SELECT finding FROM shown_claims) OR NOT EXISTS (SELECT 1 FROM shown_claims WHERE experiment = @experiment)) ORDER BY place LIMIT 1)), 'no claim was judged by it'), ']', ')'), '"', '''') || '](' || @experiment || '.svg)';
