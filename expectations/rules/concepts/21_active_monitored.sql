-- 在测监测对象户：到本期风险未消除的监测对象户，一户一行。
SELECT * FROM monitored_households WHERE active
