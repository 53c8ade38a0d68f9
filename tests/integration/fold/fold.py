#!/usr/bin/env python3
"""Folds the topics to a report's CSV with nothing of Carillon but its protos: it must be the report's own, byte for byte."""
import argparse, glob, subprocess, sys, tempfile
from collections import Counter, defaultdict
from datetime import datetime, timedelta, timezone
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo
from confluent_kafka import Consumer, TopicPartition
KINDS = ("replies", "boosts", "favourites", "link_clicks", "impressions", "profile_clicks")
ENGAGEMENT, OWN, PROTO = KINDS[:3], ("followers", "following", "posts"), Path(__file__).resolve().parents[3] / "proto"
ENDS = ("published", "failed", "unconfirmed", "expired", "held", "cancelled")
def records(args, name, kind):  # every committed record of a topic, each partition in its order
    consumer = Consumer({"bootstrap.servers": args.kafka, "group.id": "fold", "enable.auto.commit": False, "enable.partition.eof": True})
    parts, ended = consumer.list_topics(args.release + name, timeout=10).topics[args.release + name].partitions, set()
    consumer.assign([TopicPartition(args.release + name, part, 0) for part in parts])
    while len(ended) < len(parts):
        record = consumer.poll(20) or sys.exit(f"no answer from {args.kafka}")
        if record.error(): ended.add(record.partition())
        elif record.value(): yield kind.FromString(record.value())
def fold(stream):  # per target, post and account: its newest sample, and what changed in each quarter-hour
    rows = {"target": {}, "metric": {}, "account": {}}
    for message in stream:
        sample = getattr(message, kind := message.WhichOneof("body"))
        key = sample.account_id, getattr(sample, {"target": "target_id", "metric": "remote_id", "account": "account_id"}[kind])
        last, buckets = rows[kind].get(key, (None, {}))
        age = lambda row: row.version if kind == "target" else row.sampled_at.ToNanoseconds()
        if last and age(last) >= age(sample): continue
        if kind == "account" and (not buckets or numbers(last) != numbers(sample)): buckets[sample.sampled_at.seconds // 900] = numbers(sample)
        if kind == "metric":
            for name in KINDS[4:]:  # what was told once stays
                if last and last.HasField(name) and not sample.HasField(name): setattr(sample, name, getattr(last, name))
            told = {n: last.HasField(n) for n in KINDS[4:]} | {KINDS[3]: last.has_link_clicks or not sample.has_link_clicks} if last else {}
            change = {n: getattr(sample, n) - getattr(last, n, 0) if told.get(n, True) else 0 for n in KINDS}  # told for the first time: none
            sample.has_link_clicks |= getattr(last, "has_link_clicks", False)
            if any(change.values()) and not sample.history: buckets.setdefault(sample.sampled_at.seconds // 900, Counter()).update(change)
            for name in ("post_id", "campaign_id"): setattr(sample, name, getattr(sample, name) or getattr(last, name, ""))
        rows[kind][key] = sample, buckets
    return rows.values()
def seconds(time): return time.ToNanoseconds() / 1e9
def utc(at): return datetime.fromtimestamp(int(at), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
def day(text, zone, plus=0): return (datetime.fromisoformat(text) + timedelta(plus)).replace(tzinfo=ZoneInfo(zone)).timestamp()
def numbers(row): return [getattr(row, name) if name == "followers" or row.HasField(name) else None for name in OWN]
def numbers_at(points, to): return ([own for q, own in sorted(points.items()) if q * 900 < to] or [(0, None, None)])[-1]
def start_of(at, zone, bucket):
    local = datetime.fromtimestamp(at, ZoneInfo(zone))
    return at - local.minute * 60 - local.second if bucket == "hour" else day(local.strftime("%Y-%m-%d"), zone)
def report(args, plans, targets, posts, accounts):
    begin, end = (datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() for text in (args.begin, args.end))
    mine = lambda row: args.brand in ("all", row.brand_id)
    sums, rows, spend = defaultdict(Counter, {("total", args.brand): Counter()}), defaultdict(int), Counter()
    def add(row, changes):
        for key in (("total", args.brand), ("account", row.account_id), ("campaign", getattr(row, "campaign_id", ""))): sums[key].update(changes)
        if hasattr(row, "sampled_at"): key = "account", row.account_id, "fresh_at", ""; rows[key] = max(rows[key] or "", utc(seconds(row.sampled_at)))
    for last, points in (row for row in accounts.values() if mine(row[0])):
        add(last, {name: n for name, n in zip(OWN, numbers_at(points, end)) if n is not None})
    for (account, _), (last, buckets) in posts.items():
        if mine(last) and end - 84 * 86400 <= (posted := seconds(last.posted_at)) < end - 86400:
            hour = datetime.fromtimestamp(posted, ZoneInfo(last.zone)).strftime("%uT%H")
            for name, n in ("posts", 1), ("engagements", sum(getattr(last, kind) for kind in ENGAGEMENT)): rows["best_hour", account, name, hour] += n
        for quarter, change in ((q, c) for q, c in buckets.items() if mine(last) and begin <= q * 900 < end):
            add(last, change)
            for kind in KINDS: rows["engagement", account, kind, utc(start_of(quarter * 900, last.zone, args.bucket))] += change[kind]
    for (_, id), (target, _) in targets.items():
        if not mine(target) or not target.HasField("due_at") or not begin <= seconds(target.due_at) < end: continue
        state, post = target.state.lower(), posts.get((target.account_id, target.remote_id))
        add(target, {"planned": 1, state if state in ENDS else "open": 1})
        if state == "published" and seconds(target.finished_at) > seconds(target.due_at) + 60: add(target, {"late": 1})
        rows["post", id, "state", ""], rows["post", id, "due_at", ""] = target.state, utc(seconds(target.due_at))
        for kind, key, name in (("post", id, "cost_"), ("total", args.brand, "spend_"), ("campaign", target.campaign_id, "spend_")):
            if key and target.HasField("cost"): spend[kind, key, name + target.cost.currency, ""] += target.cost.micros
        for kind in KINDS: rows["post", id, kind, ""] = sum(c[kind] for q, c in post[1].items() if begin <= q * 900 < end) if post else 0
        if post: rows["post", id, "fresh_at", ""] = utc(seconds(post[0].sampled_at))
    rows |= {key: f"{micros // 10**6}.{f'{micros % 10**6:06}'.rstrip('0'):0<2}" for key, micros in spend.items()}
    for (kind, key), counts in sums.items():
        counts["engagements"] = sum(counts[name] for name in ENGAGEMENT)
        for name in ("planned", "late", "open", "engagements", *ENDS, *KINDS, *(OWN if kind == "account" else ())):
            if key and (name not in OWN[1:] or name in counts): rows[kind, key, name, ""] = counts[name]
    for goal in (plan.goal for plan in plans.values() if plan.HasField("goal") and mine(plan.goal)):
        zone, starts = plans[goal.brand_id].brand.timezone, [plans[goal.campaign_id].campaign.start_date] if goal.campaign_id else []
        start, stop = min(seconds(goal.created_at), *(day(text, zone) for text in starts), 1e12), min(end, day(goal.by_date, zone, 1))
        ours = lambda row: row.brand_id == goal.brand_id and goal.campaign_id in ("", row.campaign_id)
        told = goal.metric != 2 or any(ours(last) and last.has_link_clicks for last, _ in posts.values())
        what = {1: ENGAGEMENT, 2: KINDS[3:4], 3: KINDS[:1], 4: KINDS[1:2], 5: KINDS[2:3]}.get(goal.metric, ())
        value = sum(c[k] for last, b in posts.values() if ours(last) for q, c in b.items() if start - 900 < q * 900 < stop for k in what)
        if goal.metric == 6: value = sum(numbers_at(points, stop)[0] for last, points in accounts.values() if last.brand_id == goal.brand_id)
        if goal.metric == 7: value = sum(ours(t) and t.state == "PUBLISHED" and start <= seconds(t.due_at) < stop for t, _ in targets.values())
        rows |= {("goal", goal.id, "target", ""): goal.target} | ({("goal", goal.id, "value", ""): value} if told else {})
    return sorted(f"{','.join(key)},{value}\n".encode() for key, value in rows.items() if value or key[0] != "engagement")
parser = argparse.ArgumentParser()
for name, value in {"kafka": None, "brand": None, "begin": None, "end": None, "release": "carillon.", "bucket": "day"}.items():
    parser.add_argument("--" + name, default=value, required=value is None)
args = parser.parse_args()
with tempfile.TemporaryDirectory() as out:
    subprocess.run(["protoc", "-I", PROTO, f"--python_out={out}", *glob.glob(f"{PROTO}/**/*.proto", recursive=True)], check=True)
    sys.path.insert(0, out)
    strategy, analytics = (import_module(f"carillon.{name}.v1.{name}_pb2") for name in ("strategy", "analytics"))
    plans = {record.header.aggregate_id: record for record in records(args, "strategy.ledger.v1", strategy.StrategyRecord)}
    counted = records(args, "analytics.counted.v1", analytics.AnalyticsMessage)
    sys.stdout.buffer.write(b"kind,key,metric,bucket,value\n" + b"".join(report(args, plans, *fold(counted))))
