-- SPDX-License-Identifier: MIT
SELECT char(10) || ':::end' FROM judged WHERE program = @program AND apart LIMIT 1;
