-- 在世居民：在本期人口名册中、状态不是死亡、迁出或注销，且死亡名单中没有已确认记录的人，一人一行。
SELECT p.*
FROM persons AS p
ANTI JOIN confirmed_death AS d ON d.person_id = p.person_id
WHERE p.status IS NULL OR p.status NOT IN ('死亡', '迁出', '注销')
