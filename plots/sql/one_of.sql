-- SPDX-License-Identifier: MIT
-- What one of a unit is called, where it is more than the same word without its s.
CREATE TABLE one_of (many, one);
INSERT INTO one_of VALUES ('processes', 'process'), ('trials of cases', 'trial of a case'), ('evals of other widths', 'eval of another width');
