/*---
id: DQ-01
title: 收入数字取整
question: 一个村监测户的人均纯收入，是否大多是整百的数？
source: {seed: "002", quote: "四是數字取整,進入貧困戶算收入2600,退出貧困戶算收入3100,務工收入10000,基本都是整數"}
level: village
direction: data_quality
severity: yellow
left: roster.monitored
right: null
needs: [roster.villages, roster.population, roster.monitored]
gate: []
parameters: [rounded_income]
columns: {roster.monitored: [net_income_per_head]}
flags: [disagree]
findings:
  disagree: 这个村监测户的人均纯收入大多是整百的数
group: monitored
verify_with: 乡镇抽取几户，对照收入台账。问：务工、种养、转移收入各多少，怎样算出来的；看：工资流水、补贴到账记录、收入测算表
innocent: [收入按固定工资测算, 名册导出时四舍五入, 户数少、巧合]
---*/
WITH limits AS (
    SELECT
        CAST(param_json('rounded_income') ->> 'divisor' AS DOUBLE) AS divisor,
        CAST(param_json('rounded_income') ->> 'min_households' AS INTEGER) AS min_households,
        CAST(param_json('rounded_income') ->> 'min_share' AS DOUBLE) AS min_share
),

-- 监测对象名册中填了人均纯收入的户，风险已消除的也算
incomes AS (
    SELECT
        m.village_code,
        m.record_id,
        abs(m.net_income_per_head - l.divisor * round(m.net_income_per_head / l.divisor)) < 0.005
            AS rounded
    FROM monitored_households AS m
    CROSS JOIN limits AS l
    WHERE m.net_income_per_head IS NOT NULL AND m.village_code IS NOT NULL
),

by_village AS (
    SELECT
        village_code,
        count(*) AS households,
        count(*) FILTER (WHERE rounded) AS rounded,
        coalesce(min(record_id) FILTER (WHERE rounded), min(record_id)) AS record_id
    FROM incomes
    GROUP BY village_code
)

SELECT
    b.village_code,
    CASE
        WHEN b.households >= l.min_households AND b.rounded >= l.min_share * b.households
            THEN 'disagree'
        ELSE 'agree'
    END AS state,
    b.record_id AS left_record_id,
    b.households || '户中' || b.rounded || '户是' || number_text(l.divisor) || '的整倍数' AS left_value,
    '不少于' || l.min_households || '户且达到' || number_text(l.min_share * 100) || '%' AS right_value,
    coalesce(v.village, b.village_code) || '填了人均纯收入的监测户有' || b.households || '户，其中'
    || b.rounded || '户的数字是' || number_text(l.divisor) || '的整倍数（'
    || number_text(100.0 * b.rounded / b.households) || '%）'
    || CASE
        WHEN b.households < l.min_households THEN '，户数少，不作判断。'
        WHEN b.rounded >= l.min_share * b.households THEN '，请抽查收入是否逐项核算。'
        ELSE '。'
    END AS explanation
FROM by_village AS b
CROSS JOIN limits AS l
LEFT JOIN villages AS v ON v.village_code = b.village_code
