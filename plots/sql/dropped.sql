-- SPDX-License-Identifier: MIT
-- Trials that were dropped because nothing depended on them any more were neither run nor are they missing.
CREATE TABLE dropped AS SELECT * FROM jobs WHERE status = 'dropped';
DELETE FROM jobs WHERE status = 'dropped';
