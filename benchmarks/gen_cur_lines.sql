-- The lines of the hours from $first_hour to $end_hour, under the report's own column names; a column that is not
-- here stays empty. Grain: hour and slot. Input: slots. Money and amounts have the ten places that AWS writes.
with
line_hours as (
    select range as hour, timestamp '$start' + to_hours(range) as started from range($first_hour, $end_hour)
),
joined as (
    select
        h.hour,
        h.started,
        s.*,
        case
            when s.machine or s.kind in ('database', 'marketplace') then 1.0
            when s.kind = 'volume' then (20 + s.base % 500) / 744.0
            else (hash(s.base, h.hour) % 4000000) / 1000000.0
        end::decimal(18, 10) as amount
    from line_hours as h
    inner join slots as s on s.generation = case when s.changes then h.hour // 44 else 0 end
),
priced as (
    select
        *,
        (amount::decimal(18, 6) * unit_rate::decimal(18, 6))::decimal(18, 10) as listed,
        strftime(started, '%Y-%m-%dT%H:%M:%SZ') as start_text,
        strftime(started + interval 1 hour, '%Y-%m-%dT%H:%M:%SZ') as end_text
    from joined
),
costed as (
    select
        *,
        case kind
            when 'negation' then -listed
            when 'reserved' then 0
            when 'credit' then -listed
            else listed
        end::decimal(18, 10) as cost
    from priced
)
select
    md5(slot::varchar || ':' || hour::varchar) || left(md5(hour::varchar || slot::varchar), 20) as "identity/LineItemId",
    start_text || '/' || end_text as "identity/TimeInterval",
    'AWS' || if(kind = 'marketplace', ' Marketplace', '') as "bill/BillingEntity",
    'Anniversary' as "bill/BillType",
    '900000000000' as "bill/PayerAccountId",
    strftime(timestamp '$month', '%Y-%m-%dT%H:%M:%SZ') as "bill/BillingPeriodStartDate",
    strftime(timestamp '$month' + interval 1 month, '%Y-%m-%dT%H:%M:%SZ') as "bill/BillingPeriodEndDate",
    'EUINGB26-' || strftime(timestamp '$month', '%m') as "bill/InvoiceId",
    account as "lineItem/UsageAccountId",
    if(kind = 'marketplace', 'Beacon Monitoring Ltd', 'Amazon Web Services, Inc.') as "lineItem/LegalEntity",
    case kind
        when 'covered' then 'SavingsPlanCoveredUsage'
        when 'negation' then 'SavingsPlanNegation'
        when 'reserved' then 'DiscountedUsage'
        when 'plan fee' then 'SavingsPlanRecurringFee'
        when 'reservation fee' then 'RIFee'
        when 'credit' then 'Credit'
        when 'tax' then 'Tax'
        else 'Usage'
    end as "lineItem/LineItemType",
    start_text as "lineItem/UsageStartDate",
    end_text as "lineItem/UsageEndDate",
    service as "lineItem/ProductCode",
    case
        when machine then 'BoxUsage:' || instance_type
        when kind = 'volume' then 'EBS:VolumeUsage.gp3'
        when kind = 'transfer' then 'DataTransfer-Out-Bytes'
        else 'USE1-Usage-' || (base % 30)::varchar
    end as "lineItem/UsageType",
    case when machine then 'RunInstances' when kind = 'volume' then 'CreateVolume' else 'Operation' || (base % 12)::varchar end
        as "lineItem/Operation",
    if(machine, zone, null) as "lineItem/AvailabilityZone",
    resource as "lineItem/ResourceId",
    amount as "lineItem/UsageAmount",
    'USD' as "lineItem/CurrencyCode",
    unit_rate as "lineItem/UnblendedRate",
    cost as "lineItem/UnblendedCost",
    unit_rate as "lineItem/BlendedRate",
    cost as "lineItem/BlendedCost",
    if(machine, 4, null) as "lineItem/NormalizationFactor",
    if(machine, 4, null) as "lineItem/NormalizedUsageAmount",
    if(kind = 'tax', 'VAT', null) as "lineItem/TaxType",
    '$' || unit_rate::varchar || ' per ' || family || ' ' || instance_type || ' in ' || region as "lineItem/LineItemDescription",
    case kind when 'reserved' then 'Reserved' when 'plan fee' then null when 'tax' then null else 'OnDemand' end as "pricing/term",
    case when machine or kind in ('database', 'marketplace') then 'Hrs' when kind in ('volume', 'bucket') then 'GB-Mo' else 'Requests' end
        as "pricing/unit",
    case when kind = 'reserved' and slot % 5 = 0 then 'convertible' else listed::varchar end as "pricing/publicOnDemandCost",
    case when kind = 'reserved' and slot % 5 = 0 then 'No Upfront' else unit_rate::varchar end as "pricing/publicOnDemandRate",
    'USD' as "pricing/currency",
    sku || '.JRTCKXETXF.6YS6EN2CT7' as "pricing/RateCode",
    (100000000 + base)::varchar as "pricing/RateId",
    if(kind = 'reserved', (listed * 0.62)::decimal(18, 10), null) as "reservation/EffectiveCost",
    if(kind in ('reserved', 'reservation fee'), 'arn:aws:ec2:' || region || ':' || account || ':reserved-instances/' || sku, null)
        as "reservation/ReservationARN",
    (1000000 + base)::varchar as "reservation/SubscriptionId",
    if(kind = 'reservation fee', 0.012, null) as "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod",
    if(kind = 'reservation fee', 0.034, null) as "reservation/UnusedRecurringFee",
    case kind when 'covered' then (listed * 0.66)::decimal(18, 10)::varchar when 'transfer' then 'None' end
        as "savingsPlan/SavingsPlanEffectiveCost",
    case kind when 'covered' then (unit_rate * 0.66)::decimal(18, 10)::varchar when 'transfer' then 'None' end
        as "savingsPlan/SavingsPlanRate",
    if(kind in ('covered', 'negation', 'plan fee'), 'arn:aws:savingsplans::900000000000:savingsplan/' || (base % 12)::varchar, null)
        as "savingsPlan/SavingsPlanArn",
    if(kind = 'plan fee', listed, null) as "savingsPlan/TotalCommitmentToDate",
    if(kind = 'plan fee', (listed * 0.9)::decimal(18, 10), null) as "savingsPlan/UsedCommitment",
    if(kind = 'marketplace', 'Beacon product ' || (base % 9)::varchar, 'Product of ' || service) as "product/ProductName",
    family as "product/productFamily",
    region as "product/region",
    'Region ' || region as "product/location",
    'AWS Region' as "product/locationType",
    service as "product/servicecode",
    sku as "product/sku",
    if(machine, instance_type, null) as "product/instanceType",
    if(machine, 'General purpose', null) as "product/instanceFamily",
    if(machine, split_part(instance_type, '.', 1), null) as "product/instanceTypeFamily",
    if(machine, (2 + base % 4 * 2)::varchar, null) as "product/vcpu",
    if(machine, (4 + base % 4 * 4)::varchar || ' GiB', null) as "product/memory",
    if(machine, 'Linux', null) as "product/operatingSystem",
    if(machine, 'Shared', null) as "product/tenancy",
    if(machine, 'No License required', null) as "product/licenseModel",
    if(machine, 'NA', null) as "product/preInstalledSw",
    if(machine, '64-bit', null) as "product/processorArchitecture",
    if(machine, 'Intel Xeon Platinum 8259 (Cascade Lake)', null) as "product/physicalProcessor",
    if(machine, 'Intel AVX; Intel AVX2; Intel AVX512; Intel Turbo', null) as "product/processorFeatures",
    if(machine, 'Up to 10 Gigabit', null) as "product/networkPerformance",
    if(machine, 'Up to 3.1 GHz', null) as "product/clockSpeed",
    if(machine, 'Yes', null) as "product/currentGeneration",
    if(machine, 'EBS only', null) as "product/storage",
    if(machine, 'Used', null) as "product/capacitystatus",
    if(machine, 'RunInstances', null) as "product/operation",
    if(kind = 'volume', 'gp3', null) as "product/volumeApiName",
    if(kind = 'volume', 'General Purpose', null) as "product/volumeType",
    if(kind = 'volume', 'SSD-backed', null) as "product/storageMedia",
    if(kind = 'volume', '16 TiB', null) as "product/maxVolumeSize",
    if(kind = 'database', 'PostgreSQL', null) as "product/databaseEngine",
    if(kind = 'database', 'Multi-AZ', null) as "product/deploymentOption",
    if(kind = 'transfer', 'External', null) as "product/toLocation",
    if(kind = 'transfer', 'Region ' || region, null) as "product/fromLocation",
    if(kind = 'transfer', 'AWS Outbound', null) as "product/transferType",
    ['Sales', 'Research', 'Operations'][1 + base % 3] as "costCategory/CostCenter",
    if(untagged, null, application || '-' || job) as "resourceTags/user:Name",
    if(untagged, null, application) as "resourceTags/user:application",
    if(untagged, null, 'cc-' || (owner_number % 30)::varchar) as "resourceTags/user:cost-center",
    if(untagged, null, environment) as "resourceTags/user:environment",
    if(untagged or not changes, null, job) as "resourceTags/user:job",
    if(untagged, null, 'owner' || owner_number::varchar || '@example.com') as "resourceTags/user:owner",
    if(untagged or base % 3 = 0, null, 'project-' || (base % 70)::varchar) as "resourceTags/user:project",
    if(untagged or base % 4 = 0, null, 'r' || (generation % 9)::varchar) as "resourceTags/user:release",
    if(untagged, null, kind) as "resourceTags/user:role",
    if(untagged or base % 5 > 1, null, 'stack-' || (base % 40)::varchar) as "resourceTags/user:stack",
    if(untagged, null, team) as "resourceTags/user:team",
    if(untagged, null, 'tier-' || (base % 3)::varchar) as "resourceTags/user:tier"
from costed
order by hour, slot
