"""The workload's rules as crmkit's configuration: the same order, the same conditions, a queue as target."""


def config(rules):
    """A configuration of routing."""
    return {
        "routing": {
            "queues": sorted({rule["queue"] for rule in rules}),
            "rules": [_rule(rule) for rule in rules],
        }
    }


def _rule(rule):
    match = {name: rule[name] for name in ("source", "campaign", "email_domain", "segment") if rule[name] is not None}
    if rule["landing_page"] is not None:
        match["landing_page"] = [{"prefix": page} for page in rule["landing_page"]]
    return {"id": f"r{rule['id']}", "priority": rule["id"], "match": match, "target": {"queue": rule["queue"]}}
