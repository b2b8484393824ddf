-- 在世居民：在本期人口名册中、状态不是死亡、迁出或注销，且死亡名单中没有已确认记录的人，一人一行。
-- 证件号和姓名都相同的几行是同一人登记了几次（双重户籍等），只取一行，免得另一行处处“未见”。
SELECT p.*
FROM persons AS p
ANTI JOIN confirmed_death AS d ON d.person_id = p.person_id
WHERE p.status IS NULL OR p.status NOT IN ('死亡', '迁出', '注销')
QUALIFY
    p.id_number IS NULL
    OR row_number() OVER (PARTITION BY p.id_number, p.name_key ORDER BY p.person_id) = 1
