-- SPDX-License-Identifier: MIT
-- The heading of @quantity, and how its figures were chosen.
SELECT char(10) || '## ' || title || char(10) || char(10) || 'In ' || unit || '; ' || better || '.' ||
  CASE WHEN EXISTS (SELECT 1 FROM figures WHERE quantity = @quantity AND basis = 'published') THEN ' Published: ' || published_choice || '.' ELSE '' END ||
  CASE WHEN EXISTS (SELECT 1 FROM figures WHERE quantity = @quantity AND basis <> 'published') THEN ' This suite: ' || measured_choice || '.' ELSE '' END ||
  CASE WHEN EXISTS (SELECT 1 FROM figures WHERE quantity = @quantity) THEN '' ELSE ' Nothing is known of it here.' END
FROM quantities WHERE quantity = @quantity;
