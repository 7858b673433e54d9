/* What the tables here ask of sqlite3: 3.38 or newer, with its mathematical functions. */
SELECT format('%.3g', power(2, 3)), ln(2), floor(1.5), iif(1, 2, 3), json_patch('{}', json_object('a', 1)),
    row_number() OVER (ORDER BY 1), count(*) FILTER (WHERE 1);
