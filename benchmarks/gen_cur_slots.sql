-- Who stands in a slot of the report, and for how long. Grain: slot and generation.
-- Placeholders: $slots (their number), $hours (hours of the whole report). A slot that changes its resource has a
-- generation for every 44 hours; the others have one. Text and rates follow from hashes of slot and occupant.
create temp table slots as
with
numbers as (
    select range as slot, range % 100 as place from range($slots)
),
kinds as (
    select
        slot,
        case
            when place < 8 then 'covered'
            when place < 16 and slot >= 8 then 'negation'
            when place < 22 then 'reserved'
            when slot % 1000 = 222 then 'plan fee'
            when slot % 1000 = 322 then 'reservation fee'
            when slot % 1000 = 422 then 'credit'
            when slot % 1000 = 522 then 'tax'
            when place < 40 then 'instance'
            when place < 57 then 'volume'
            when place < 65 then 'bucket'
            when place < 71 then 'database'
            when place < 77 then 'transfer'
            when place < 80 then 'marketplace'
            else 'other'
        end as kind
    from numbers
),
mirrored as (
    -- A negation is the image of the covered slot eight places before it.
    select slot, kind, case when kind = 'negation' then slot - 8 else slot end as base from kinds
),
generations as (
    select slot, kind, base, unnest(range(case when base % 7 = 3 then $hours // 44 + 1 else 1 end)) as generation
    from mirrored
),
picked as (
    select
        *,
        hash(base) as h,
        hash(base * 1000 + generation) as o,
        kind in ('covered', 'negation', 'reserved', 'instance') as machine,
        lpad((hash(base) % 50)::varchar, 12, '900000000000') as account,
        ['us-east-1', 'us-east-1', 'us-east-1', 'eu-central-1', 'eu-west-1', 'us-west-2', 'ap-southeast-2'][(1 + hash(base, 1) % 7)::bigint]
            as region,
        ['m5.large', 'm5.xlarge', 'c5.2xlarge', 'r5.2xlarge', 't3.medium', 'm6g.large', 'c6i.4xlarge'][(1 + hash(base, 2) % 7)::bigint]
            as instance_type,
        (50 + hash(base, 3) % 9000)::decimal(18, 10) / 10000 as unit_rate
    from generations
)
select
    slot,
    generation,
    base,
    kind,
    machine,
    base % 7 = 3 as changes,
    case when h % 50 = 0 then '900000000000' else account end as account,
    case when kind in ('plan fee', 'credit', 'tax') then 'global' else region end as region,
    region || chr(97 + (h % 3)::integer) as zone,
    instance_type,
    unit_rate::decimal(18, 10) as unit_rate,
    case
        when kind = 'negation' then null
        when machine then 'i-0' || left(md5(o::varchar), 16)
        when kind = 'volume' then 'vol-0' || left(md5(o::varchar), 16)
        when kind in ('plan fee', 'credit', 'tax') then null
        else 'arn:aws:' || kind || ':' || region || ':' || account || ':thing/' || left(md5(o::varchar), 20)
    end as resource,
    case
        when machine or kind in ('volume', 'transfer', 'reservation fee') then 'AmazonEC2'
        when kind = 'bucket' then 'AmazonS3'
        when kind = 'database' then 'AmazonRDS'
        when kind = 'marketplace' then left(md5((h % 9)::varchar), 26)
        when kind = 'plan fee' then 'ComputeSavingsPlans'
        else 'AmazonService' || (h % 34)::varchar
    end as service,
    case
        when machine then 'Compute Instance'
        when kind = 'volume' then 'Storage'
        when kind = 'transfer' then 'Data Transfer'
        when kind = 'database' then 'Database Instance'
        when kind = 'bucket' then 'Storage Snapshot'
        else 'Serverless'
    end as family,
    upper(left(md5(base::varchar), 16)) as sku,
    o % 20 = 0 or kind in ('negation', 'plan fee', 'credit', 'tax') as untagged,
    o % 200 as owner_number,
    'app' || (h % 160)::varchar as application,
    'team-' || (h % 24)::varchar as team,
    ['production', 'staging', 'development', 'test'][(1 + h % 4)::bigint] as environment,
    left(md5('job' || o::varchar), 12) as job
from picked
