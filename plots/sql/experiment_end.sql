-- SPDX-License-Identifier: MIT
SELECT char(10) || ':::end' FROM judged WHERE experiment = @experiment AND apart LIMIT 1;
