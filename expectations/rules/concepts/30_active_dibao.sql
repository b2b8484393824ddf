-- 在保低保：低保名单中本期享受的行，含渐退期。已停保、暂停、待审批或死亡的，停保日期、享受起始日期表明本期不享受的，
-- 都不算。状态没有填写的按在保算。
SELECT *
FROM civil_affairs_dibao
WHERE
    (status IS NULL OR status IN ('享受', '渐退期'))
    AND (from_date IS NULL OR from_date <= round_date())
    AND (stopped_on IS NULL OR stopped_on > round_date())
