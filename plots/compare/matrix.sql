-- SPDX-License-Identifier: MIT
-- Verdicts as a matrix: columns and rows with their names, then the cells of each letter.
CREATE TEMP TABLE columns AS SELECT run, row_number() OVER (ORDER BY rank, run) AS x, chip FROM machines JOIN chips USING (chip);
CREATE TEMP TABLE rows AS SELECT finding, (SELECT count(*) FROM claims) + 1 - place AS y FROM claims;
CREATE TEMP TABLE cells AS SELECT x, y, letter FROM letters JOIN columns USING (run) JOIN rows USING (finding);
SELECT 'x' AS a, 'label' AS b;
SELECT x, chip FROM columns WHERE EXISTS (SELECT 1 FROM cells) ORDER BY x;
.print ""
.print ""
SELECT 'y' AS a, 'label' AS b;
SELECT y, finding FROM rows ORDER BY y;
.print ""
.print ""
SELECT 'x' AS a, 'y' AS b, 'letter' AS c, 'number' AS d;
SELECT x, y, letter, instr('CITR', upper(letter)) FROM cells;
