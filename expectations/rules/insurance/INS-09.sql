/*---
id: INS-09
title: 疑似重复参保
question: 同一人同一年度是否在两个险种或两个地方参保？
source: {seed: "001-1", quote: "简化报销流程,确保医保政策全覆盖"}
level: person
direction: over_coverage
severity: yellow
left: insurance.coverage
right: insurance.coverage
needs: [roster.population, insurance.coverage]
gate: []
parameters: []
columns: {insurance.coverage: [year, [scheme, place]]}
flags: [disagree]
findings:
  disagree: 同一年度有两处参保记录
group: insurance
verify_with: 医保局查询两地参保缴费信息，由本人选择保留一处。问：今年在哪里参保、是否换过工作或单位代交、是否重复交过费；看：两处的缴费凭证、转移或停保手续
innocent: [年度中间转换险种, 转移参保地后旧记录未终止, 同一记录重复登记, 同名不同人, 参保地名称写法不同]
---*/
-- 没有终止或暂停的行；一人一年一个疑点（part）。两行身份都已确认的才是疑点，
-- 有一行待核的列为未比对
WITH known AS (
    SELECT *, link_status = 'confirmed' AS confirmed, regexp_replace(place, '\s', '', 'g') AS written
    FROM coverage_in_force
    WHERE link_status IN ('confirmed', 'suspected') AND link_person IS NOT NULL
),

-- 本县、县名、县代码是同一地，都写成“本县”
here AS (
    SELECT DISTINCT c.written
    FROM (SELECT DISTINCT written FROM known) AS c
    CROSS JOIN unnest(this_county()) AS t (called)
    WHERE
        contains(c.written, t.called)
        OR c.written = regexp_replace(t.called, '(自治县|自治旗|县|区|市|旗)$', '')
        OR regexp_full_match(c.written, '(本|全)(县|区|市|旗|地|地区|统筹区)|(县|区|市|旗|统筹区)内|县本级')
),

listed AS (
    SELECT
        c.link_person AS person_id,
        c.covered_year,
        c.record_id,
        c.confirmed,
        c.scheme,
        CASE WHEN h.written IS NOT NULL THEN '本县' ELSE c.written END AS place,
        concat_ws('，', c.scheme, c.place) AS shown
    FROM known AS c
    LEFT JOIN here AS h ON h.written = c.written
),

subjects AS (
    SELECT
        person_id,
        covered_year,
        count(*) AS records,
        bool_or(confirmed) AS confirmed,
        min(record_id) FILTER (WHERE confirmed) AS record_id,
        min(shown) FILTER (WHERE confirmed) AS shown
    FROM listed
    GROUP BY person_id, covered_year
),

several AS (
    SELECT l.*
    FROM listed AS l
    SEMI JOIN subjects AS s
        ON s.person_id = l.person_id AND s.covered_year = l.covered_year AND s.records > 1
),

-- 两行不同：险种不同，或参保地不同。一个地名包含另一个的（某某市某某县和某某县）是同一地
pairs AS (
    SELECT
        a.person_id,
        a.covered_year,
        a.confirmed AND b.confirmed AS confirmed,
        a.record_id AS left_record_id,
        b.record_id AS right_record_id,
        a.shown AS left_value,
        b.shown AS right_value
    FROM several AS a
    INNER JOIN several AS b
        ON b.person_id = a.person_id AND b.covered_year = a.covered_year AND a.record_id < b.record_id
    WHERE
        a.scheme <> b.scheme
        OR NOT (contains(a.place, b.place) OR contains(b.place, a.place))
    QUALIFY row_number() OVER (
        PARTITION BY a.person_id, a.covered_year
        ORDER BY a.confirmed AND b.confirmed DESC, a.scheme <> b.scheme DESC NULLS LAST, a.record_id, b.record_id
    ) = 1
)

SELECT
    s.person_id,
    p.household_id,
    p.village_code,
    CAST(s.covered_year AS VARCHAR) AS part,
    CASE WHEN d.person_id IS NOT NULL THEN 'disagree' ELSE 'agree' END AS state,
    coalesce(d.left_record_id, s.record_id) AS left_record_id,
    d.right_record_id,
    coalesce(d.left_value, s.shown) AS left_value,
    coalesce(d.right_value, '无另一处参保') AS right_value,
    p.name || '在' || s.covered_year || '年度'
    || CASE WHEN d.person_id IS NOT NULL
        THEN '有两处参保记录：' || d.left_value || '；' || d.right_value || '。'
        ELSE '只有一处参保记录。' END AS explanation,
    CASE WHEN NOT d.confirmed
        THEN '待核身份：所依据的记录尚未确认是本人（户），不作为疑点依据' END AS why_not_compared
FROM subjects AS s
INNER JOIN persons AS p ON p.person_id = s.person_id
LEFT JOIN pairs AS d ON d.person_id = s.person_id AND d.covered_year = s.covered_year
WHERE s.confirmed OR d.person_id IS NOT NULL
