-- SPDX-License-Identifier: MIT
-- The figures as rows that can be understood alone (form `compare`). A published one is of nobody's run here.
SELECT f.quantity, q.title, q.unit, q.better, f.basis, f.source, f.value, f.low AS ci_low, f.high AS ci_high, f.n, f.note, f.chip,
  m.device, m.os, (SELECT value FROM machine WHERE machine.run = m.run AND key = 'clock') AS clock,
  (SELECT value FROM settings WHERE settings.run = m.run AND key = 'version') AS suite_version, m."commit" AS suite_commit
FROM figures f JOIN quantities q USING (quantity) JOIN chips c ON c.chip = f.chip
  LEFT JOIN machines m ON m.path = f.source AND m.chip = f.chip ORDER BY q.place, c.rank, f.basis, f.source, f.note;
