-- 在册特困：特困供养名单中本期享受的行；已停止、暂停或死亡的不算，状态没有填写的按享受算。
SELECT *
FROM civil_affairs_tekun
WHERE
    (status IS NULL OR status = '享受')
    AND (from_date IS NULL OR from_date <= round_date())
