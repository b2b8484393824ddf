/*---
id: INC-01
title: 人均纯收入低于监测线
question: 在测监测户的人均纯收入是否低于本年监测线？
source: {seed: "001-2", quote: "对人均收入低于4000元(今年脱贫线)的贫困户和不稳定脱贫户,要展开“保母式”帮扶", note: 讲话所说是当年脱贫线，本规则用本年监测线}
level: household
direction: under_coverage
severity: orange
left: roster.monitored
right: null
needs: [roster.population, roster.monitored]
gate: []
parameters: [monitoring_income_line]
columns: {roster.monitored: [net_income_per_head]}
flags: [disagree]
findings:
  disagree: 登记的人均纯收入低于本年监测线
group: monitored
verify_with: 乡镇入户核算收入。问：近一年务工、种养、补贴各多少，家里几口人，有无大额支出；看：工资流水、补贴存折、收入测算表；低于监测线的核实帮扶措施是否跟上
innocent: [收入尚未更新, 收入周期与年度不一致, 家庭人口数变动, 收入单位填写有误]
---*/
SELECT
    household_id,
    village_code,
    CASE WHEN net_income_per_head < param_number('monitoring_income_line') THEN 'disagree'
        ELSE 'agree' END AS state,
    record_id AS left_record_id,
    coalesce('人均纯收入' || number_text(net_income_per_head) || '元', '未填人均纯收入') AS left_value,
    '监测线' || number_text(param_number('monitoring_income_line')) || '元' AS right_value,
    current_head_name || '户'
    || coalesce(
        '登记的人均纯收入为' || number_text(net_income_per_head) || '元，'
        || CASE WHEN net_income_per_head < param_number('monitoring_income_line')
            THEN '低于' ELSE '不低于' END
        || '本年监测线' || number_text(param_number('monitoring_income_line')) || '元。',
        '没有登记人均纯收入。'
    ) AS explanation,
    CASE WHEN net_income_per_head IS NULL THEN '监测对象名册未填人均纯收入' END AS why_not_compared
FROM active_monitored
