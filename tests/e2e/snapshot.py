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


def differences(before: dict, after: dict) -> list[str]:
    found = []
    for name in sorted(before.keys() | after.keys()):
        a = json.dumps(before.get(name), sort_keys=True)
        b = json.dumps(after.get(name), sort_keys=True)
        if a != b:
            found.append(f"{name} differs: {a[:300]} ... {b[:300]}")
    return found
