-- 有效参保：参保名单中没有暂停、终止或注明死亡的行；covered_year 是参保年度，未填年度的按名单截止日期所在年算。
SELECT
    record_id,
    link_person,
    link_household,
    link_former,
    link_status,
    name,
    name_key,
    id_number,
    village_code,
    village,
    scheme,
    place,
    coalesce(year, year(as_of)) AS covered_year
FROM insurance_coverage
WHERE status IS NULL OR status = '正常参保'
