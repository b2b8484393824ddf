-- 已确认死亡：健康部门死亡名单中身份已确认、死亡日期不晚于本期的人，一人一行。
-- died_on 是最早可能的死亡日期，died_by 是最晚可能的日期：日期只到月或年，或几条记录不一致时，
-- 对人不利的规则（死亡后仍享受）只看 died_by。
-- 已从名册中除去的人（link_former）也列入：in_roster 为假，其人在 former_persons，不在 persons。
SELECT
    coalesce(link_person, link_former) AS person_id,
    bool_or(link_person IS NOT NULL) AS in_roster,
    min(died_on) AS died_on,
    max(latest_day(died_on, died_on_precision)) AS died_by,
    arg_min(record_id, (died_on, record_id)) AS record_id,
    arg_min(day_text(died_on, died_on_precision), (died_on, record_id)) AS died_on_text
FROM health_deaths
WHERE
    link_status = 'confirmed'
    AND coalesce(link_person, link_former) IS NOT NULL
    AND died_on <= round_date()
GROUP BY coalesce(link_person, link_former)
