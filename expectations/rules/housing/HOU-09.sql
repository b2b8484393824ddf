/*---
id: HOU-09
title: 疑似重复享受住房补贴
question: 同一户是否在规定年限内两次享受危房改造，或既有危房改造又有易地搬迁？
source: {seed: "001-2", quote: "2014年以来危房改造情况"}
level: household
direction: over_coverage
severity: orange
left: housing.renovations
right: housing.relocations
needs: [roster.population, housing.renovations, housing.relocations]
gate: []
parameters: [renovation_repeat_years]
flags: [disagree]
findings:
  disagree: 同一户名下有两个住房项目
group: housing
verify_with: 住建局会同易地搬迁主管部门查阅项目档案。问：两次各是哪处房、何时、谁申请，其间是否分户；看：两份申请审批表、补助到账记录、分户证明
innocent: [同一项目重复登记, 享受后已分户, 同名不同人, 灾后重建或政策允许再次享受, 补助已退回]
---*/
-- 两个项目身份都已确认的才是疑点，有一个待核的列为未比对；登记人现在已不在这一户的（分户），
-- 或已不在名册、又不知已去世的（迁出），不算这一户的
WITH projects AS (
    SELECT
        r.link_household AS household_id,
        r.record_id,
        r.link_status = 'confirmed' AS confirmed,
        '危房改造' AS kind,
        coalesce(r.year, year(r.finished_on), year(r.started_on)) AS year,
        r.method,
        r.subsidy,
        concat_ws('，', r.method, '补助' || number_text(r.subsidy) || '元') AS detail
    FROM housing_renovations AS r
    LEFT JOIN persons AS p ON p.person_id = r.link_person
    WHERE
        r.link_status IN ('confirmed', 'suspected')
        AND r.link_household IS NOT NULL
        AND (p.household_id IS NULL OR p.household_id = r.link_household)
        AND (r.link_former IS NULL OR r.link_former IN (SELECT person_id FROM confirmed_death))
    UNION ALL
    SELECT
        b.link_household,
        b.record_id,
        b.link_status = 'confirmed',
        '易地搬迁',
        year(b.moved_in_on),
        NULL,
        NULL,
        concat_ws('，', b.mode, b.site)
    FROM housing_relocations AS b
    LEFT JOIN persons AS p ON p.person_id = b.link_person
    WHERE
        b.link_status IN ('confirmed', 'suspected')
        AND b.link_household IS NOT NULL
        AND (p.household_id IS NULL OR p.household_id = b.link_household)
        AND (b.link_former IS NULL OR b.link_former IN (SELECT person_id FROM confirmed_death))
),

-- 两个不同的项目：改造加搬迁，不论年份；或两次改造相隔不超过 renovation_repeat_years 年。
-- 同一年、方式和补助也不矛盾的两行改造，是同一项目登记了两次
pairs AS (
    SELECT
        a.household_id,
        a.confirmed AND b.confirmed AS confirmed,
        a.record_id AS left_record_id,
        b.record_id AS right_record_id,
        concat_ws('', a.year || '年', a.kind, '（' || nullif(a.detail, '') || '）') AS left_value,
        concat_ws('', b.year || '年', b.kind, '（' || nullif(b.detail, '') || '）') AS right_value
    FROM projects AS a
    INNER JOIN projects AS b ON b.household_id = a.household_id AND b.record_id <> a.record_id
    WHERE
        a.kind = '危房改造'
        AND (
            b.kind = '易地搬迁'
            OR (
                (a.year, a.record_id) < (b.year, b.record_id)
                AND b.year - a.year <= param_number('renovation_repeat_years')
                AND (a.year < b.year OR a.method <> b.method OR a.subsidy <> b.subsidy)
            )
        )
    QUALIFY row_number() OVER (
        PARTITION BY a.household_id
        ORDER BY
            a.confirmed AND b.confirmed DESC, b.kind, b.year DESC, a.year DESC, a.record_id, b.record_id
    ) = 1
),

subjects AS (
    SELECT
        household_id,
        bool_or(confirmed) AS confirmed,
        min(record_id) FILTER (WHERE confirmed AND kind = '危房改造') AS renovation,
        min(record_id) FILTER (WHERE confirmed AND kind = '易地搬迁') AS relocation,
        string_agg(DISTINCT concat_ws('', year || '年', kind), '、'
            ORDER BY concat_ws('', year || '年', kind)) FILTER (WHERE confirmed) AS listed
    FROM projects
    GROUP BY household_id
)

SELECT
    s.household_id,
    h.village_code,
    CASE WHEN p.household_id IS NOT NULL THEN 'disagree' ELSE 'agree' END AS state,
    coalesce(p.left_record_id, s.renovation) AS left_record_id,
    coalesce(p.right_record_id, s.relocation) AS right_record_id,
    coalesce(p.left_value, s.listed) AS left_value,
    coalesce(p.right_value, '无另一项目') AS right_value,
    h.head_name || '户'
    || CASE WHEN p.household_id IS NOT NULL
        THEN '名下有两个住房项目：' || p.left_value || '、' || p.right_value || '，请查阅档案核对是否同一项目。'
        ELSE '名下的住房项目：' || s.listed || '，没有重复。' END AS explanation,
    CASE WHEN NOT p.confirmed
        THEN '待核身份：所依据的记录尚未确认是本人（户），不作为疑点依据' END AS why_not_compared
FROM subjects AS s
LEFT JOIN households AS h ON h.household_id = s.household_id
LEFT JOIN pairs AS p ON p.household_id = s.household_id
WHERE s.confirmed OR p.household_id IS NOT NULL
