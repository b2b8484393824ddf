/*---
id: VIL-04
title: 监测对象零变化
question: 有在测监测户的村，与上次报送相比，监测对象信息是否有任何变化？
source: {seed: "003", quote: "到目前,竟然还有13个县的数据仍是“零”变化"}
level: village
direction: process
severity: yellow
left: roster.monitored
right: null
needs: [roster.villages, roster.population, roster.monitored]
gate: []
parameters: []
flags: [disagree]
findings:
  disagree: 与上次报送相比，监测对象的信息没有任何变化
group: monitored
verify_with: 乡镇说明走访和更新情况。问村里：上次报送后走访了哪些户、收入和措施有没有变；看：走访记录、系统更新记录、上次和这次的名单
innocent: [两次报送间隔短, 确无新增和变化, 报送了旧名单, 变化已登记尚未审核]
---*/
-- 有没有变化在 village_status 中已判定：只比较新报送的名单，没有新报送的一期不计（zero_change 为空）
SELECT
    village_code,
    CASE WHEN zero_change THEN 'disagree' ELSE 'agree' END AS state,
    '在测' || monitored_active || '户' AS left_value,
    CASE WHEN zero_change THEN '与上次报送相比无变化' ELSE '有变化' END AS right_value,
    village || '在测监测对象' || monitored_active || '户，'
    || CASE WHEN zero_change
        THEN '与上次报送相比，户、成员、措施、帮扶责任人和收入都没有变化（连续'
            || coalesce(deliveries_without_change, 1) || '次）。'
        ELSE '与上次报送相比有变化。' END AS explanation,
    CASE WHEN NOT compared THEN coalesce(why, '本村的监测对象名单未报来') END AS why_not_compared
FROM village_status
WHERE monitored_active > 0 AND zero_change IS NOT NULL
