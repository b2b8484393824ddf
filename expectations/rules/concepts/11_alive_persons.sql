-- 在世居民：在本期人口名册中、状态不是死亡、迁出或注销，且死亡名单中没有已确认记录的人，一人一行。
-- 证件号和姓名都相同的几行是同一人登记了几次（双重户籍等），只取一行，免得另一行处处“未见”。
-- 只取规则要用的列；民族、电话等不供规则使用。
WITH listed_again AS (
    SELECT id_number, name_key, min(person_id) AS first_id
    FROM persons
    WHERE id_number IS NOT NULL
    GROUP BY id_number, name_key
    HAVING count(*) > 1
)

SELECT
    p.person_id,
    p.household_id,
    p.record_id,
    p.name,
    p.name_key,
    p.id_number,
    p.sex,
    p.birth_date,
    p.birth_date_precision,
    p.relation,
    p.head_name,
    p.village_code,
    p.household_type
FROM persons AS p
ANTI JOIN confirmed_death AS d ON d.person_id = p.person_id
ANTI JOIN listed_again AS a
    ON a.id_number = p.id_number AND a.name_key = p.name_key AND a.first_id <> p.person_id
WHERE p.status IS NULL OR p.status NOT IN ('死亡', '迁出', '注销')
