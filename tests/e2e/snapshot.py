"""Everything a user can read, as JSON: to be the same before and after Redis was lost."""

import json


def take(carillon, brands: list[str]) -> dict:
    found = {"accounts": carillon.items("account", "list"), "brands": carillon.items("brand", "list")}
    for brand in brands:
        found[f"posts {brand}"] = carillon.items("post", "list", "--brand", brand)
        found[f"goals {brand}"] = carillon.items("goal", "list", "--brand", brand)
        found[f"audiences {brand}"] = carillon.items("audience", "list", "--brand", brand)
        found[f"campaigns {brand}"] = carillon.items("campaign", "list", "--brand", brand)
        found[f"inbox {brand}"] = carillon.items("inbox", "list", "--brand", brand)
    return found


def replying(snapshot: dict) -> bool:
    """A reply from the inbox has no answer yet."""
    return any(item["state"] == "REPLYING" for name, items in snapshot.items()
               if name.startswith("inbox") for item in items)


def differences(before: dict, after: dict) -> list[str]:
    found = []
    for name in sorted(before.keys() | after.keys()):
        olds = {item["id"]: json.dumps(item, sort_keys=True) for item in before.get(name, [])}
        news = {item["id"]: json.dumps(item, sort_keys=True) for item in after.get(name, [])}
        for key in sorted(olds.keys() | news.keys()):
            if olds.get(key) != news.get(key):
                found.append(f"{name}: {key} was {olds.get(key)}, is {news.get(key)}")
    return found
