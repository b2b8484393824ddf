/*---
id: VIL-01
title: 空白村
question: 有居民的村是否至今没有一户监测对象？
source: {seed: "000", quote: "检测对象“空白村”占比,x月xx日省里通报时,我们达到了xx%"}
level: village
direction: process
severity: yellow
left: roster.villages
right: roster.monitored
needs: [roster.villages, roster.population, roster.monitored]
gate: [roster.monitored]
parameters: []
flags: [not_found]
findings:
  not_found: 有居民，监测对象名册中没有一户
group: monitored
verify_with: 乡镇说明原因，县乡村振兴局抽查几户。问村里：大病、重残、失业、受灾的户排查过没有，结论是什么，名单报了没有；看：村里的排查记录、评议记录、公示
innocent: [本村确无有风险的户, 本村名单尚未报来, 村名或区划代码已变更, 以旧村名登记, 常住人口很少]
---*/
-- 是不是空白村在 village_status 中已判定（以旧村名登记的已归到现村）；这里不指责，只请说明
SELECT
    s.village_code,
    CASE WHEN s.blank THEN 'not_found' ELSE 'agree' END AS state,
    -- 人数写在说明里：它每期都变，不算比对的值，否则答复过的会再问一遍
    '有居民' AS left_value,
    CASE WHEN s.blank THEN '监测对象0户' ELSE '有监测对象' END AS right_value,
    s.village || '有居民' || s.residents || '人' || coalesce('（' || s.households || '户）', '')
    || CASE
        WHEN s.blank THEN '，监测对象名册中没有一户（含风险已消除的）'
            || coalesce('；按本村情况估计约有' || number_text(round(s.expected_monitored, 1)) || '户', '')
            || '。请说明是确无有风险的户、名单未报，还是村名代码有变。'
        ELSE '，先后有监测对象' || s.monitored_ever || '户，其中在测' || s.monitored_active || '户。'
    END AS explanation,
    CASE WHEN NOT s.compared THEN coalesce(s.why, '本村的监测对象名单未报来') END AS why_not_compared
FROM village_status AS s
WHERE s.residents > 0
