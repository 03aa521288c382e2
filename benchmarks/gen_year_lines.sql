-- The lines of the year. Grain: resource and day. Parameters: $first (the first day), $days (how many), $resources,
-- $life (days that a resource lives). A tag set has the keys team and environment and seven of 198 others.
with
resources as (
    select
        range as r,
        hash(range) as h,
        hash(range) % 20000 as tag_set,
        (hash(range, 1) % $days)::integer as born,
        lpad((900000000000 + (hash(range, 2) % 50)::bigint)::varchar, 12, '0') as account,
        'AmazonService' || lpad((hash(range, 3) % 40)::varchar, 2, '0') as service,
        ['us-east-1', 'us-west-2', 'eu-central-1', 'eu-west-1', 'ap-southeast-2'][(1 + hash(range, 4) % 5)::bigint] as region
    from range($resources)
),
lives as (
    select *, unnest(range($life)) as age from resources
),
days as (
    select *, ($first::date + ((born + age) % $days)::integer)::timestamp as day from lives
)
select
    date_trunc('month', day)::timestamp as bill_billing_period_start_date,
    (date_trunc('month', day) + interval 1 month)::timestamp as bill_billing_period_end_date,
    'AWS' as bill_billing_entity,
    'Anniversary' as bill_bill_type,
    '900000000000' as bill_payer_account_id,
    'Bench' as bill_payer_account_name,
    md5(r::varchar || day::varchar) as identity_line_item_id,
    strftime(day, '%Y-%m-%dT00:00:00Z') || '/' || strftime(day + interval 1 day, '%Y-%m-%dT00:00:00Z') as identity_time_interval,
    account as line_item_usage_account_id,
    'Account ' || right(account, 2) as line_item_usage_account_name,
    'Amazon Web Services, Inc.' as line_item_legal_entity,
    'Usage' as line_item_line_item_type,
    day as line_item_usage_start_date,
    (day + interval 1 day)::timestamp as line_item_usage_end_date,
    service as line_item_product_code,
    'Usage:' || (h % 60)::varchar as line_item_usage_type,
    'Operation' as line_item_operation,
    region || 'a' as line_item_availability_zone,
    'i-0' || left(md5(r::varchar), 16) as line_item_resource_id,
    (24 + h % 7)::double as line_item_usage_amount,
    'USD' as line_item_currency_code,
    '0.0416' as line_item_unblended_rate,
    (hash(r, day) % 1000000)::double / 10000 as line_item_unblended_cost,
    '0.0416' as line_item_blended_rate,
    (hash(r, day) % 1000000)::double / 10000 as line_item_blended_cost,
    'A day of ' || service as line_item_line_item_description,
    'OnDemand' as pricing_term,
    'Hrs' as pricing_unit,
    (hash(r, day) % 1000000)::double / 9000 as pricing_public_on_demand_cost,
    null::double as reservation_effective_cost,
    null::double as savings_plan_savings_plan_effective_cost,
    region as product_region_code,
    'm5.' || ['large', 'xlarge', '2xlarge'][(1 + h % 3)::bigint] as product_instance_type,
    'Compute Instance' as product_product_family,
    service as product_servicecode,
    map_from_entries([{'key': 'product_name', 'value': 'Product of ' || service}, {'key': 'region', 'value': region}]) as product,
    map_from_entries(
        [
            {'key': 'user_team', 'value': 'team-' || (tag_set % 24)::varchar},
            {'key': 'user_environment', 'value': ['production', 'staging', 'development', 'test'][(1 + tag_set % 4)::bigint]}
        ] || list_transform(
            range(7),
            lambda n: {
                'key': 'user_key' || lpad(((tag_set * 31 + n * 28) % 198)::varchar, 3, '0'),
                'value': 'value-' || (hash(tag_set, n) % 50)::varchar
            }
        )
    ) as resource_tags,
    map_from_entries([{'key': 'CostCenter', 'value': 'cc-' || (h % 9)::varchar}]) as cost_category
from days
