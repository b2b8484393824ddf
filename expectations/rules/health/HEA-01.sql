/*---
id: HEA-01
title: 家庭医生漏签
question: 脱贫户和监测户的在世成员，本期是否有有效的家庭医生签约？
source: {seed: "001-2", quote: "核对家庭医生签约政策的贫困人口基础数据和政策落实情况"}
level: person
direction: under_coverage
severity: yellow
left: roster.population
right: health.doctor_contracts
needs: [roster.population, roster.monitored, health.deaths, health.doctor_contracts]
gate: [health.doctor_contracts]
gate_states: [not_found, disagree]
spares: [health.deaths]
parameters: [newborn_days]
columns: {health.doctor_contracts: [valid_to]}
flags: [not_found, disagree]
findings:
  not_found: 脱贫户或监测户的在世成员，在家庭医生签约名册中没有找到有效的签约
  disagree: 脱贫户或监测户的在世成员，家庭医生签约已过有效期
group: health
verify_with: 卫健局会同乡镇卫生院、签约团队。问：有没有签过、谁上门、最近一次何时，是否长期在外；看：签约协议或手册
innocent: [长期外出并在外地签约, 死亡或迁出, 签约名册中证件号有误, 新近续签尚未录入, 本人不愿签约]
---*/
-- 出生天数到本期不超过 newborn_days 的新生儿不列入；出生日期不详的不当作新生儿
WITH members AS (
    SELECT p.*, w.kind
    FROM alive_persons AS p
    INNER JOIN poor_households AS w ON w.household_id = p.household_id
    WHERE
        p.birth_date IS NULL
        OR date_diff('day', p.birth_date, round_date()) > param_number('newborn_days')
),

-- 本期有效：签约不晚于本期，有效期不早于本期。没有填写有效期的，从签约起按一年计
-- （每次签约的服务周期原则上为一年）；签约日期也没有的按有效算
dated AS (
    SELECT
        *,
        coalesce(
            latest_day(valid_to, valid_to_precision),
            CAST(latest_day(signed_on, signed_on_precision) + INTERVAL 1 YEAR AS DATE)
        ) AS valid_until
    FROM health_doctor_contracts
    WHERE link_person IS NOT NULL AND link_status IN ('confirmed', 'suspected')
),

contracts AS (
    SELECT
        *,
        (signed_on IS NULL OR signed_on <= round_date())
        AND (valid_until IS NULL OR valid_until >= round_date()) AS valid,
        CASE
            WHEN signed_on > round_date()
                THEN '签约日期为' || day_text(signed_on, signed_on_precision) || '，尚未生效'
            WHEN valid_to IS NULL
                THEN '签约日期为' || day_text(signed_on, signed_on_precision) || '，未填有效期，已满一年'
            ELSE '签约有效期至' || day_text(valid_to, valid_to_precision)
        END AS shown
    FROM dated
),

signed AS (
    SELECT
        link_person AS person_id,
        min(record_id) FILTER (WHERE valid) AS valid_record,
        min(team) FILTER (WHERE valid) AS team,
        arg_max(record_id, (valid_until, record_id)) FILTER (
            WHERE NOT valid AND link_status = 'confirmed'
        ) AS expired_record,
        arg_max(shown, (valid_until, record_id)) FILTER (
            WHERE NOT valid AND link_status = 'confirmed'
        ) AS expired_shown
    FROM contracts
    GROUP BY link_person
)

SELECT
    m.person_id,
    m.household_id,
    m.village_code,
    CASE
        WHEN s.valid_record IS NOT NULL THEN 'agree'
        WHEN s.expired_record IS NOT NULL THEN 'disagree'
        ELSE 'not_found'
    END AS state,
    m.record_id AS left_record_id,
    coalesce(s.valid_record, s.expired_record) AS right_record_id,
    m.kind || '成员' AS left_value,
    CASE
        WHEN s.valid_record IS NOT NULL THEN concat_ws('，', '已签约', s.team)
        WHEN s.expired_record IS NOT NULL THEN s.expired_shown
        ELSE '无签约记录'
    END AS right_value,
    m.name || '是' || m.kind || '成员，'
    || CASE
        WHEN s.valid_record IS NOT NULL THEN '有有效的家庭医生签约。'
        WHEN s.expired_record IS NOT NULL
            THEN '家庭医生' || s.expired_shown || '，到' || day_text(round_date(), 'day') || '没有有效的签约。'
        ELSE '在家庭医生签约名册中没有到' || day_text(round_date(), 'day') || '有效的签约。'
    END AS explanation
FROM members AS m
LEFT JOIN signed AS s ON s.person_id = m.person_id
