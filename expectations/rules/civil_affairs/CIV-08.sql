/*---
id: CIV-08
title: 疑似拆户保
question: 低保户的在世成员是否全部纳入低保？
source: {seed: "002", quote: "一個是人情保、關係保的問題,一個是拆分保的問題"}
level: household
direction: under_coverage
severity: orange
left: civil_affairs.dibao
right: roster.population
needs: [roster.population, health.deaths, civil_affairs.dibao, civil_affairs.disability, health.illnesses]
gate: [civil_affairs.dibao]
gate_states: [disagree]
spares: [health.deaths]
parameters: [single_person_dibao, severe_disability_levels]
flags: [disagree]
findings:
  disagree: 低保户的在世成员没有全部在低保名单中，且不属于可以单人纳入的情形
group: civil_affairs
verify_with: 民政局会同乡镇入户。问：未纳入的成员是否一起吃住、有无收入、是否外出或另由其他制度供养；看：户口簿、低保审批表、分户或赡养协议
innocent: [单人纳入低保（重残、重病）, 未纳入的成员已死亡或迁出, 未纳入的成员不共同生活, 未纳入的成员由其他制度供养, 新增成员尚未办理]
---*/
-- 在保成员：待核身份的行也算已纳入
WITH covered AS (
    SELECT
        p.household_id,
        p.person_id,
        arg_min(b.record_id, (b.link_status <> 'confirmed', b.record_id)) AS record_id,
        max(b.members_covered) AS members_covered,
        bool_or(b.link_status = 'confirmed') AS confirmed
    FROM active_dibao AS b
    INNER JOIN alive_persons AS p ON p.person_id = b.link_person
    WHERE b.link_status IN ('confirmed', 'suspected')
    GROUP BY ALL
),

-- 允许单人纳入的：参数 single_person_dibao 列出的情形（重残、重病），待核身份的也算
may_stand_alone AS (
    SELECT person_id FROM disabled_persons
    WHERE severe AND list_contains(param_list('single_person_dibao'), 'severe_disability')
    UNION
    SELECT person_id FROM serious_illness
    WHERE list_contains(param_list('single_person_dibao'), 'serious_illness')
),

-- 重残、重病记录尚未核定是谁的：可能是在保成员的，才影响是否属于单人纳入；说的是别的成员或别的情形的不影响
may_yet_stand_alone AS (
    SELECT u.person_id
    FROM unsettled AS u
    INNER JOIN civil_affairs_disability AS d ON d.record_id = u.record_id
    WHERE
        (d.status IS NULL OR d.status = '正常')
        AND (d.level IS NULL OR list_contains(param_list('severe_disability_levels'), d.level))
        AND list_contains(param_list('single_person_dibao'), 'severe_disability')
    UNION
    SELECT u.person_id
    FROM unsettled AS u
    INNER JOIN health_illnesses AS i ON i.record_id = u.record_id
    WHERE
        (i.kind IS NULL OR i.kind = '大病')
        AND (i.diagnosed_on IS NULL OR i.diagnosed_on <= round_date())
        AND list_contains(param_list('single_person_dibao'), 'serious_illness')
),

-- 保障人数比能对上的行多的（只列户主一行，或有的行没有关联上），以保障人数为准
households_covered AS (
    SELECT
        c.household_id,
        arg_min(c.record_id, (NOT c.confirmed, c.record_id)) AS record_id,
        bool_or(c.confirmed) AS confirmed,
        greatest(count(*), max(c.members_covered)) AS covered,
        bool_and(a.person_id IS NOT NULL) AS each_may_stand_alone,
        bool_and(a.person_id IS NOT NULL OR y.person_id IS NOT NULL) AS each_may_yet
    FROM covered AS c
    LEFT JOIN may_stand_alone AS a ON a.person_id = c.person_id
    LEFT JOIN may_yet_stand_alone AS y ON y.person_id = c.person_id
    GROUP BY c.household_id
),

left_out AS (
    SELECT
        p.household_id,
        string_agg(p.name || coalesce('（' || p.relation || '）', ''), '、' ORDER BY p.person_id)
            AS names
    FROM alive_persons AS p
    SEMI JOIN households_covered AS h ON h.household_id = p.household_id
    ANTI JOIN covered AS c ON c.person_id = p.person_id
    GROUP BY p.household_id
),

judged AS (
    SELECT
        h.household_id,
        l.village_code,
        l.head_name,
        l.alive,
        least(h.covered, l.alive) AS covered,
        h.covered < l.alive AND h.each_may_stand_alone AS stands_alone,
        h.covered < l.alive AND NOT h.each_may_stand_alone AS split,
        h.each_may_yet,
        h.record_id,
        h.confirmed,
        l.record_id AS population_record_id,
        o.names
    FROM households_covered AS h
    INNER JOIN living_households AS l ON l.household_id = h.household_id
    LEFT JOIN left_out AS o ON o.household_id = h.household_id
)

SELECT
    household_id,
    village_code,
    CASE WHEN split THEN 'disagree' ELSE 'agree' END AS state,
    record_id AS left_record_id,
    population_record_id AS right_record_id,
    '低保' || covered || '人' AS left_value,
    '在世' || alive || '人' AS right_value,
    head_name || '户在世' || alive || '人，'
    || CASE
        WHEN split THEN '其中' || covered || '人在低保，未见在低保名单中的成员：' || names
            || '，请核实是否共同生活、是否应一并纳入。'
        WHEN stands_alone THEN '其中' || covered || '人在低保，属于可以单人纳入的情形。'
        ELSE '都在低保名单中。'
    END AS explanation,
    -- 在保的都是待核身份的行：这一户是不是低保户还不能肯定
    CASE
        WHEN NOT confirmed THEN '待核身份：所依据的记录尚未确认是本人（户），不作为疑点依据'
        WHEN split AND each_may_yet
            THEN '待核身份：有尚未核定的重残、重病记录可能是在保成员的，或属于可以单人纳入的情形'
    END AS why_not_compared
FROM judged
WHERE confirmed OR split
