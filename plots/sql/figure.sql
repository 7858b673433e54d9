-- SPDX-License-Identifier: MIT
-- The figure of @experiment, with a description for readers who cannot see it: what it shows, and what that says of
-- its claim or, where that could not be tried, of another one.
SELECT char(10) || '![' || replace(replace(@experiment || coalesce(': ' || (SELECT shows FROM shown_claims WHERE experiment = @experiment), '') || '. ' ||
  coalesce((SELECT judged.finding || ': ' || shown || iif(reason = '', '', '. ' || reason) FROM judged LEFT JOIN shown_claims s ON s.finding = judged.finding
    WHERE judged.experiment = @experiment AND rank < 5 ORDER BY s.finding IS NULL, place LIMIT 1), 'No claim about it is decided here'), ']', ')'), '"', '''') || '](' || @experiment || '.svg)';
