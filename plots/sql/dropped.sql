-- SPDX-License-Identifier: MIT
-- Trials that were dropped because nothing depended on them any more: neither run nor missing.
CREATE TABLE dropped AS SELECT * FROM jobs WHERE status = 'dropped';
DELETE FROM jobs WHERE status = 'dropped';
