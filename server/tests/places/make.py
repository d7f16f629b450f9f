"""Makes test.mmdb, the database of places of the tests, with mmdb-writer of PyPI:
   pip install mmdb-writer && python make.py
"""
from netaddr import IPSet
from mmdb_writer import MMDBWriter

writer = MMDBWriter(6, "Roster-Test", languages=["en"], description="Networks kept for documentation", ipv4_compatible=True)
country = {"iso_code": "CH", "names": {"en": "Swiss Confederation"}}
writer.insert_network(IPSet(["192.0.2.0/24"]), {"city": {"names": {"de": "Zürich", "en": "Zürich"}}, "country": country})
writer.insert_network(IPSet(["198.51.100.0/24"]), {"country_code": "DE"})
writer.insert_network(IPSet(["203.0.113.0/24"]), {"city": "Osaka", "country_code": "JP"})
writer.insert_network(IPSet(["2001:db8::/32"]), {"country_code": "AQ"})
writer.to_db_file("test.mmdb")
