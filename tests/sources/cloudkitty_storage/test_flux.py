"""The CSV of Flux, as InfluxDB 2 answers: no server of it can be installed here, so these are its documented shapes."""

from tallystick.sources.cloudkitty_storage.base import moment
from tallystick.sources.cloudkitty_storage.flux import tables
from tallystick.sources.cloudkitty_storage.influx import rated_point

ANSWER = """\
,result,table,_time,__ck_collect_period,flavor_name,groupby,id,metadata,price,project_id,qty,type,unit
,,0,2026-02-01T00:00:00Z,3600,"m1, tiny",id|project_id,i-1,flavor_name,0.05,p1,1,instance,instance

,result,table,_time,groupby,id,metadata,price,project_id,qty,type,unit
,,1,2026-02-01T01:00:00Z,id|project_id|team,v-1,,1e-05,p1,20.5,volume.size,GiB
"""


def test_tables_have_their_own_columns() -> None:
    first, second = (rated_point(row, moment(row["_time"]), 600) for row in tables(ANSWER.splitlines()))
    assert (first.metric, str(first.qty), str(first.price), (first.end - first.begin).seconds) == (
        "instance",
        "1",
        "0.05",
        3600,
    )
    assert first.metadata == (("flavor_name", "m1, tiny"),)
    assert second.groupby == (("id", "v-1"), ("project_id", "p1"), ("team", ""))
    assert f"{second.price:f}" == "0.00001"
    assert (second.end - second.begin).seconds == 600
